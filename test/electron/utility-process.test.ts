/** A peer in a process of its own: how its key comes to it, what becomes of windows when it ends by itself, how it closes. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { AgentEvent } from '../../src/agent.ts'
import { type NighInMainOptions, type NighInUtility, nighInUtility } from '../../src/doors/electron/main.ts'
import { nighInWindow } from '../../src/doors/electron/renderer.ts'
import { endsInARow, restartAfterMs } from '../../src/doors/electron/restart.ts'
import { principalOf } from '../../src/principal/principal.ts'
import { preloadScript } from './preload-script.ts'
import { type StandIn, standIn } from './stand-in.ts'

const ORIGIN = 'app://our-app'
const folder = await mkdtemp(join(tmpdir(), 'nigh-utility-'))
const preload = await preloadScript(folder)
const open: NighInUtility[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((nigh) => nigh.close()))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Program {
  world: StandIn
  nigh: NighInUtility
  userData: string
  warnings: string[]
}

async function program(given: Partial<NighInMainOptions> = {}): Promise<Program> {
  const userData = await mkdtemp(join(folder, 'user-data-'))
  const world = standIn({ preload, userData })
  const warnings: string[] = []
  const nigh = await nighInUtility(world.electron, {
    origins: [ORIGIN],
    name: 'Alice',
    mesh: `utility-${process.pid}`,
    interfaces: ['lo'],
    onWarning: ({ code }) => void warnings.push(code),
    ...given,
  })
  if (nigh === undefined) throw new Error('the program did not start')
  open.push(nigh)
  return { world, nigh, userData, warnings }
}

describe('The key', () => {
  test('is handed over once, at the start, and stands in no argument and no environment', async () => {
    const { world, nigh, userData } = await program()
    const { peerId } = await nigh.agent.whoami()
    const [utility] = world.utilities
    const [first, ...rest] = (utility?.heard ?? []) as { ask: string; key?: Uint8Array }[]
    const key = Buffer.from(first?.key ?? [])
    expect([first?.ask, principalOf(key).peerId]).toEqual(['start', peerId])
    expect(rest.filter((asked) => 'key' in asked)).toEqual([])
    // Its last bytes are the secret ones.
    const secret = key.subarray(-64)
    const shown = JSON.stringify(utility?.shown)
    for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const)
      expect(shown).not.toContain(secret.toString(form))
    expect(shown).not.toContain([...secret].join())
    expect(await readdir(join(userData, 'nigh'))).toEqual(expect.arrayContaining(['key.sealed', 'nigh.db']))
    expect(await readdir(join(userData, 'nigh'))).not.toContain('key')
  })
})

describe('A process that ends by itself', () => {
  test('is told, and started again; the window goes on, and hears what was stored once', async () => {
    const { world, nigh, warnings } = await program()
    const window = nighInWindow(world.window({ origin: ORIGIN }).bridge)
    const self = await window.whoami()
    const heard: AgentEvent[] = []
    void (async () => {
      for await (const event of window.events()) heard.push(event)
    })()
    await expect.poll(() => heard.length).toBe(1)
    // Stored, and owed to somebody who is not there.
    const { card, peerId } = somebody()
    await window.addContact({ who: card, name: 'Bob' })
    const { id } = await window.send({ to: peerId, text: 'before' })
    const outcomes = () => heard.flatMap((event) => (event.event === 'outcome' ? [event.id] : []))
    await expect.poll(outcomes).toEqual([id])

    world.utilities[0]?.crash()
    await expect.poll(() => nigh.state).toBe('resting')
    expect(warnings).toEqual(['peer-ended'])
    expect(await window.whoami()).toEqual({ ...self, listen: expect.anything() })
    expect(nigh.state).toBe('running')
    await expect.poll(() => heard.filter(({ event }) => event === 'snapshot').length).toBe(2)
    expect(outcomes()).toEqual([id])
    expect((await nigh.agent.outbox()).map(({ text }) => text)).toEqual(['before'])
    expect(world.utilities.map(({ heard: [first] }) => Object.keys(first as object))).toEqual([
      ['ask', 'options', 'key'],
      ['ask', 'options', 'key'],
    ])
  })

  test('knows again that the screen is locked', async () => {
    const { world, nigh } = await program()
    const shown = async () => (await nigh.agent.status()).userInput?.state
    world.power('lock-screen')
    await expect.poll(shown).toBe('idle')
    world.utilities[0]?.crash()
    await expect.poll(() => world.utilities.length).toBe(2)
    await expect.poll(shown).toBe('idle')
  })

  test('is not started again once it is closed', async () => {
    const { world, nigh } = await program()
    world.utilities[0]?.crash()
    await expect.poll(() => nigh.state).toBe('resting')
    const asked = nigh.agent.whoami()
    asked.catch(() => {})
    await Promise.all([nigh.close(), nigh.close()])
    expect(nigh.state).toBe('closed')
    await expect(asked).rejects.toMatchObject({ code: 'closed' })
    await new Promise((resolve) => setTimeout(resolve, restartAfterMs(1) + 200))
    expect(world.utilities).toHaveLength(1)
  })

  test.each([
    ['the first end', 0, 5, 1, 1_000],
    ['a second one soon after', 1, 5_000, 2, 2_000],
    ['the fifth', 4, 100, 5, 16_000],
    ['the fiftieth: it stays at a minute', 49, 100, 50, 60_000],
    ['one after it ran well', 6, 60_000, 1, 1_000],
  ])('waits for longer each time, and no longer than a minute: %s', (_what, before, ranMs, ends, waitMs) => {
    expect(endsInARow(before, ranMs)).toBe(ends)
    expect(restartAfterMs(ends)).toBe(waitMs)
  })
})

describe('A process that cannot start', () => {
  test('says why, and is gone', async () => {
    const other = createServer()
    const port = await listening(other)
    const failed = program({ port })
    await expect(failed).rejects.toMatchObject({ code: 'port-taken' })
    other.close()
  })
})

test('What windows say does not pass through main', async () => {
  const { world } = await program()
  const window = nighInWindow(world.window({ origin: ORIGIN }).bridge)
  await window.status({ note: 'between us' })
  const said = JSON.stringify(world.utilities[0]?.heard)
  expect(said).not.toContain('between us')
  expect(world.utilities[0]?.heard.map((asked) => (asked as { ask: string }).ask)).toEqual([
    'start',
    'serve', // main's own
    'serve',
  ])
})

/** Somebody who is not there. */
function somebody() {
  const peerId = '12D3KooWGRUVh7T7ZbJ5dUVbPfXQv5nBXvdHMPLvnVGdCCDpFhpk'
  return { peerId, card: `nigh:${peerId}?name=Bob` }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  )
}
