/** Floods under fresh keys against the list of watchers and the list of requests, at the speed of calls (fault P15). */
import { expect, test } from 'vitest'
import type { AgentEvent } from '../../src/agent.ts'
import type { PresenceFrame } from '../../src/envelope/presence-frame.ts'
import {
  PENDING_FOR_MS,
  PENDING_LIMIT,
  PENDING_PER_ADDRESS,
  UNSERVED_PER_ADDRESS,
} from '../../src/envelope/protocol.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { createAccess } from '../../src/service/access.ts'
import { createAcquaintances } from '../../src/service/acquaintances.ts'
import { createAgenda } from '../../src/service/agenda.ts'
import { createGranting } from '../../src/service/granting.ts'
import type { House } from '../../src/service/house.ts'
import type { LinkListener, Links, Neighbour } from '../../src/service/links.ts'
import type { Publishing } from '../../src/service/publishing.ts'
import { createWatcherLog } from '../../src/service/watcher-log.ts'
import { openStore } from '../../src/store/store.ts'
import { person } from '../principal/people.ts'
import { seededEntropy } from '../support/town.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const KEYS = 10_000
const THIS_HOST = '127.0.0.1'

/** Bob, whom nobody may see without asking, with links that are what the test says. */
async function bob() {
  const store = await openStore(':memory:')
  const clock = virtualClock()
  const told: AgentEvent[] = []
  const warnings: string[] = []
  const work: Promise<unknown>[] = []
  const house = {
    store,
    clock,
    agenda: createAgenda(clock, () => {}),
    entropy: seededEntropy('flood'),
    self: await person('bob'),
    visiting: false,
    services: { presence: true, messages: true },
    tell: (event) => void told.push(event),
    warn: (code) => void warnings.push(code),
    inBackground: (some) => void work.push(some),
  } as Partial<House> as House
  const listeners: LinkListener[] = []
  const said: [PeerId, string][] = []
  const links = {
    listen: (listener) => void listeners.push(listener),
    say: (peer, frame) => said.push([peer, frame.kind]) > 0,
    hangUp: () => {},
    nearness: () => 'not',
    neighbour: () => undefined,
    isThisHost: (host) => host === THIS_HOST,
  } as Partial<Links> as Links
  const acquaintances = createAcquaintances(house)
  await acquaintances.setPreset('private')
  const log = createWatcherLog(house, acquaintances, links)
  const granting = createGranting(house, {
    grants: {
      standing: () => undefined,
      readable: () => [],
      end: () => {},
      given: () => [],
      holders: () => [],
    } as never,
    publishing: {} as Publishing,
    acquaintances,
    access: createAccess(house, { acquaintances, nearness: () => 'not' }),
    log,
    links,
  })
  /** Key number `number` links from `host`, does `frame` if any, and leaves. */
  const knock = (number: number, host: string, frame?: PresenceFrame): PeerId => {
    const peer = `key-${number}` as PeerId
    const neighbour = { peer, link: { outbound: false, remote: { host } } } as Neighbour
    for (const listener of listeners) {
      listener.up?.(neighbour)
      if (frame !== undefined) listener.presence?.(neighbour, frame as never)
      listener.down?.(peer, 'lost')
    }
    return peer
  }
  const settled = async (): Promise<void> => {
    while (work.length > 0) await Promise.all(work.splice(0))
  }
  const rows = async (): Promise<number> => {
    await settled()
    const all = [store.watchers.all(), store.pending.all(), store.people.all()] as const
    const [watchers, pending, people] = await Promise.all(all)
    expect(people.length).toBeLessThanOrEqual(watchers.length + pending.length)
    return watchers.length + pending.length
  }
  return { store, granting, acquaintances, knock, settled, rows, said, told, warnings, clock }
}

const asks: PresenceFrame = { kind: 'subscribe', byPerson: true, name: 'Mallory', visibility: 'named' }

test('Ten thousand keys that ask, or come and say nothing, from one address or from as many, leave fewer than 200 rows', async () => {
  for (const hostOf of [() => '192.0.2.7', (number: number) => `2001:db8::${number.toString(16)}`]) {
    const { knock, rows, said, told, granting } = await bob()
    for (let number = 0; number < KEYS; number += 1)
      knock(number, hostOf(number), number % 2 === 0 ? asks : undefined)
    expect(await rows()).toBeLessThan(200)
    // Each that asked is answered the same, listed or not.
    expect(said.filter(([, kind]) => kind === 'state')).toHaveLength(KEYS / 2)
    expect(told.length).toBe(granting.pending().length)
  }
})

test('One address has a few lines of each kind; one line says that there were more', async () => {
  const { knock, store, rows, granting, warnings } = await bob()
  for (let number = 0; number < 100; number += 1)
    knock(number, '192.0.2.7', number % 2 === 0 ? asks : undefined)
  await rows()
  expect(granting.pending()).toHaveLength(PENDING_PER_ADDRESS)
  expect(await store.watchers.all()).toHaveLength(UNSERVED_PER_ADDRESS)
  expect(new Set(warnings)).toEqual(new Set(['flood']))
})

test('Other homes of this host are many people behind one address', async () => {
  const { knock, rows, store, granting } = await bob()
  for (let number = 0; number < 60; number += 1) knock(number, THIS_HOST, number % 2 === 0 ? asks : undefined)
  await rows()
  expect(granting.pending()).toHaveLength(30)
  expect(await store.watchers.all()).toHaveLength(30)
})

test('Requests that nobody answered keep a later one out for a week, and no longer', async () => {
  const { knock, settled, store, granting, clock } = await bob()
  for (let number = 0; number < PENDING_LIMIT; number += 1)
    knock(number, `2001:db8::${number.toString(16)}`, asks)
  await clock.pass(PENDING_FOR_MS - 60_000)
  knock(1_000, '192.0.2.7', asks)
  await settled()
  expect(granting.pending().map(({ peer }) => peer)).not.toContain('key-1000')

  await clock.pass(120_000)
  const carol = knock(1_000, '192.0.2.7', asks)
  await settled()
  const listed = granting.pending().map(({ peer }) => peer)
  expect(listed).toContain(carol)
  expect(listed).not.toContain('key-0')
  expect(listed).toHaveLength(PENDING_LIMIT)
  expect((await store.pending.all()).map(({ peer }) => peer).sort()).toEqual([...listed].sort())
})

test('Of one address the oldest that ran out gives way, and nobody from elsewhere', async () => {
  const { knock, settled, granting, clock } = await bob()
  knock(0, '192.0.2.1', asks)
  for (let number = 1; number <= PENDING_PER_ADDRESS; number += 1) knock(number, '192.0.2.7', asks)
  await clock.pass(PENDING_FOR_MS + 60_000)
  knock(1_000, '192.0.2.7', asks)
  await settled()
  const listed = granting.pending().map(({ peer }) => peer)
  expect(listed).toEqual(['key-0', 'key-2', 'key-3', 'key-4', 'key-5', 'key-1000'])
})
