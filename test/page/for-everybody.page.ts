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

const VIEWS = [
  ['light and wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark and wide', { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }],
  ['light and narrow', { colorScheme: 'light', viewport: { width: 375, height: 700 } }],
  ['dark and narrow', { colorScheme: 'dark', viewport: { width: 375, height: 700 } }],
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
    }
    expect(found).toEqual([])
    // Nothing sticks out of a narrow page.
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(alice.complaints).toEqual([])

    async function at(fragment: string): Promise<string[]> {
      await page.evaluate((to) => {
        location.hash = to
      }, fragment)
      const place = routeOf(fragment)
      await page.locator(`.page.at-${place.at}`).waitFor()
      if (place.at === 'person' && (place.details || place.verify)) await page.locator('.details').waitFor()
      return violations(page)
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
})
