/** Main and preload against the strict stand-in: windows that may, windows that may not, sleep, idleness, keys, quitting. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent.ts'
import { ASK_PORT } from '../../src/doors/electron/bridge.ts'
import {
  type NighInMain,
  type NighInMainOptions,
  type NighInUtility,
  nighInMain,
  nighInUtility,
} from '../../src/doors/electron/main.ts'
import { nighInWindow } from '../../src/doors/electron/renderer.ts'
import { userInputNow } from '../../src/doors/user-input.ts'
import { exam } from './exam.ts'
import { preloadScript } from './preload-script.ts'
import { type StandIn, type StandInOptions, standIn } from './stand-in.ts'
import type { Begin, ExamProgram } from './world.ts'

const ORIGIN = 'app://our-app'

let folder: string
let preload: string
const open: { close(): Promise<void> }[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nigh-electron-'))
  preload = await preloadScript(folder)
  // Read once here, so that no scene waits for it.
  await import('../../src/peer/create.ts')
}, 60_000)
afterEach(async () => {
  await Promise.all(open.splice(0).map((nigh) => nigh.close()))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A stand-in, and what Nigh is started with in it. */
async function begun(given: Partial<StandInOptions & NighInMainOptions>): Promise<{
  world: StandIn
  userData: string
  options: NighInMainOptions
}> {
  const { userData = await mkdtemp(join(folder, 'user-data-')), keychain, isSecond, ...own } = given
  const world = standIn({
    preload,
    userData,
    ...(keychain === undefined ? {} : { keychain }),
    ...(isSecond === undefined ? {} : { isSecond }),
  })
  const ours = { origins: [ORIGIN], name: 'Alice', mesh: `electron-${process.pid}`, interfaces: ['lo'] }
  return { world, userData, options: { ...ours, ...own } }
}

/** A program that has started. */
async function program(
  given: Partial<StandInOptions & NighInMainOptions> = {},
): Promise<{ world: StandIn; nigh: NighInMain; userData: string }> {
  const { world, userData, options } = await begun(given)
  const nigh = await nighInMain(world.electron, options)
  if (nigh === undefined) throw new Error('the program did not start')
  open.push(nigh)
  return { world, nigh, userData }
}

/** A program that has started, whose peer has a process of its own. */
async function programWithUtility(
  given: Partial<StandInOptions & NighInMainOptions> = {},
): Promise<{ world: StandIn; nigh: NighInUtility; userData: string }> {
  const { world, userData, options } = await begun(given)
  const nigh = await nighInUtility(world.electron, options)
  if (nigh === undefined) throw new Error('the program did not start')
  open.push(nigh)
  return { world, nigh, userData }
}

const inMain: Begin = async (options) => {
  const { world, nigh, userData } = await program(options)
  return examined(world, userData, nigh, nigh.peer, nigh.peer)
}
const inUtility: Begin = async (options) => {
  const { world, nigh, userData } = await programWithUtility(options)
  return examined(world, userData, nigh, nigh, nigh.agent)
}

/** The exam's program, in the stand-in. */
function examined(
  world: StandIn,
  userData: string,
  nigh: { close(): Promise<void> },
  living: { readonly state: string },
  agent: Agent,
): ExamProgram {
  let asked = 0
  world.electron.ipcMain.on(ASK_PORT, () => void asked++)
  return {
    userData,
    async window(page) {
      const origin = page === 'foreign' ? 'https://evil.example' : ORIGIN
      const { bridge, exposed } = world.window({ origin, inFrame: page === 'ours in a frame' })
      let connected = false
      bridge.onConnected((now) => {
        connected ||= now
      })
      return {
        exposed: async () => exposed,
        bridge: async () => Object.entries(bridge).map(([name, each]) => [name, typeof each === 'function']),
        ask: (method, given) => bridge[method](given as never),
        connected: async () => connected,
        firstEvent: () =>
          new Promise((resolve) => {
            bridge.follow(undefined, resolve, () => {})
          }),
      }
    },
    state: async () => living.state,
    peer: (method, given) => agent[method](given as never) as Promise<unknown>,
    power: async (event) => world.power(event),
    asked: async () => asked,
    quit: async () => world.quit(),
    hasQuit: async () => world.program.quit,
    end: () => nigh.close(),
  }
}

describe('In the stand-in, with the peer in main', () => exam(inMain))
describe('In the stand-in, with the peer in a process of its own', () => exam(inUtility))

describe('A window', () => {
  test('cannot end the peer', async () => {
    const { world, nigh } = await program()
    const agent = nighInWindow(world.window({ origin: ORIGIN }).bridge)
    await expect(agent.close()).rejects.toMatchObject({ code: 'refused' })
    expect(nigh.peer.state).toBe('running')
  })

  test.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['whose page has no origin', { origin: 'null' }],
    ['that is a frame in a page that is welcome', { origin: ORIGIN, inFrame: true }],
  ])('%s gets nothing', async (_what, place) => {
    const { world, nigh } = await program()
    const asked: string[] = []
    world.electron.ipcMain.on('nigh:ask-port', () => void asked.push('asked'))
    const { bridge } = world.window(place)
    let connected = false
    bridge.onConnected((now) => {
      connected ||= now
    })
    const answer = Promise.race([
      bridge.whoami(),
      // It is refused, and asks again: by then it would have been answered.
      expect
        .poll(() => asked.length)
        .toBeGreaterThan(1)
        .then(() => 'nothing'),
    ])
    expect(await answer).toBe('nothing')
    expect(connected).toBe(false)
    expect(nigh.peer.state).toBe('running')
  })

  test('that was turned away is told to the program once, so that whoever makes it sees why nothing answers', async () => {
    const warned: { code: string; message: string }[] = []
    const { world } = await program({ onWarning: (warning) => void warned.push(warning) })
    let asked = 0
    world.electron.ipcMain.on(ASK_PORT, () => void asked++)
    world.window({ origin: 'http://localhost:5173' })
    world.window({ origin: ORIGIN, inFrame: true })
    await expect.poll(() => asked).toBeGreaterThan(4)
    expect(warned.map(({ code }) => code)).toEqual(['window-refused', 'window-refused'])
    expect(warned[0]?.message).toContain('http://localhost:5173')
    expect(warned[1]?.message).toContain('frame')
  })

  test.each([
    [undefined],
    [[]],
    ['app://our-app'],
    [['app://our-app/']],
    [['app://our-app/index.html']],
    [['our-app']],
    [['*']],
    [['null']],
    [['app://Our-App']],
  ])('of the origins %j could be none: the program is told so at its start', async (origins) => {
    for (const start of [nighInMain, nighInUtility]) {
      const { world, options } = await begun({})
      const started = start(world.electron, { ...options, origins } as NighInMainOptions)
      await expect(started).rejects.toMatchObject({ code: 'usage' })
    }
  })

  test('gives up waiting, and asks nothing where that was before', async () => {
    const { world, nigh } = await program()
    const agent = nighInWindow(world.window({ origin: ORIGIN }).bridge)
    await agent.whoami()
    const text = 'never mind'
    const before = agent.send({ to: nigh.peer.peerId, text }, { signal: AbortSignal.abort() })
    await expect(before).rejects.toMatchObject({ code: 'aborted' })
    const began = performance.now()
    const giving = new AbortController()
    const waiting = agent.addContact({ who: 'nobody here', waitMs: 60_000 }, { signal: giving.signal })
    await agent.whoami()
    giving.abort()
    await expect(waiting).rejects.toMatchObject({ code: expect.stringMatching(/aborted|who-unknown/) })
    expect(performance.now() - began).toBeLessThan(30_000)
    expect(await agent.outbox()).toEqual([])
  })

  test('that is not connected gives up, too', async () => {
    const { world } = await program()
    const agent = nighInWindow(world.window({ origin: 'https://evil.example' }).bridge)
    const waiting = agent.fetch({ who: 'bob' }, { signal: AbortSignal.timeout(50) })
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
  })

  test('is served over a lost port again, and hears each stored event once', async () => {
    const { world, nigh } = await program()
    const { bridge, close } = world.window({ origin: ORIGIN })
    const agent = nighInWindow(bridge)
    await agent.whoami()
    const connected: boolean[] = []
    agent.onConnected((now) => void connected.push(now))
    close()
    await expect.poll(() => connected).toEqual([false, true])
    expect(await agent.whoami()).toMatchObject({ peerId: nigh.peer.peerId })
  })
})

describe('The computer', () => {
  test('was left alone while it slept: that shows when it wakes', async () => {
    const { world, nigh } = await program()
    world.idle(3_600)
    world.power('resume')
    await expect
      .poll(async () => (await nigh.peer.status()).userInput)
      .toMatchObject({ state: 'idle', thresholdSeconds: 300 })
  })
})

describe('Idleness is arithmetic', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  test.each([
    ['active and shown so: nothing to tell', undefined, { idleSeconds: 10, locked: false }, undefined],
    ['idle for the threshold', undefined, { idleSeconds: 300, locked: false }, 'idle'],
    ['a second less', undefined, { idleSeconds: 299, locked: false }, undefined],
    ['still idle: nothing new', 'idle', { idleSeconds: 900, locked: false }, undefined],
    ['locked a second ago', 'active', { idleSeconds: 1, locked: true }, 'idle'],
    ['back', 'idle', { idleSeconds: 0, locked: false }, 'active'],
  ] as const)('%s', (_what, shown, keys, told) => {
    expect(userInputNow(shown, { ...keys, now })?.state).toBe(told)
  })
  test('it counts from the last key', () => {
    expect(userInputNow('active', { idleSeconds: 600, locked: false, now })?.since).toBe(
      '2026-11-22T11:50:00.000Z',
    )
  })
})

describe('The key', () => {
  test('lies sealed, and the next start is the same person', async () => {
    const first = await program()
    const { peerId } = first.nigh.peer
    await first.nigh.close()
    const home = join(first.userData, 'nigh')
    expect(await readdir(home)).not.toContain('key')
    expect((await readFile(join(home, 'key.sealed'), 'latin1')).startsWith('sealed ')).toBe(true)
    const second = await program({ userData: first.userData })
    expect(second.nigh.peer.peerId).toBe(peerId)
  })
  test('that cannot be opened stays as it is, and nobody else is made up', async () => {
    const first = await program()
    await first.nigh.close()
    const file = join(first.userData, 'nigh', 'key.sealed')
    await writeFile(file, 'of another keychain')
    await expect(program({ userData: first.userData })).rejects.toMatchObject({ code: 'home-unreadable' })
    expect(await readFile(file, 'utf8')).toBe('of another keychain')
  })
  test.each(['basic_text', 'none'] as const)(
    'without a keychain that protects (%s) there is a warning',
    async (keychain) => {
      const warnings: string[] = []
      const { userData, nigh } = await program({
        keychain,
        onWarning: ({ code }) => void warnings.push(code),
      })
      expect(warnings).toEqual(['key-unprotected'])
      expect(await readdir(join(userData, 'nigh'))).toContain('key')
      await nigh.close()
      // A keychain that comes later leaves this identity where it is.
      const later = await program({ userData })
      expect(later.nigh.peer.peerId).toBe(nigh.peer.peerId)
    },
  )
})

describe('The program', () => {
  test('that runs already is told; the second one quits and touches nothing', async () => {
    const userData = await mkdtemp(join(folder, 'user-data-'))
    let told = 0
    const { world } = await program({ userData, onSecondInstance: () => void told++ })
    const second = standIn({ userData, preload, isSecond: true })
    expect(await nighInMain(second.electron, { origins: [ORIGIN] })).toBeUndefined()
    expect(second.program.quit).toBe(true)
    world.program.secondInstance()
    expect(told).toBe(1)
  })
  test('waits with quitting until its goodbye is said', async () => {
    const { world, nigh } = await program()
    world.quit()
    expect(world.program.quit).toBe(false)
    await expect.poll(() => world.program.quit).toBe(true)
    expect(nigh.peer.state).toBe('closed')
  })
})
