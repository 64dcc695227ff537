import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Amendment, Basic } from '../../src/agent.ts'
import type { InstantMessage } from '../../src/envelope/message-frame.ts'
import {
  AMENDMENTS_AWAITING_LIMIT,
  BODY_LIMIT,
  HELD_BODY_LIMIT,
  HELD_LIMIT,
  HELD_PER_ADDRESS_HOUR,
  HELD_PER_STRANGER,
  REACTION_LIMIT,
} from '../../src/envelope/protocol.ts'
import { type Circumstances, type Decision, decide, dispositionOfRecord } from '../../src/inbox/inbox.ts'
import type { InboxRow, PersonRule } from '../../src/ports.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { decideDelivery } from '../../src/rules/delivery-rules.ts'

const alice = 'alice' as PeerId
const messageOf = (facts: { id?: string; bytes?: number; contentType?: string } = {}): InstantMessage => ({
  id: (facts.id ?? 'one') as MessageId,
  to: 'im:bob',
  sentAt: 0,
  contentType: facts.contentType ?? 'text/plain',
  body: new Uint8Array(facts.bytes ?? 10),
  untilOpen: false,
})
const rowOf = (facts: Partial<InboxRow> = {}): InboxRow => ({
  seq: 1,
  peer: alice,
  label: '',
  id: 'one' as MessageId,
  sentAt: 0,
  receivedAt: 0,
  contentType: 'text/plain',
  body: new Uint8Array(10),
  disposition: 'delivered',
  unread: true,
  refused: false,
  ...facts,
})
const welcome: Circumstances = {
  exists: true,
  blocked: false,
  known: undefined,
  refused: undefined,
  expired: false,
  seenAs: 'open',
  delivery: { kind: 'accept' },
  held: { inAll: 0, fromSender: 0, fromAddress: 0 },
  passes: false,
  readableType: true,
}
const at = (facts: Partial<Circumstances>): Circumstances => ({ ...welcome, ...facts })
const failed = (reason: string) => ({ kind: 'answer', disposition: 'failed', reason })
const keep = (disposition: string) => ({ kind: 'keep', disposition })
const answer = (disposition: string) => ({ kind: 'answer', disposition })

describe('The order of decisions', () => {
  /** Each stands in the way by itself, and above everything that follows it. */
  const obstacles: [string, { bytes?: number; facts?: Partial<Circumstances> }, object][] = [
    ['too large', { bytes: BODY_LIMIT + 1 }, failed('too-large')],
    ['recalled or known', { facts: { known: 'recalled' } }, failed('recalled')],
    ['a copy of what was refused', { facts: { refused: 'closed' } }, failed('closed')],
    ['blocked', { facts: { blocked: true } }, failed('refused')],
    ['expired while it waited', { facts: { expired: true } }, failed('expired')],
    ['closed', { facts: { seenAs: 'closed' } }, failed('closed')],
    ['no such inbox', { facts: { exists: false } }, failed('no-such-inbox')],
    ['a type that cannot be shown', { facts: { readableType: false } }, failed('unsupported-type')],
    ['a rule', { facts: { delivery: { kind: 'refuse', because: 'rate-limited' } } }, failed('rate-limited')],
  ]

  test.each(obstacles.map(([what, , decision], index) => [what, index, decision] as const))(
    '%s decides before all that comes after it',
    (_what, index, decision) => {
      const alone = obstacles[index]?.[1]
      expect(decide(messageOf(alone), at(alone?.facts ?? {}))).toEqual(decision)
      const after: { bytes?: number; facts: Partial<Circumstances> } = { facts: {} }
      for (const [, { bytes, facts }] of obstacles.slice(index)) {
        if (bytes !== undefined) after.bytes = bytes
        // Who is refused by a rule may not write to any inbox: that rule would hide "no such inbox" (fault M13).
        if (facts?.delivery === undefined || index > 6) Object.assign(after.facts, facts)
      }
      expect(decide(messageOf(after), at(after.facts))).toEqual(decision)
    },
  )

  test('Nothing in the way: kept', () => {
    expect(decide(messageOf(), welcome)).toEqual(keep('delivered'))
    expect(decide(messageOf({ bytes: BODY_LIMIT }), welcome)).toEqual(keep('delivered'))
    expect(decide(messageOf(), at({ delivery: { kind: 'hold' } }))).toEqual(keep('held'))
  })

  test('scene 58: whom a rule bars hears what the rule says', () => {
    for (const because of ['refused', 'closed', 'rate-limited'] as const)
      expect(decide(messageOf(), at({ delivery: { kind: 'refuse', because } }))).toEqual(failed(because))
  })

  test('scene 51: Bob has closed while Alice still sees him open: refused, and nothing is kept, stranger or not', () => {
    for (const kind of ['accept', 'hold'] as const)
      expect(decide(messageOf(), at({ seenAs: 'closed', delivery: { kind } }))).toEqual(failed('closed'))
    expect(decide(messageOf(), at({ seenAs: 'open' }))).toEqual(keep('delivered'))
  })

  test('scene 52: what was recalled before it came is never kept', () => {
    for (const seenAs of ['open', 'closed'] as const)
      expect(decide(messageOf(), at({ known: 'recalled', seenAs }))).toEqual(failed('recalled'))
  })
})

describe('scene 54, fault M6: a repeat gets the receipt of record', () => {
  const records: [Partial<InboxRow>, string][] = [
    [{ disposition: 'delivered' }, 'delivered'],
    [{ disposition: 'delivered', unread: false }, 'delivered'],
    [{ disposition: 'displayed', told: 'displayed' }, 'displayed'],
    // Read, but she was not told, because she sees me closed: asking again tells no more (fault M9).
    [{ disposition: 'displayed', told: 'delivered', unread: false }, 'delivered'],
    [{ disposition: 'held' }, 'held'],
    [{ disposition: 'held', refused: true }, 'held'],
    // A refusal does not show, whatever else became of the row.
    [{ disposition: 'delivered', refused: true }, 'held'],
  ]
  test.each(records)('%j: %s, whatever my status and my rules are by then', (facts, disposition) => {
    expect(dispositionOfRecord(rowOf(facts))).toBe(disposition)
    for (const now of [
      {},
      { seenAs: 'closed' as Basic },
      { exists: false },
      { readableType: false },
      { delivery: { kind: 'hold' as const }, held: { inAll: 99, fromSender: 9, fromAddress: 9 } },
      { delivery: { kind: 'refuse' as const, because: 'rate-limited' as const } },
    ]) {
      expect(decide(messageOf(), at({ known: rowOf(facts), ...now }))).toEqual(answer(disposition))
      // Control: without the row it is a new message, decided anew.
      expect(decide(messageOf(), at({ ...now }))).not.toEqual(answer(disposition))
    }
  })

  test('A block does not take back what was said before it', () => {
    expect(decide(messageOf(), at({ known: rowOf(), blocked: true }))).toMatchObject({
      disposition: 'delivered',
    })
  })
})

describe('What is held', () => {
  const behind = { ...failed('rate-limited'), behind: true }
  const holding = (held: Partial<Circumstances['held']>, bytes = 10) =>
    decide(
      messageOf({ bytes }),
      at({ delivery: { kind: 'hold' }, held: { inAll: 0, fromSender: 0, fromAddress: 0, ...held } }),
    )
  test.each<[string, Partial<Circumstances['held']>, number, object]>([
    ['the first', {}, 10, keep('held')],
    ['1 KiB', {}, HELD_BODY_LIMIT, keep('held')],
    ['a byte more', {}, HELD_BODY_LIMIT + 1, failed('too-large')],
    ['a second of the same stranger', { fromSender: HELD_PER_STRANGER }, 10, behind],
    [
      'a second of the same stranger, too large',
      { fromSender: HELD_PER_STRANGER },
      HELD_BODY_LIMIT + 1,
      behind,
    ],
    ['the fiftieth', { inAll: HELD_LIMIT - 1 }, 10, keep('held')],
    ['the fifty-first', { inAll: HELD_LIMIT }, 10, failed('rate-limited')],
    ['the third from one address', { fromAddress: HELD_PER_ADDRESS_HOUR - 1 }, 10, keep('held')],
    ['the fourth', { fromAddress: HELD_PER_ADDRESS_HOUR }, 10, failed('rate-limited')],
  ])('%s', (_what, held, bytes, decision) => {
    expect(holding(held, bytes)).toEqual(decision)
  })

  test('What comes behind it waits at its sender, whatever the rules would do with it (fault M5)', () => {
    const held = { inAll: 1, fromSender: 1, fromAddress: 1 }
    expect(decide(messageOf(), at({ delivery: { kind: 'accept' }, held }))).toEqual(behind)
    expect(decide(messageOf(), at({ delivery: { kind: 'accept' }, passes: true }))).toEqual(behind)
    expect(decide(messageOf(), at({ delivery: { kind: 'hold' }, passes: true }))).toEqual(behind)
    // What is refused in any case does not wait.
    const refused = { kind: 'refuse' as const, because: 'refused' as const }
    expect(decide(messageOf(), at({ delivery: refused, held }))).toEqual(failed('refused'))
    expect(decide(messageOf(), at({ seenAs: 'closed', held }))).toEqual(failed('closed'))
  })
})

// ------------------------------------------------------------------ Bob's inbox over a time

interface Letter {
  from: PeerId
  message: InstantMessage
  label?: string
  /** Remote address. */
  address?: string
}

/** Bob's inbox with its rows, as far as its decisions need them. `bounded: false` counts nothing: the control. */
function inboxOf(person: {
  contacts?: readonly PeerId[]
  rules?: readonly PersonRule[]
  labels?: readonly string[]
  bounded?: boolean
}) {
  const { contacts = [], rules = [], labels = [''], bounded = true } = person
  const rows = new Map<string, InboxRow>()
  const knocks = new Map<string, number>()
  const heldRows = () => [...rows.values()].filter((row) => row.disposition === 'held')
  return {
    rows,
    seenAs: 'open' as Basic,
    heldRows,
    refuse(peer: PeerId) {
      for (const [key, row] of rows) if (row.peer === peer) rows.set(key, { ...row, refused: true })
    },
    receive({ from, message, label = '', address = 'somewhere' }: Letter): string {
      const key = `${from} ${label} ${message.id}`
      const held = heldRows()
      const decision: Decision = decide(message, {
        exists: labels.includes(label),
        refused: undefined,
        blocked: false,
        known: rows.get(key),
        expired: false,
        seenAs: this.seenAs,
        delivery: decideDelivery({
          sender: { peer: from, contact: contacts.includes(from) },
          personRules: rules,
          now: 0,
        }),
        held: bounded
          ? {
              inAll: held.filter((row) => !row.refused).length,
              fromSender: held.filter((row) => row.peer === from).length,
              fromAddress: knocks.get(address) ?? 0,
            }
          : { inAll: 0, fromSender: 0, fromAddress: 0 },
        passes: false,
        readableType: message.contentType.startsWith('text/'),
      })
      if (decision.kind === 'answer') return decision.reason ?? decision.disposition
      if (decision.disposition === 'held') knocks.set(address, (knocks.get(address) ?? 0) + 1)
      rows.set(key, rowOf({ peer: from, id: message.id, label, disposition: decision.disposition }))
      return decision.disposition
    },
  }
}

const messages = fc.record({
  id: fc.constantFrom('one', 'two', 'three'),
  bytes: fc.constantFrom(1, HELD_BODY_LIMIT, HELD_BODY_LIMIT + 1, BODY_LIMIT, BODY_LIMIT + 1),
  contentType: fc.constantFrom('text/plain', 'text/markdown', 'image/png'),
})

describe('fault M8: knocking with a thousand keys', () => {
  const knockers = Array.from({ length: 1_000 }, (_, index) => `stranger ${index}` as PeerId)
  const storm = (address: (index: number) => string, bounded = true) => {
    const inbox = inboxOf({ contacts: [alice], bounded })
    const heard = knockers.map((from, index) =>
      inbox.receive({ from, message: messageOf(), address: address(index) }),
    )
    return { inbox, heard }
  }

  test('From everywhere: fifty requests and no more, and Alice’s messages still ring', () => {
    const { inbox, heard } = storm((index) => `address ${index}`)
    expect(inbox.heldRows()).toHaveLength(HELD_LIMIT)
    expect(heard.slice(HELD_LIMIT)).toEqual(Array.from({ length: 950 }, () => 'rate-limited'))
    expect(inbox.receive({ from: alice, message: messageOf() })).toBe('delivered')
  })

  test('From one address: three', () => {
    expect(storm(() => 'one laptop').inbox.heldRows()).toHaveLength(HELD_PER_ADDRESS_HOUR)
  })

  test('Control: where nothing is counted there are a thousand', () => {
    expect(storm(() => 'one laptop', false).inbox.heldRows()).toHaveLength(1_000)
  })
})

describe('fault M4, scene 61: waiting and refused look alike', () => {
  /** A stranger's request is held; then the person refuses it, tells it, or has not looked. What the stranger hears. */
  function heardBy(letters: readonly InstantMessage[], then: 'waits' | 'refused' | 'told'): string[] {
    const rules: PersonRule[] = []
    const inbox = inboxOf({ rules })
    const first = inbox.receive({ from: alice, message: messageOf({ id: 'one' }) })
    if (then === 'refused') {
      inbox.refuse(alice)
      rules.push({ peer: alice, subject: 'messages', decision: 'refuse', madeAt: 0 })
    }
    if (then === 'told') rules.push({ peer: alice, subject: 'messages', decision: 'block', madeAt: 0 })
    return [first, ...letters.map((message) => inbox.receive({ from: alice, message }))]
  }

  test('Whatever the stranger writes and repeats, of any size and type, the answers are equal', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 8 }), (written) => {
        const letters = written.map(messageOf)
        expect(heardBy(letters, 'refused')).toEqual(heardBy(letters, 'waits'))
      }),
    )
    expect(heardBy([messageOf({ id: 'two' }), messageOf({ id: 'one' })], 'refused')).toEqual([
      'held',
      'rate-limited',
      'held',
    ])
  })

  test('Control: a refusal that is told shows', () => {
    const letters = [messageOf({ id: 'two' })]
    expect(heardBy(letters, 'told')).not.toEqual(heardBy(letters, 'waits'))
  })
})

describe('fault M13: guessing inbox labels', () => {
  test('A stranger hears the same of a label that exists and of one that does not', () => {
    const heard = (labels: string[], written: readonly InstantMessage[]) => {
      const inbox = inboxOf({ labels })
      return written.map((message) => inbox.receive({ from: alice, message, label: 'work' }))
    }
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 8 }), (written) => {
        const letters = written.map(messageOf)
        expect(heard([''], letters)).toEqual(heard(['', 'work'], letters))
      }),
    )
    expect(heard([''], [messageOf()])).toEqual(['held'])
  })

  test('Control: who may write to some inbox is told', () => {
    const inbox = inboxOf({ contacts: [alice] })
    expect(inbox.receive({ from: alice, message: messageOf(), label: 'work' })).toBe('no-such-inbox')
  })
})

test('fault M9: the status flips under load: nothing new is kept while closed, repeats hear the same as before', () => {
  const flips = fc.array(fc.record({ closed: fc.boolean(), id: fc.nat(40), contact: fc.boolean() }), {
    maxLength: 300,
    size: 'max',
  })
  fc.assert(
    fc.property(flips, (steps) => {
      const inbox = inboxOf({ contacts: [alice] })
      const record = new Map<string, string>()
      for (const { closed, id, contact } of steps) {
        inbox.seenAs = closed ? 'closed' : 'open'
        const before = inbox.rows.size
        const from = contact ? alice : ('carol' as PeerId)
        const said = inbox.receive({ from, message: messageOf({ id: `${id}` }) })
        if (closed) expect(inbox.rows.size).toBe(before)
        const known = record.get(`${from} ${id}`)
        if (known !== undefined) expect(said).toBe(known)
        else if (closed) expect(said).toBe('closed')
        if (inbox.rows.size > before) record.set(`${from} ${id}`, said)
      }
    }),
    { numRuns: 20 },
  )
})

describe('An amendment', () => {
  const amending = (by: Amendment, bytes = 10): InstantMessage => ({
    ...messageOf({ bytes }),
    amends: { by, id: 'other' as MessageId },
  })
  const here = { amendable: { here: true, awaiting: 0 } }
  const awaiting = (count: number) => ({ amendable: { here: false, awaiting: count } })
  const table: [string, InstantMessage, Partial<Circumstances>, object][] = [
    ['of a message that is here is kept', amending('edit'), here, keep('delivered')],
    ['that came before its message waits', amending('delete'), awaiting(0), keep('delivered')],
    [
      'is not the hundred and first that waits',
      amending('edit'),
      awaiting(AMENDMENTS_AWAITING_LIMIT),
      failed('rate-limited'),
    ],
    [
      'of a message that is here does not count those that wait',
      amending('edit'),
      { amendable: { here: true, awaiting: 999 } },
      keep('delivered'),
    ],
    ['is no reaction to what I never wrote', amending('react'), awaiting(0), failed('refused')],
    ['takes back no reaction to it either', amending('unreact'), awaiting(0), failed('refused')],
    ['is a short reaction', amending('react', REACTION_LIMIT + 1), here, failed('too-large')],
    ['may be a long edit', amending('edit', BODY_LIMIT), here, keep('delivered')],
    ['makes no request', amending('edit'), { ...here, delivery: { kind: 'hold' } }, failed('rate-limited')],
    ['of somebody blocked is refused', amending('edit'), { ...here, blocked: true }, failed('refused')],
    ['to somebody closed is refused', amending('edit'), { ...here, seenAs: 'closed' }, failed('closed')],
    [
      'that is known gets its receipt of record',
      amending('edit'),
      { ...awaiting(999), known: rowOf() },
      answer('delivered'),
    ],
  ]
  test.each(table)('%s', (_name, message, facts, decision) => {
    expect(decide(message, at(facts))).toEqual(decision)
  })
})
