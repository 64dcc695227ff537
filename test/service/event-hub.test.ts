import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { isStored } from '../../src/agent/events.ts'
import type { AgentEvent, Person, Sighting } from '../../src/agent.ts'
import type { JournalEntry } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { createEventHub } from '../../src/service/event-hub.ts'

const noon = '2026-11-22T12:00:00.000Z'
const bob: Person = {
  peerId: 'bob' as PeerId,
  name: 'Bob',
  address: 'pres:bob',
  relation: 'contact',
  verified: false,
}
const request = (seq: number): AgentEvent => ({
  event: 'request',
  seq,
  who: bob,
  kind: 'message',
  text: `no. ${seq}`,
  at: noon,
})
const came: AgentEvent = { event: 'presence', at: noon, seq: 0, change: 'came', who: bob, evidence: 'live' }

/** A hub over a journal that answers after `turns()` turns of the loop; what `happens` is committed before it is told. */
function hubWith({ stored = 0, turns = (): number => 0, people = () => [] as Sighting[] } = {}) {
  const entries: JournalEntry[] = []
  const read: number[] = []
  const wait = async (): Promise<void> => {
    for (let turn = turns(); turn > 0; turn--) await Promise.resolve()
  }
  const commit = (): number => {
    const seq = entries.length + 1
    entries.push({ seq, at: 0, kind: 'request', subscription: { peer: bob.peerId, name: 'Bob' } })
    return seq
  }
  const hub = createEventHub(
    {
      journal: {
        async last() {
          await wait()
          return entries.length
        },
        async since(seq, limit) {
          await wait()
          const page = entries.slice(seq, seq + limit)
          read.push(...page.map((entry) => entry.seq))
          return page
        },
        request: () => Promise.reject(new Error('nobody asks here')),
      },
    },
    { wall: () => Date.parse(noon), people, replayed: (entry) => request(entry.seq) },
  )
  for (let seq = 0; seq < stored; seq++) commit()
  return {
    hub,
    commit,
    read,
    /** Committed, then told, as the house does. */
    happens: () => hub.tell(request(commit())),
  }
}

/** What a listener has read so far, with the promise of its end. */
function listen(events: AsyncIterable<AgentEvent>) {
  const heard: AgentEvent[] = []
  const ended = (async () => {
    for await (const event of events) heard.push(event)
  })()
  return { heard, ended, words: () => heard.map(({ event, seq }) => `${event} ${seq}`) }
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('A listener', () => {
  test('hears a snapshot first, then what happens, in order; presence carries the last stored number', async () => {
    const seen: Sighting = { who: bob, evidence: 'live' }
    const { hub, happens } = hubWith({ stored: 7, people: () => [seen] })
    const alice = listen(hub.events({}, {}))
    await settled()
    hub.tell(came)
    happens()
    hub.tell(came)
    hub.tell({ event: 'warning', at: noon, seq: 0, code: 'no-multicast', message: 'Nobody hears you.' })
    await settled()
    expect(alice.words()).toEqual(['snapshot 7', 'presence 7', 'request 8', 'presence 8', 'warning 8'])
    expect(alice.heard[0]).toEqual({ event: 'snapshot', at: noon, seq: 7, people: [seen] })
  })

  test('with a number hears first what was stored after it, then the snapshot, then what happens', async () => {
    const { hub, happens } = hubWith({ stored: 5 })
    const alice = listen(hub.events({ since: 3 }, {}))
    const carol = listen(hub.events({ since: 0 }, {}))
    const dora = listen(hub.events({ since: 99 }, {}))
    await settled()
    happens()
    await settled()
    expect(alice.words()).toEqual(['request 4', 'request 5', 'snapshot 5', 'request 6'])
    expect(carol.words().slice(0, 2)).toEqual(['request 1', 'request 2'])
    expect(dora.words()).toEqual(['snapshot 5', 'request 6'])
  })

  test('hears a long past whole, though it is read in pieces', async () => {
    const { hub } = hubWith({ stored: 1_203 })
    const alice = listen(hub.events({ since: 2 }, {}))
    await expect.poll(() => alice.heard.length).toBe(1_202)
    expect(alice.heard.map(({ seq }) => seq)).toEqual([
      ...Array.from({ length: 1_201 }, (_, at) => at + 3),
      1_203,
    ])
  })

  test('hears no number that goes back, though presence is told before the journal was asked', async () => {
    const { hub } = hubWith({ stored: 40, turns: () => 5 })
    const alice = listen(hub.events({}, {}))
    hub.tell(came)
    await settled()
    expect(alice.words()).toEqual(['snapshot 40', 'presence 40'])
  })

  test('whoever comes after others hears the same from then on', async () => {
    const { hub, happens } = hubWith()
    const alice = listen(hub.events({}, {}))
    await settled()
    happens()
    const carol = listen(hub.events({}, {}))
    await settled()
    happens()
    await settled()
    expect(alice.words()).toEqual(['snapshot 0', 'request 1', 'request 2'])
    expect(carol.words()).toEqual(['snapshot 1', 'request 2'])
  })
})

describe('Events are told while the past is read', () => {
  test('What is read in the journal and told as well is heard once', async () => {
    const { hub, happens, read } = hubWith({ stored: 3, turns: () => 3 })
    const told: number[] = []
    const alice = listen(hub.events({ since: 0 }, {}))
    hub.onTold('request', (event) => told.push(event.seq))
    for (let turn = 0; turn < 4; turn++) await Promise.resolve()
    happens()
    await settled()
    // Control: without care it would have been heard twice.
    expect(told).toEqual([4])
    expect(read).toContain(4)
    expect(alice.words()).toEqual(['request 1', 'request 2', 'request 3', 'request 4', 'snapshot 4'])
  })

  test('No gap and no double, whenever they come', async () => {
    const turns = fc.nat(6)
    const acts = fc.array(fc.record({ do: fc.constantFrom('happens', 'came', 'wait'), turns }), {
      maxLength: 40,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(12),
        fc.nat(12),
        acts,
        fc.infiniteStream(turns),
        async (stored, since, all, waits) => {
          const { hub, happens } = hubWith({ stored, turns: () => waits.next().value ?? 0 })
          const from = Math.min(since, stored)
          const alice = listen(hub.events({ since: from }, {}))
          let happened = stored
          for (const each of all) {
            if (each.do === 'came') hub.tell(came)
            if (each.do === 'happens') {
              happens()
              happened += 1
            }
            for (let turn = each.turns; turn > 0; turn--) await Promise.resolve()
          }
          await settled()
          hub.close()
          await alice.ended
          const numbers = alice.heard.filter(isStored).map(({ seq }) => seq)
          expect(numbers).toEqual(Array.from({ length: happened - from }, (_, at) => from + 1 + at))
          expect(alice.heard.filter(({ event }) => event === 'snapshot')).toHaveLength(1)
          expect(alice.heard.filter(({ event }) => event === 'presence')).toHaveLength(
            all.filter((each) => each.do === 'came').length,
          )
          const order = alice.heard.map(({ seq }) => seq)
          expect(order).toEqual(order.toSorted((one, other) => one - other))
          expect(alice.heard.at(-1)?.event).toBe('offline')
        },
      ),
    )
  })
})

describe('The end', () => {
  test('Closing ends every listener after an offline, also one that is still reading the past', async () => {
    const { hub, happens } = hubWith({ stored: 2, turns: () => 10 })
    const early = listen(hub.events({}, {}))
    await settled()
    happens()
    const reading = listen(hub.events({ since: 0 }, {}))
    await Promise.resolve()
    hub.close()
    await Promise.all([early.ended, reading.ended])
    expect(early.words()).toEqual(['snapshot 2', 'request 3', 'offline 3'])
    expect(reading.words()).toEqual(['request 1', 'request 2', 'request 3', 'snapshot 3', 'offline 3'])
  })

  test('Whoever comes after the end hears what was, and the end', async () => {
    const { hub } = hubWith({ stored: 2 })
    hub.close()
    const late = listen(hub.events({ since: 1 }, {}))
    await late.ended
    expect(late.words()).toEqual(['request 2', 'snapshot 2', 'offline 2'])
  })

  test.each([
    ['before it began', 0, []],
    ['while it waits', 50, ['snapshot 2']],
  ])('Aborted %s, a listener ends', async (_when, turns, words) => {
    const { hub, happens } = hubWith({ stored: 2 })
    const stop = new AbortController()
    if (turns === 0) stop.abort()
    const alice = listen(hub.events({}, { signal: stop.signal }))
    for (let turn = turns; turn > 0; turn--) await Promise.resolve()
    stop.abort()
    await alice.ended
    happens()
    expect(alice.words()).toEqual(words)
  })

  test('Aborted while it reads the past, it reads no further', async () => {
    const { hub, read } = hubWith({ stored: 5_000 })
    const stop = new AbortController()
    const heard: number[] = []
    for await (const { seq } of hub.events({ since: 0 }, { signal: stop.signal })) {
      heard.push(seq)
      if (seq === 700) stop.abort()
    }
    expect(heard.at(-1)).toBe(700)
    expect(read.at(-1)).toBe(1_000)
  })
})

describe('fault M11: a listener that does not read', () => {
  test('is let go when it is ten thousand behind, others are not, and it can come again with its number', async () => {
    const { hub, happens } = hubWith()
    const slow = hub.events({}, {})[Symbol.asyncIterator]()
    expect((await slow.next()).value).toMatchObject({ event: 'snapshot' })
    const waiting = slow.next()
    await settled()
    happens()
    expect((await waiting).value).toMatchObject({ seq: 1 })

    const quick = listen(hub.events({}, {}))
    for (let round = 0; round < 12; round++) {
      await settled()
      for (let more = 0; more < 1_000; more++) happens()
    }
    await settled()
    const last = 12_001
    expect(quick.heard.at(-1)?.seq).toBe(last)

    const heard: number[] = []
    for (let next = await slow.next(); next.done !== true; next = await slow.next())
      heard.push(next.value.seq)
    expect(heard).toEqual(Array.from({ length: 10_000 }, (_, at) => at + 2))
    const again = listen(hub.events({ since: heard.at(-1) ?? 0 }, {}))
    await expect.poll(() => again.heard.at(-1)?.event).toBe('snapshot')
    expect(again.heard.filter(isStored).map(({ seq }) => seq)).toEqual(
      Array.from({ length: last - 10_001 }, (_, at) => 10_002 + at),
    )
  })
})

test('A number is told with its event, not before: who reads on from there has missed nothing', async () => {
  const { hub, commit } = hubWith()
  const alice = listen(hub.events({}, {}))
  await settled()
  const seq = commit()
  listen(hub.events({}, {}))
  await settled()
  hub.tell(came)
  hub.tell(request(seq))
  hub.tell(came)
  await settled()
  expect(alice.words()).toEqual(['snapshot 0', 'presence 0', 'request 1', 'presence 1'])
})

test('A listener by kind hears its own until it stops; what one throws harms no other, and is not swallowed', async () => {
  const { hub, happens } = hubWith()
  const heard: string[] = []
  const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
  hub.on('request', () => {
    throw new Error('of the listener')
  })
  const stop = hub.on('request', ({ seq }) => heard.push(`request ${seq}`))
  hub.on('offline', () => heard.push('offline'))
  hub.on('presence', () => heard.push('presence'), { signal: AbortSignal.abort() })
  happens()
  hub.tell(came)
  expect(later.mock.calls[0]?.[0]).toThrow('of the listener')
  later.mockRestore()
  stop()
  stop()
  hub.close()
  expect(heard).toEqual(['request 1', 'offline'])
})

test('A part of the house is told what it asked to be told, as listeners are', async () => {
  const { hub, happens } = hubWith()
  const told: string[] = []
  hub.onTold('request', ({ seq }) => told.push(`request ${seq}`))
  hub.onTold('presence', ({ seq }) => told.push(`presence ${seq}`))
  happens()
  hub.tell(came)
  hub.close()
  expect(told).toEqual(['request 1', 'presence 1'])
})

describe('Warnings told before anybody listened', () => {
  const warning = (number: number): AgentEvent => ({
    event: 'warning',
    at: noon,
    seq: 0,
    code: 'port-replaced',
    message: `no. ${number}`,
  })
  const messages = (heard: readonly AgentEvent[]) =>
    heard.flatMap((event) => (event.event === 'warning' ? [event.message] : []))

  test('are told to each new listener after its snapshot, the last eight of them', async () => {
    const { hub } = hubWith({ stored: 3 })
    for (let number = 1; number <= 10; number += 1) hub.tell(warning(number))
    const alice = listen(hub.events({ since: 2 }, {}))
    await settled()
    expect(alice.words().slice(0, 3)).toEqual(['request 3', 'snapshot 3', 'warning 3'])
    expect(messages(alice.heard)).toEqual([
      'no. 3',
      'no. 4',
      'no. 5',
      'no. 6',
      'no. 7',
      'no. 8',
      'no. 9',
      'no. 10',
    ])
    const carol = listen(hub.events({}, {}))
    await settled()
    expect(messages(carol.heard)).toHaveLength(8)
  })

  test('are told once to whoever was there already', async () => {
    const { hub } = hubWith({ turns: () => 5 })
    const alice = listen(hub.events({}, {}))
    hub.tell(warning(1)) // before her snapshot was made
    await settled()
    hub.tell(warning(2))
    await settled()
    expect(messages(alice.heard)).toEqual(['no. 1', 'no. 2'])
  })
})
