/** The page for everybody: by keyboard, to a screen reader, in the dark, on a phone, in German, and under attack. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { routeOf } from '../../src/doors/web/page/state/route.ts'
import { terminals } from '../support/terminals.ts'
import { acquainted, sit } from './pages.ts'
import { scene } from './scene.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong, each with where. */
async function violations(page: Page): Promise<string[]> {
  // By its source: the policy lets no script in.
  await page.evaluate(AXE)
  const { violations: found } = await page.evaluate<AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
  )
}

/** What is wider than the page, and whether it can be scrolled sideways. */
async function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scrolls = [...document.querySelectorAll('*')].filter((each) => {
      const { overflowX } = getComputedStyle(each)
      return each.scrollWidth > each.clientWidth + 1 && (overflowX === 'auto' || overflowX === 'scroll')
    })
    // Only for whoever hears the page.
    const isHeard = (each: Element): boolean => each.closest('.at-people main, .skip, .unseen') !== null
    const wide = [...document.querySelectorAll('body *')].filter((each) => {
      const { left, right, width } = each.getBoundingClientRect()
      return width > 0 && (right > innerWidth + 1 || left < -1) && !isHeard(each)
    })
    const named = (each: Element): string =>
      `${each.tagName}.${each.className} ${each.textContent?.slice(0, 40)}`
    return [
      ...scrolls.map((each) => `can be scrolled sideways: ${named(each)}`),
      ...wide.map((each) => `sticks out: ${named(each)}`),
    ]
  })
}

const VIEWS = [
  ['light and wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark and wide', { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }],
  // WCAG 2.2, 1.4.10: at this width nothing has to be scrolled sideways.
  ['light and narrow', { colorScheme: 'light', viewport: { width: 320, height: 640 } }],
  ['dark and narrow', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
] as const

describe('axe finds nothing', () => {
  scene('in any place of the page, light or dark, wide or narrow', async (browser) => {
    await using world = terminals()
    const knocking = await world.up('carol')
    expect(knocking.pid).toBeGreaterThan(0)
    await acquainted(world, 'alice', 'bob')
    await world.up('bob')
    const alice = await sit(browser, world, 'alice')
    await alice.row('bob').getByText('here now').waitFor()
    await world.run('carol', 'send', 'alice', 'May I?')
    await alice.talkTo('bob')
    await alice.say('Hello')
    await alice.page.locator('.standing-delivered').waitFor()
    const address = alice.page.url()
    const { page } = alice
    const found: string[] = []
    for (const [view, { colorScheme, viewport }] of VIEWS) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(viewport)
      for (const place of ['', 'requests', 'watchers', 'rules', 'card', 'me', 'add'])
        found.push(...(await at(`#/${place}`)).map((each) => `${view}, ${place}: ${each}`))
      const [, talk = ''] = /(#.*)$/.exec(address) ?? []
      for (const part of ['', '/details', '/verify'])
        found.push(...(await at(`${talk}${part}`)).map((each) => `${view}, conversation${part}: ${each}`))
      found.push(...(await acting(talk)).map((each) => `${view}, acting on a message: ${each}`))
    }
    expect(found).toEqual([])
    expect(alice.complaints).toEqual([])

    /** What can be done with a message, unfolded, and an answer begun. */
    async function acting(talk: string): Promise<string[]> {
      await at(talk)
      const line = page.locator('.line', { hasText: 'Hello' }).first()
      await line.getByRole('button', { name: 'What to do with this message' }).click()
      const answer = line.getByRole('button', { name: 'Answer' })
      await answer.waitFor()
      const unfolded = await wrong()
      await answer.click()
      await page.locator('.about').waitFor()
      const answering = await wrong()
      await page.getByRole('textbox', { name: 'Message to bob' }).press('Escape')
      return [...unfolded, ...answering]
    }

    async function at(fragment: string): Promise<string[]> {
      await page.evaluate((to) => {
        location.hash = to
      }, fragment)
      const place = routeOf(fragment)
      await page.locator(`.page.at-${place.at}`).waitFor()
      if (place.at === 'person' && (place.details || place.verify)) await page.locator('.details').waitFor()
      return wrong()
    }

    async function wrong(): Promise<string[]> {
      return [...(await violations(page)), ...(await sticksOut(page))]
    }
  })
})

describe('By keyboard alone', () => {
  scene('from the top of the page to a message that is sent, and back', async (browser) => {
    await using world = terminals()
    await acquainted(world, 'alice', 'bob')
    await world.up('bob')
    const { page, ...alice } = await sit(browser, world, 'alice')
    await alice.row('bob').getByText('here now').waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the conversation')
    // On through me and the places to the first person.
    await expect
      .poll(async () => {
        await page.keyboard.press('Tab')
        return focused()
      })
      .toMatch(/bob.*here now/)
    await page.keyboard.press('Enter')
    await page.getByRole('textbox').waitFor()
    await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA')
    await page.keyboard.type('typed')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('in two lines')
    await page.keyboard.press('Enter')
    await page.locator('.standing-delivered').waitFor()
    expect(await alice.texts()).toEqual(['typed\nin two lines'])
    await page.goBack()
    await page.getByText('Choose somebody').waitFor()
  })

  scene('nobody is thrown back to the top by what goes away when it is pressed', async (browser) => {
    await using world = terminals()
    await acquainted(world, 'alice', 'bob')
    await world.up('carol')
    const { page, ...alice } = await sit(browser, world, 'alice')
    const press = async (name: string): Promise<void> => {
      await page.getByRole('button', { name, exact: true }).focus()
      await page.keyboard.press('Enter')
    }
    const focusIs = (place: string) =>
      page.waitForFunction((at) => document.activeElement?.matches(at) === true, place)
    await alice.row('carol').waitFor()
    await world.run('carol', 'send', 'alice', 'May I?')
    await alice.goTo('requests')
    await press('Accept')
    await focusIs('.sheet h1')
    // Bob is away: what is written to him can be taken back.
    await alice.talkTo('bob')
    await alice.say('To be taken back')
    await press('Take back')
    await focusIs('.talk [aria-expanded]')
    await page.keyboard.press('Enter')
    await focusIs('.details h1')
    await page.getByRole('link', { name: 'Close details' }).focus()
    await page.keyboard.press('Enter')
    await focusIs('.talk [aria-expanded]')
  })
})

describe('In German', () => {
  scene('whoever prefers it is spoken to in it, and it can be chosen', async (browser) => {
    await using world = terminals()
    const alice = await sit(browser, world, 'alice', { locale: 'de-AT' })
    await alice.sees('Anfragen')
    expect(await alice.page.evaluate(() => document.documentElement.lang)).toBe('de')
    await alice.goTo('me')
    await alice.page.getByLabel('Sprache').selectOption('en')
    await alice.sees('Requests')
    await alice.page.reload()
    await alice.sees('Requests')
  })
  scene(
    'what the peer found is said in it, too: why nobody is there, and what went wrong',
    async (browser) => {
      await using world = terminals()
      const alice = await sit(browser, world, 'alice', { locale: 'de-AT' })
      await alice.sees('Noch niemand da')
      const diagnosis = alice.page.locator('.diagnosis')
      await diagnosis.locator('strong').waitFor()
      expect(await diagnosis.getAttribute('lang')).toBeNull()
      expect(await diagnosis.innerText()).toMatch(/ (ist|nicht|hier|Sie) /)
      await alice.page.getByRole('link', { name: 'Adresse oder Karte eingeben' }).click()
      await alice.page.getByLabel('Name, Adresse oder Karte').fill('nigh:nothing')
      await alice.page.getByRole('button', { name: 'Zu den Kontakten' }).click()
      await alice.sees('Das ist keine Karte, oder sie ist beschädigt.')
      expect(await alice.page.locator('.notice [lang=en]').count()).toBe(0)
    },
  )
})

describe('Hostile text stays text', () => {
  scene('in names, notes, requests and messages', async (browser) => {
    await using world = terminals()
    const alice = await sit(browser, world, 'alice')
    const NAME = '<img src=x onerror=hit()>'
    await world.run('mallory', 'whoami')
    await world.run('mallory', 'me', '--name', NAME)
    await world.run('mallory', 'status', '--note', '<b>bold</b>\u202egnirts')
    await world.up('mallory')
    const TEXT = '<script>hit()</script>\u202eabc\u0007 javascript:hit()'
    await alice.page.locator('.people').getByText(NAME).waitFor()
    await world.run('mallory', 'send', 'alice', TEXT)
    await alice.goTo('requests')
    await alice.sees('<script>hit()</script>\\u{202e}abc\\u{7} javascript:hit()')
    await alice.page.getByRole('button', { name: 'Accept as contact' }).click()
    await alice.page.locator('.people a').first().click()
    await alice.page.locator('.line .text').first().waitFor()
    expect(await alice.texts()).toEqual(['<script>hit()</script>\\u{202e}abc\\u{7} javascript:hit()'])
    expect(await alice.page.locator('.people, .talk').locator('img, script, b').count()).toBe(0)
    expect(alice.complaints).toEqual([])
  })

  scene('in a name, a note and a message that are one word without an end', async (browser) => {
    await using world = terminals()
    const alice = await sit(browser, world, 'alice')
    const { page } = alice
    const NAME = 'A'.repeat(64)
    await world.run('mallory', 'whoami')
    await world.run('mallory', 'me', '--name', NAME)
    await world.run('mallory', 'status', '--note', 'n'.repeat(200))
    await world.up('mallory')
    await page.locator('.people').getByText(NAME).waitFor()
    await world.run('mallory', 'send', 'alice', `https://example.org/${'x'.repeat(900)}`)
    await alice.goTo('requests')
    await page.getByRole('button', { name: 'Accept as contact' }).waitFor()
    const found = await sticksOut(page)
    await page.getByRole('button', { name: 'Accept as contact' }).click()
    await page.locator('.people a').first().click()
    await page.locator('.line .text').first().waitFor()
    const [, talk = ''] = /(#.*)$/.exec(page.url()) ?? []
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 640 })
      for (const to of [talk, `${talk}/details`, `${talk}/verify`, '#/watchers', '#/']) {
        await page.evaluate((fragment) => {
          location.hash = fragment
        }, to)
        await page.locator(`.page.at-${routeOf(to).at}`).waitFor()
        if (to.length > talk.length) await page.locator('.details section').first().waitFor()
        found.push(...(await sticksOut(page)).map((each) => `${width}, ${to}: ${each}`))
      }
    }
    expect(found).toEqual([])
  })
})
