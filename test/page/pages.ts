/** People who sit before the page: each a real `nigh web`, and a tab of a real browser. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Running, Terminals } from '../support/terminals.ts'

/** Nothing on loopback takes this long, ms, also where others use the machine. */
export const PATIENCE_MS = 20_000

export interface Seat {
  readonly page: Page
  /** The `nigh web` behind it. */
  readonly web: Running
  readonly port: number
  /** What the page said to the console: a page in order says nothing. */
  readonly complaints: string[]
  /** The row of somebody in the list of people. */
  row(name: string): Locator
  goTo(place: string): Promise<void>
  /** Opens the conversation with somebody. */
  talkTo(name: string): Promise<void>
  say(text: string): Promise<void>
  /** Every text of the conversation that is open, oldest first. */
  texts(): Promise<string[]>
  /** Resolves when this is on the page. */
  sees(text: string | RegExp): Promise<void>
}

/** Sits `name` down before the page: as a running `nigh up` has it, or with a peer of its own. */
export async function sit(
  browser: Browser,
  world: Terminals,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Seat> {
  // A page is of a home that is there: this makes it.
  await world.run(name, 'whoami')
  const web = world.start(name, 'web', '--no-open')
  const line = await web.line('its page', ({ event }) => event === 'page', PATIENCE_MS)
  const context = await browser.newContext({
    viewport: { width: 1100, height: 720 },
    locale: 'en-GB',
    ...options,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (said) => complaints.push(`${said.type()}: ${said.text()}`))
  page.on('pageerror', (fault) => complaints.push(fault.message))
  await page.goto(`file://${line.file}`)
  await page.waitForURL(`http://127.0.0.1:${line.port}/**`)
  await page.locator('.me .name').waitFor()

  // By its name: what the place before it had to write in may be there a moment longer.
  const field = page.getByRole('textbox', { name: /^(Message to|Nachricht an) / })
  const seat: Seat = {
    page,
    web,
    port: line.port,
    complaints,
    row: (who) => page.locator('.people').getByRole('link', { name: new RegExp(`\\b${who}\\b`) }),
    async goTo(place) {
      await page.locator(`a[href="#/${place}"]`).first().click()
    },
    async talkTo(who) {
      await seat.row(who).click()
      await field.waitFor()
    },
    async say(text) {
      await field.fill(text)
      await field.press('Enter')
    },
    texts: () => page.locator('.line .text').allInnerTexts(),
    async sees(text) {
      await page.getByText(text).first().waitFor()
    },
  }
  return seat
}

/** What could be pressed or written in, were no notice before it. There has to be a notice. */
export async function coveredByNotice(page: Page): Promise<string[]> {
  await page.locator('.notice').first().waitFor()
  return page.evaluate(() => {
    const notices = [...document.querySelectorAll('.notice')].map((each) => each.getBoundingClientRect())
    const inTheWay = (each: Element): boolean => {
      const { left, right, top, bottom } = each.getBoundingClientRect()
      // What is scrolled out of sight is covered by nothing.
      const frame = each.closest('.said, .side')?.getBoundingClientRect()
      const [from, to] = [Math.max(top, frame?.top ?? top), Math.min(bottom, frame?.bottom ?? bottom)]
      return notices.some(
        (notice) =>
          from < to && left < notice.right && right > notice.left && from < notice.bottom && to > notice.top,
      )
    }
    return [...document.querySelectorAll('a, button, input, select, textarea')]
      .filter((each) => each.closest('.notice, .skip') === null && inTheWay(each))
      .map((each) => `${each.tagName} ${each.getAttribute('aria-label') ?? each.textContent?.slice(0, 40)}`)
  })
}

/** Makes the homes of both, and contacts of them, before anybody looks. */
export async function acquainted(world: Terminals, one: string, other: string): Promise<void> {
  const cards = await Promise.all(
    [one, other].map(async (name) => (await world.run(name, 'whoami')).lines[0]),
  )
  const [mine, theirs] = cards
  for (const [name, card, called] of [
    [one, theirs, other],
    [other, mine, one],
  ] as const) {
    const added = await world.run(
      name,
      'contacts',
      'add',
      String(card?.peerId ?? card?.who?.peerId),
      '--name',
      called,
    )
    if (added.code !== 0) throw new Error(added.stderr)
  }
}
