/**
 * Two people talk in the example program: main and preload against the stand-in for Electron, the window in a real
 * Chromium. `npm run test:electron` runs what a real Electron adds.
 */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { NighInMain } from '../../src/doors/electron/main.ts'
import { PAGE_ORIGIN, pageResponse } from '../../src/doors/electron/page.ts'
import { type Frame, frameOf, standIn } from '../electron/stand-in.ts'
import { PATIENCE_MS } from './pages.ts'
import { scene } from './scene.ts'

const PRELOAD = fileURLToPath(new URL('../../dist/electron/preload.cjs', import.meta.url))
const PROGRAM = new URL('../../examples/electron/program.js', import.meta.url)
/** Chromium knows no scheme of ours; this one is as good, and what main is told is the real one. */
const SHOWN_AT = 'https://page.test'

interface Started {
  nigh: NighInMain
  page: Page
  complaints: string[]
  /** A second window of the same program. */
  another(): Promise<Page>
}

/** The example program of one person, with a tab of Chromium as each of its windows. */
async function start(browser: Browser, appData: string, as: string, mesh: string): Promise<Started> {
  const { start: startProgram } = await import(PROGRAM.href)
  const paths = new Map([['appData', appData]])
  const world = standIn({ userData: appData, preload: PRELOAD })
  const complaints: string[] = []
  const tab = async (): Promise<Page> => {
    const page = await (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('console', (said) => complaints.push(said.text()))
    page.on('pageerror', (fault) => complaints.push(fault.message))
    await page.route(`${SHOWN_AT}/**`, async (route) => {
      const answer = pageResponse({ url: route.request().url().replace(SHOWN_AT, 'nigh-page://page') })
      const body = Buffer.from(await answer.arrayBuffer())
      await route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body })
    })
    return page
  }
  const windows: Page[] = []
  const electron = {
    ...world.electron,
    app: Object.assign(world.electron.app, {
      setPath: (name: string, path: string) => void paths.set(name, path),
      getPath: (name: string) => paths.get(name) ?? appData,
      commandLine: { getSwitchValue: () => as },
    }),
    protocol: { registerSchemesAsPrivileged() {}, handle() {} },
    BrowserWindow: class extends EventEmitter {
      webContents = Object.assign(new EventEmitter(), { setWindowOpenHandler() {} })
      async loadURL(address: string): Promise<void> {
        const page = await tab()
        windows.push(page)
        const { origin } = Object(new URL(address.replace('nigh-page:', 'https:')))
        await withPreload(page, (hear) =>
          frameOf(
            world.electron.ipcMain as unknown as EventEmitter,
            { origin: origin.replace('https:', 'nigh-page:'), parent: null },
            hear,
          ),
        )
        await page.goto(address.replace('nigh-page://page', SHOWN_AT))
      }
    },
  }
  const nigh = await startProgram(electron, as, { mesh, interfaces: ['lo'] })
  const another = async (): Promise<Page> => {
    await new electron.BrowserWindow().loadURL(`${PAGE_ORIGIN}/`)
    return windows.at(-1) as Page
  }
  return { nigh, page: windows[0] as Page, complaints, another }
}

/** The preload script in the tab, before its page; its port is carried to the one that main has given. */
async function withPreload(page: Page, open: (hear: Parameters<typeof frameOf>[2]) => Frame): Promise<void> {
  let port: MessagePort | undefined
  const frame = open((channel, ports, ...message) => {
    const [given] = ports
    if (given !== undefined) {
      port = given
      port.on(
        'message',
        (said) => void page.evaluate((line) => Reflect.get(window, 'fromPort')(line), said).catch(() => {}),
      )
    }
    void page.evaluate(
      ([name, rest, has]) => Reflect.get(window, 'fromMain')(name, has, ...(rest as unknown[])),
      [channel, message, given !== undefined] as const,
    )
  })
  await page.exposeBinding('toMain', (_source, channel: string) => frame.send(channel))
  await page.exposeBinding('toPort', (_source, said: unknown) => port?.postMessage(said))
  await page.addInitScript(`{
    const listeners = new Map();
    let far;
    window.fromPort = (said) => far.postMessage(said);
    window.fromMain = (name, hasPort, ...message) => {
      const ports = [];
      if (hasPort) {
        const channel = new MessageChannel();
        far = channel.port1;
        far.onmessage = ({ data }) => window.toPort(data);
        ports.push(channel.port2);
      }
      for (const hear of [...(listeners.get(name) ?? [])]) hear({ ports }, ...message);
    };
    const ipcRenderer = {
      send: (name) => void window.toMain(name),
      on: (name, hear) => void listeners.set(name, [...(listeners.get(name) ?? []), hear]),
      removeListener: (name, hear) => void listeners.set(name, (listeners.get(name) ?? []).filter((each) => each !== hear)),
    };
    const contextBridge = {
      exposeInMainWorld: (name, api) => Object.defineProperty(window, name, { value: Object.freeze({ ...api }) }),
    };
    const require = () => ({ contextBridge, ipcRenderer });
    const module = { exports: {} };
    const exports = module.exports;
    ${readFileSync(PRELOAD, 'utf8')}
  }`)
}

scene('two people talk in the example of Electron, its windows in Chromium', async (browser) => {
  const appData = await mkdtemp(join(tmpdir(), 'nigh-example-'))
  const mesh = `example-${process.pid}`
  const programs: Started[] = []
  try {
    const alice = await start(browser, appData, 'alice', mesh)
    programs.push(alice)
    const bob = await start(browser, appData, 'bob', mesh)
    programs.push(bob)
    const row = (page: Page, name: string) =>
      page.locator('.people').getByRole('link', { name: new RegExp(name) })
    await row(alice.page, 'bob').getByText('here now').waitFor()

    await row(alice.page, 'bob').click()
    await alice.page.getByRole('textbox').fill('Shall we?')
    await alice.page.getByRole('textbox').press('Enter')
    await bob.page.locator('.place .badge').waitFor()
    await bob.page.locator('a[href="#/requests"]').click()
    await bob.page.getByRole('button', { name: 'Accept as contact' }).click()
    await alice.page.locator('.standing-delivered').waitFor()
    await row(bob.page, 'alice').click()
    await bob.page.getByRole('textbox').fill('We shall.')
    await bob.page.getByRole('textbox').press('Enter')
    await alice.page.getByRole('button', { name: 'Accept as contact' }).click()
    await expect
      .poll(() => alice.page.locator('.line .text').allInnerTexts())
      .toEqual(['Shall we?', 'We shall.'])

    // Bob's computer sleeps: to Alice he has left, and his window goes on when it wakes.
    await bob.nigh.peer.suspend()
    await row(alice.page, 'bob')
      .getByText(/left|unknown/)
      .waitFor()
    await bob.nigh.peer.resume()
    await row(alice.page, 'bob').getByText('here now').waitFor()
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  } finally {
    await Promise.all(programs.map(({ nigh }) => nigh.close()))
    await rm(appData, { recursive: true, force: true })
  }
})

scene(
  'one person has two windows: what is read in one is read in the other, and one may close',
  async (browser) => {
    const appData = await mkdtemp(join(tmpdir(), 'nigh-example-'))
    const mesh = `windows-${process.pid}`
    const programs: Started[] = []
    try {
      const alice = await start(browser, appData, 'alice', mesh)
      programs.push(alice)
      const bob = await start(browser, appData, 'bob', mesh)
      programs.push(bob)
      await bob.nigh.peer.addContact({ who: (await alice.nigh.peer.whoami()).card, name: 'alice' })
      const one = alice.page
      const other = await alice.another()
      const row = (page: Page) => page.locator('.people').getByRole('link', { name: /\bbob\b/ })
      await row(one).getByText('here now').waitFor()
      await row(other).getByText('here now').waitFor()

      const say = (text: string) => bob.nigh.peer.send({ to: 'alice', text, waitMs: PATIENCE_MS })
      await say('May I?')
      // Answered in one, it is no request in the other either, when somebody comes back to it.
      const knocking = (page: Page) => page.locator('.place .badge')
      await knocking(other).waitFor()
      await one.locator('a[href="#/requests"]').click()
      await one.getByRole('button', { name: 'Accept as contact' }).click()
      await knocking(one).waitFor({ state: 'detached' })
      await other.evaluate(() => dispatchEvent(new Event('focus')))
      await knocking(other).waitFor({ state: 'detached' })
      await row(one).click()
      await one.locator('.line .text').getByText('May I?').waitFor()
      await one.locator('a[href="#/me"]').first().click()

      await say('Lunch?')
      await row(one).locator('.badge').waitFor()
      await row(other).locator('.badge').waitFor()
      await row(one).click()
      await one.locator('.line .text').getByText('Lunch?').waitFor()
      await row(one).locator('.badge').waitFor({ state: 'detached' })
      await row(other).locator('.badge').waitFor({ state: 'detached' })

      // Answered in one, seen in the other: once.
      await row(other).click()
      await one.getByRole('textbox').fill('At one.')
      await one.getByRole('textbox').press('Enter')
      const texts = (page: Page) => page.locator('.line .text').allInnerTexts()
      await expect.poll(() => texts(other)).toEqual(['May I?', 'Lunch?', 'At one.'])
      await one.locator('.standing-delivered').waitFor()

      await one.close()
      await say('Fine.')
      await expect.poll(() => texts(other)).toEqual(['May I?', 'Lunch?', 'At one.', 'Fine.'])
      await other.getByRole('textbox').fill('See you.')
      await other.getByRole('textbox').press('Enter')
      await expect
        .poll(async () => (await bob.nigh.peer.inbox()).map((said) => 'text' in said && said.text))
        .toEqual(['At one.', 'See you.'])
      expect(alice.complaints).toEqual([])
    } finally {
      await Promise.all(programs.map(({ nigh }) => nigh.close()))
      await rm(appData, { recursive: true, force: true })
    }
  },
)
