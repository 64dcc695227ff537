/** One peer, two windows: what is read in one is read in the other, one that closes takes nothing along, nothing is doubled. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { AgentEvent } from '../../src/agent.ts'
import { nighInMain, nighInUtility } from '../../src/doors/electron/main.ts'
import { nighInWindow, type WindowAgent } from '../../src/doors/electron/renderer.ts'
import { createPeer } from '../../src/index.ts'
import { preloadScript } from './preload-script.ts'
import { standIn } from './stand-in.ts'

const ORIGIN = 'app://our-app'
const folder = await mkdtemp(join(tmpdir(), 'nigh-two-windows-'))
const preload = await preloadScript(folder)
afterAll(() => rm(folder, { recursive: true, force: true }))

function hearing(window: WindowAgent): AgentEvent[] {
  const heard: AgentEvent[] = []
  void (async () => {
    for await (const event of window.events()) heard.push(event)
  })()
  return heard
}

test.each([
  ['in main', nighInMain],
  ['in a process of its own', nighInUtility],
] as const)('The peer %s', async (where, begin) => {
  const speaking = { mesh: `two-windows-${process.pid}`, interfaces: ['lo'] }
  const world = standIn({ preload, userData: join(folder, where) })
  const program = await begin(world.electron, { ...speaking, name: 'Alice', origins: [ORIGIN] })
  onTestFinished(() => program?.close())
  const bob = await createPeer({ ...speaking, name: 'Bob', home: join(folder, `${where} bob`) })
  onTestFinished(() => bob.close())

  const [first, second] = [world.window({ origin: ORIGIN }), world.window({ origin: ORIGIN })]
  const [one, other] = [nighInWindow(first.bridge), nighInWindow(second.bridge)]
  const heard = { one: hearing(one), other: hearing(other) }
  await expect.poll(() => heard.one.length > 0 && heard.other.length > 0).toBe(true)
  const of = (kind: AgentEvent['event'], events: AgentEvent[]) => events.filter(({ event }) => event === kind)

  await one.addContact({ who: (await bob.whoami()).card, name: 'Bob' })
  await bob.addContact({ who: (await other.whoami()).card, name: 'Alice' })
  const { id } = await bob.send({ to: 'Alice', text: 'hello', waitMs: 15_000 })
  await expect.poll(() => of('message', heard.other)).toMatchObject([{ id, unread: true }])

  // Read in one: the other is told, and a third that comes now finds nothing unread.
  await one.markRead({ ids: [id] })
  await expect.poll(() => of('read', heard.other)).toMatchObject([{ ids: [id], who: { name: 'Bob' } }])
  expect(await other.inbox({ unread: true })).toEqual([])
  // Again is no news.
  await other.markRead({ ids: [id] })

  // What one says the other hears, too.
  const said = await one.send({ to: 'Bob', text: 'from one', waitMs: 15_000 })
  await expect
    .poll(() => of('outcome', heard.other).at(-1))
    .toMatchObject({ id: said.id, outcome: 'success' })

  // One closes: the other goes on.
  first.shut()
  const later = await bob.send({ to: 'Alice', text: 'are you there?', waitMs: 15_000 })
  await expect
    .poll(() => of('message', heard.other).map((event) => 'id' in event && event.id))
    .toEqual([id, later.id])
  expect(await other.send({ to: 'Bob', text: 'yes', waitMs: 15_000 })).toMatchObject({ outcome: 'success' })
  expect((await bob.inbox()).map((row) => 'text' in row && row.text)).toEqual(['from one', 'yes'])
  expect(of('message', heard.one)).toHaveLength(1)
  expect(of('read', heard.other)).toHaveLength(1)
  const stored = heard.other.filter(({ event }) => event === 'message' || event === 'outcome')
  expect(new Set(stored.map((event) => JSON.stringify(event))).size).toBe(stored.length)
})
