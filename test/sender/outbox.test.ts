import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/envelope/message-frame.ts'
import { BODY_LIMIT, IN_FLIGHT_BYTES, IN_FLIGHT_MESSAGES } from '../../src/envelope/protocol.ts'
import type { Settlement } from '../../src/ports.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { mayLeave, settlementOf, windowFor } from '../../src/sender/outbox.ts'
import { fractionsNamed } from '../presentity/chance.ts'

const bob = 'bob' as PeerId
const id = 'an id' as MessageId
describe('How many may be in flight', () => {
  test.each([
    [
      'a stranger to them: one, until they answered once',
      { trusted: false, holdsRequest: false, shut: false },
      1,
    ],
    ['they took something before', { trusted: true, holdsRequest: false, shut: false }, IN_FLIGHT_MESSAGES],
    [
      'they hold a request: what follows waits for the person',
      { trusted: false, holdsRequest: true, shut: false },
      0,
    ],
    ['also if they took something before', { trusted: true, holdsRequest: true, shut: false }, 0],
    ['their inbox is shut and the first waits for it', { trusted: true, holdsRequest: false, shut: true }, 0],
    ['shut to a stranger', { trusted: false, holdsRequest: false, shut: true }, 0],
  ])('%s', (_what, peer, window) => {
    expect(windowFor(peer)).toBe(window)
  })
})

describe('What may leave now', () => {
  test('fault M11: at most 256 messages or 1 MiB, whichever comes first', () => {
    const bodies = (count: number, bytes: number) =>
      Array.from({ length: count }, () => ({ body: new Uint8Array(bytes), untilOpen: false }))
    const empty = { messages: 0, bytes: 0, waitsOpen: false }
    expect(mayLeave(bodies(300, 1), empty, IN_FLIGHT_MESSAGES)).toHaveLength(256)
    expect(mayLeave(bodies(300, BODY_LIMIT), empty, IN_FLIGHT_MESSAGES)).toHaveLength(16)
    expect(mayLeave(bodies(1, 1), { ...empty, messages: 256, bytes: 256 }, IN_FLIGHT_MESSAGES)).toEqual([])
    expect(
      mayLeave(bodies(2, 1), { ...empty, messages: 1, bytes: IN_FLIGHT_BYTES - 1 }, IN_FLIGHT_MESSAGES),
    ).toHaveLength(1)
    expect(
      mayLeave(bodies(1, 2), { ...empty, messages: 1, bytes: IN_FLIGHT_BYTES - 1 }, IN_FLIGHT_MESSAGES),
    ).toEqual([])
    expect(mayLeave(bodies(3, 1), empty, 1)).toHaveLength(1)
    expect(mayLeave(bodies(2, IN_FLIGHT_BYTES + 1), empty, IN_FLIGHT_MESSAGES)).toHaveLength(1)
    expect(mayLeave(bodies(3, 1), empty, 0)).toEqual([])
  })

  test('fault M5: nothing leaves behind a message that waits until they open: it may come back', () => {
    const row = (untilOpen: boolean) => ({ body: new Uint8Array(1), untilOpen })
    const empty = { messages: 0, bytes: 0, waitsOpen: false }
    const line = [row(false), row(true), row(false)]
    expect(mayLeave(line, empty, IN_FLIGHT_MESSAGES)).toEqual(line.slice(0, 2))
    expect(mayLeave(line, { messages: 1, bytes: 1, waitsOpen: true }, IN_FLIGHT_MESSAGES)).toEqual([])
  })

  test('A prefix, never more than the bounds, and never nothing when nothing is in flight', () => {
    const size = fc.oneof(fc.nat(100), fc.integer({ min: 0, max: IN_FLIGHT_BYTES + 1000 }))
    const flights = fc.oneof(
      fc.constant({ messages: 0, bytes: 0, waitsOpen: false }),
      fc.record({
        messages: fc.integer({ min: 1, max: 300 }),
        bytes: fc.nat(IN_FLIGHT_BYTES + 1000),
        waitsOpen: fc.constant(false),
      }),
    )
    // Only the length counts.
    const rows = fc
      .array(size, { maxLength: 30 })
      .map((sizes) => sizes.map((length) => ({ body: { length } as Uint8Array, untilOpen: false })))
    fc.assert(
      fc.property(rows, flights, fc.integer({ min: 0, max: 20 }), (waiting, flight, window) => {
        const leaving = mayLeave(waiting, flight, window)
        expect(leaving).toEqual(waiting.slice(0, leaving.length))
        const bytes = flight.bytes + leaving.reduce((sum, { body }) => sum + body.length, 0)
        if (leaving.length > 0) expect(flight.messages + leaving.length).toBeLessThanOrEqual(window)
        if (flight.messages + leaving.length > 1 && leaving.length > 0)
          expect(bytes).toBeLessThanOrEqual(IN_FLIGHT_BYTES)
        const next = waiting[leaving.length]
        const stopped =
          next === undefined ||
          flight.messages + leaving.length >= window ||
          bytes + next.body.length > IN_FLIGHT_BYTES
        expect(stopped).toBe(true)
        if (flight.messages === 0 && window > 0 && waiting.length > 0) expect(leaving).not.toEqual([])
      }),
    )
  })
})

describe('What a receipt settles', () => {
  const settled = { peer: bob, id, state: 'settled' as const }
  test.each<[string, Partial<Receipt>, boolean, Settlement | undefined]>([
    [
      'delivered',
      { disposition: 'delivered' },
      false,
      { ...settled, outcome: 'success', disposition: 'delivered' },
    ],
    ['held', { disposition: 'held' }, false, { ...settled, outcome: 'success', disposition: 'held' }],
    [
      'displayed',
      { disposition: 'displayed' },
      false,
      { ...settled, outcome: 'success', disposition: 'displayed' },
    ],
    ['stored by a proxy is no success (fault M10)', { disposition: 'stored' }, false, undefined],
    ['stored, with a reason', { disposition: 'stored', reason: 'refused' }, true, undefined],
    [
      'closed',
      { disposition: 'failed', reason: 'closed' },
      false,
      { ...settled, outcome: 'failure', reason: 'closed' },
    ],
    ['closed, and it waits until open', { disposition: 'failed', reason: 'closed' }, true, undefined],
    [
      'refused, and it waits until open',
      { disposition: 'failed', reason: 'refused' },
      true,
      { ...settled, outcome: 'failure', reason: 'refused' },
    ],
    [
      'rate-limited',
      { disposition: 'failed', reason: 'rate-limited' },
      false,
      { ...settled, outcome: 'failure', reason: 'rate-limited' },
    ],
    [
      'failed without a reason we know',
      { disposition: 'failed' },
      false,
      { ...settled, outcome: 'failure', reason: 'refused' },
    ],
    [
      'delivered with a stray reason',
      { disposition: 'delivered', reason: 'closed' },
      true,
      { ...settled, outcome: 'success', disposition: 'delivered' },
    ],
  ])('%s', (_what, said, untilOpen, settlement) => {
    const receipt: Receipt = { ids: [id], inbox: 'im:bob', at: 0, disposition: 'delivered', ...said }
    expect(settlementOf(bob, id, receipt, { untilOpen, behind: false })).toStrictEqual(settlement)
  })

  test('rate-limited behind a request of mine: it waits, as it would have, had it not left yet', () => {
    const said = { disposition: 'failed', reason: 'rate-limited' } as const
    expect(settlementOf(bob, id, said, { untilOpen: false, behind: true })).toBeUndefined()
    expect(settlementOf(bob, id, said, { untilOpen: false, behind: false })).toMatchObject({
      outcome: 'failure',
      reason: 'rate-limited',
    })
  })
})

describe('fault M5: the second overtakes the first', () => {
  const MESSAGES = 10_000

  /** A connection: what was put on it arrives in order, until it is cut; what is under way is then lost. */
  interface Line {
    frames: number[]
    receipts: number[]
    /** Rows up to this one have left on this line. */
    cursor: number
  }

  /**
   * Alice owes Bob ten thousand messages. Connections come and are cut as chance has it, the old one still delivers
   * for a while beside the new one, and now and then her process dies, which cuts all. `resumes` says where a new
   * connection begins. What Bob's inbox sees, in order, doubles included.
   */
  function conversation(seed: string, resumes: 'at the oldest unsettled' | 'after the last sent') {
    const fraction = fractionsNamed(seed)
    const body = new Uint8Array(100)
    const settled = new Set<number>()
    const arrived: number[] = []
    let oldest = 1
    let lastSent = 0
    let writing: Line | undefined
    let reading: Line[] = []
    let cuts = 0

    const connect = (): void => {
      writing = { frames: [], receipts: [], cursor: resumes === 'at the oldest unsettled' ? 0 : lastSent }
      // Two at a time: the newest is written to, the one before is read to its end.
      reading = [...reading.slice(-1), writing]
    }
    const unsettledAfter = (cursor: number, limit: number) => {
      const rows: { seq: number; body: Uint8Array; untilOpen: boolean }[] = []
      for (let seq = Math.max(cursor + 1, oldest); seq <= MESSAGES && rows.length < limit; seq++)
        if (!settled.has(seq)) rows.push({ seq, body, untilOpen: false })
      return rows
    }
    const pump = (line: Line): void => {
      const flying = unsettledAfter(0, 600).filter(({ seq }) => seq <= line.cursor).length
      const flight = { messages: flying, bytes: flying * body.length, waitsOpen: false }
      const window = windowFor({ trusted: settled.size > 0, holdsRequest: false, shut: false })
      for (const { seq } of mayLeave(unsettledAfter(line.cursor, IN_FLIGHT_MESSAGES), flight, window)) {
        line.frames.push(seq)
        line.cursor = seq
        lastSent = Math.max(lastSent, seq)
      }
    }
    const carry = (line: Line): void => {
      for (const seq of line.frames.splice(0, Math.floor(fraction() * 60))) {
        arrived.push(seq)
        line.receipts.push(seq)
      }
      for (const seq of line.receipts.splice(0, Math.floor(fraction() * 60)))
        if (
          settlementOf(bob, id, { disposition: 'delivered' }, { untilOpen: false, behind: false }) !==
          undefined
        )
          settled.add(seq)
      while (settled.has(oldest)) oldest += 1
    }

    connect()
    for (let turn = 0; oldest <= MESSAGES && turn < 3_000; turn++) {
      const chance = fraction()
      if (chance < 0.01) {
        cuts += 1
        reading = [] // her process is killed: every connection ends, what is under way is lost
        connect()
      } else if (chance < 0.04) {
        cuts += 1
        connect()
      }
      if (writing !== undefined) pump(writing)
      for (const line of fraction() < 0.5 ? reading : reading.toReversed()) carry(line)
      // Resuming after the last sent never settles what was lost: there is nothing more to see.
      if (
        resumes === 'after the last sent' &&
        lastSent === MESSAGES &&
        reading.every(({ frames }) => frames.length === 0)
      )
        break
    }
    const firsts = [...new Set(arrived)]
    return { firsts, doubled: arrived.length - firsts.length, cuts }
  }

  const inOrder = Array.from({ length: MESSAGES }, (_, index) => index + 1)

  test.each(['alder', 'birch', 'cedar', 'elm'])(
    '%s: all arrive, each for the first time in the order of sending',
    (seed) => {
      const { firsts, doubled, cuts } = conversation(seed, 'at the oldest unsettled')
      expect(firsts).toEqual(inOrder)
      expect(cuts).toBeGreaterThan(10)
      expect(doubled).toBeGreaterThan(100)
    },
  )

  test.each(['alder', 'birch', 'cedar', 'elm'])(
    'Control, %s: resumed after the last sent, messages are lost or overtaken',
    (seed) => {
      expect(conversation(seed, 'after the last sent').firsts).not.toEqual(inOrder)
    },
  )
})
