/**
 * Reading on by cursor: a story between two peers is heard in process, and by one client for each frame that a client
 * ever gets, whose wire is killed before that frame. Every one of them hears what was heard in process: nothing is lost,
 * nothing doubled.
 */
import { expect, test } from 'vitest'
import { isStored } from '../../src/agent/events.ts'
import type { AgentEvent, Sighting } from '../../src/agent.ts'
import { type LastingAgent, lastingAgent } from '../../src/doors/rpc/lasting-agent.ts'
import { remoteAgent } from '../../src/doors/rpc/remote-agent.ts'
import type { Wire } from '../../src/doors/rpc/wire.ts'
import { type Resident, type Town, town } from '../support/town.ts'
import { FAR_WAYS, type Way } from '../support/ways.ts'

/** Frames before the first event: the answers to `hello` and to which stream it is. */
const ANSWERS = 2
/** More than the story has frames, so that it is known to be whole. */
const LISTENERS = 48

/** Ends `wire` in the place of frame `after` + 1 that it would bring. */
function cutAfter(after: number, wire: Wire, killed: () => void): Wire {
  let frames = 0
  return {
    ...wire,
    get waiting() {
      return wire.waiting
    },
    get closed() {
      return wire.closed
    },
    each: (listener) =>
      wire.each((line) => {
        if (wire.closed) return
        frames += 1
        if (frames <= after) return listener(line)
        killed()
        wire.destroy()
      }),
  }
}

interface Listener {
  agent: LastingAgent
  heard: AgentEvent[]
  /** Wires of it that were killed. */
  killed: number
}

/** Listens over `way`: the first two wires are killed before frame `frames` + 1. */
function listener(way: Way, frames: number): Listener {
  let tries = 0
  const made: Listener = {
    heard: [],
    killed: 0,
    agent: lastingAgent(async () => {
      tries += 1
      const wire = await way.wire()
      return remoteAgent(tries > 2 ? wire : cutAfter(frames, wire, () => (made.killed += 1)))
    }),
  }
  void (async () => {
    for await (const event of made.agent.events({ since: 0 })) made.heard.push(event)
  })()
  return made
}

/** Requests, messages, outcomes of every kind, and presence that comes, changes and goes. */
async function story(place: Town, alice: Resident, bob: Resident): Promise<void> {
  const answered = async (work: Promise<unknown>): Promise<void> => {
    await place.pass(300)
    await work
  }
  await answered(bob.agent.send({ to: `im:${alice.peerId}`, text: 'May I?' }))
  await answered(alice.agent.accept({ who: bob.peerId, contact: true, name: 'Bob' }))
  await answered(bob.agent.addContact({ who: 'Alice' }))
  for (const text of ['one', 'two', 'three']) {
    await answered(alice.agent.send({ to: 'Bob', text }))
    await answered(bob.agent.send({ to: 'Alice', text: `${text} back` }))
    await answered(bob.agent.status({ note: text }))
  }
  await answered(bob.agent.status({ basic: 'closed' }))
  await answered(alice.agent.send({ to: 'Bob', text: 'refused' }))
  await bob.leave()
  await answered(alice.agent.send({ to: 'Bob', text: 'later' }))
  const { id } = (await alice.agent.outbox()).at(-1) ?? {}
  await answered(alice.agent.recall({ id: id ?? '' }))
}

/** What happened, to whom: a person is described as they are known when it is told, and that may change in between. */
const happened = (events: readonly AgentEvent[]) =>
  events.filter(isStored).map((event) => ({
    ...event,
    ...('who' in event ? { who: event.who.peerId } : {}),
    ...('from' in event ? { from: event.from.peerId } : {}),
    ...('to' in event ? { to: event.to.peerId } : {}),
  }))

/** Without ages, which go on. */
const pictureOf = (people: readonly Sighting[]) =>
  people
    .map(({ who, presence, evidence }) => ({ who: who.peerId, presence, evidence }))
    .toSorted((one, other) => (one.who < other.who ? -1 : 1))

/** What a listener shows at last: the latest snapshot, and what presence came after it. */
function lastPicture(heard: readonly AgentEvent[]) {
  const shown = new Map<string, Sighting>()
  for (const event of heard) {
    if (event.event === 'snapshot') {
      shown.clear()
      for (const sighting of event.people) shown.set(sighting.who.peerId, sighting)
    } else if (event.event === 'presence') shown.set(event.who.peerId, event)
  }
  return pictureOf([...shown.values()])
}

test.each(FAR_WAYS)(
  'Killed at every frame %s, a listener hears the story as it was',
  async (_, open) => {
    await using place = await town('reading on')
    const alice = await place.moveIn('Alice')
    const near: AgentEvent[] = []
    void (async () => {
      for await (const event of alice.agent.events({ since: 0 })) near.push(event)
    })()
    await using way = await open(alice.agent)
    const whole = listener(way, Number.POSITIVE_INFINITY)
    const listeners = Array.from({ length: LISTENERS }, (_, frames) => listener(way, frames))
    for (const { heard } of [whole, ...listeners.slice(ANSWERS + 1)])
      await expect.poll(() => heard.length).toBe(1)
    const bob = await place.moveIn('Bob')
    await place.pass(3_000)
    await story(place, alice, bob)

    const all = [...near]
    expect(whole.killed).toBe(0)
    await expect.poll(() => whole.heard).toEqual(all)
    const stored = all.filter(isStored)
    expect(new Set(stored.map(({ event }) => event))).toEqual(new Set(['request', 'message', 'outcome']))
    const last = stored.at(-1)?.seq
    for (const [frames, { heard, killed, agent }] of listeners.entries()) {
      const told = `killed before frame ${frames + 1}`
      await expect.poll(() => heard.filter(isStored).at(-1)?.seq, { message: told }).toBe(last)
      await expect.poll(() => lastPicture(heard), { message: told }).toEqual(lastPicture(all))
      expect(happened(heard), told).toEqual(happened(all))
      expect(killed > 0, told).toBe(frames < ANSWERS + all.length)
      agent.detach()
    }
    expect(ANSWERS + all.length).toBeLessThan(LISTENERS)
    whole.agent.detach()
  },
  60_000,
)
