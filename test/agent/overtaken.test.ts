/**
 * Whatever overtakes what: a conversation that was followed stands in the end as one that is read anew. The history is
 * that of a real store; what is told of it and how it is listed are the Agent's own.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  amended,
  type Conversation,
  fared,
  glimpsed,
  heard,
  type Listing,
  listed,
  NOTHING_SAID,
  oldestOf,
  wereRead,
} from '../../src/agent/conversation.ts'
import { isFurther } from '../../src/agent/outcome.ts'
import { isMine, keyOf, type Said } from '../../src/agent/said.ts'
import type { Agent, AgentEvent, Amendment } from '../../src/agent.ts'
import { memoryStore } from '../../src/peer/memory-store.ts'
import { joinParts } from '../../src/peer.ts'
import type { Amends, Settlement, Store } from '../../src/ports.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { systemClock, systemEntropy } from '../../src/system.ts'
import { bob, messageId, NOON, owed, told } from '../store/rows.ts'

/** Small, so that a conversation has many. */
const PAGE = 4

type Answer = Pick<Settlement, 'outcome' | 'reason' | 'disposition'>

type Deed =
  | { deed: 'they write' | 'I write'; answering: number }
  | { deed: 'they knock' | 'I accept' }
  | { deed: 'it leaves' | 'it is read'; which: number }
  | { deed: 'it fares'; which: number; answer: Answer }
  | { deed: 'they change' | 'I change'; which: number; by: Amendment; words: string }

type Step =
  | Deed
  | { step: 'told' }
  | { step: 'asked'; what: 'newest' | 'older' | 'some' }
  | { step: 'looked up' | 'answered'; which: number }

const which = fc.nat(30)
const answer: fc.Arbitrary<Answer> = fc.constantFrom<Answer[]>(
  { outcome: 'success', disposition: 'held' },
  { outcome: 'success', disposition: 'delivered' },
  { outcome: 'success', disposition: 'displayed' },
  { outcome: 'success' },
  { outcome: 'failure', reason: 'closed' },
  { outcome: 'failure', reason: 'expired' },
)
const by = fc.constantFrom<Amendment[]>('edit', 'edit', 'delete', 'react', 'unreact')
const words = fc.constantFrom('tea', 'coffee', '👍')
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ deed: fc.constantFrom('they write', 'I write'), answering: which }) },
  { weight: 1, arbitrary: fc.record({ deed: fc.constantFrom('they knock', 'I accept') }) },
  { weight: 2, arbitrary: fc.record({ deed: fc.constantFrom('it leaves', 'it is read'), which }) },
  { weight: 4, arbitrary: fc.record({ deed: fc.constant('it fares'), which, answer }) },
  { weight: 4, arbitrary: fc.record({ deed: fc.constantFrom('they change', 'I change'), which, by, words }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: deed },
  { weight: 3, arbitrary: fc.record({ step: fc.constant('told') }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant('asked'), what: fc.constantFrom('newest', 'older', 'some') }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constantFrom('looked up', 'answered'), which }) },
)

/** Bob's history, and what the Agent tells of it. */
function historyOf(agent: Agent, store: Store) {
  const theirs: { id: MessageId; seq: number }[] = []
  /** Of these, what is no request: that is answered first, and nobody is told how it was changed before. */
  let answerable: MessageId[] = []
  const mine: MessageId[] = []
  /** Of mine, and the changes that I made. */
  const owing: MessageId[] = []
  let now = NOON
  let last = 0

  const keep = async (about: Parameters<typeof told>[1]) => {
    now += 1
    const [kept] = await store.inbox.keep([told(bob, { sentAt: now, receivedAt: now, ...about })])
    return kept?.row
  }
  const owe = async (about: Parameters<typeof owed>[1]) => {
    now += 1
    const { id } = await store.outbox.owe(owed(bob, { sentAt: now, ...about }))
    owing.push(id)
    return id
  }
  const of = <One>(some: readonly One[], at: number): One | undefined => some[at % Math.max(1, some.length)]
  const body = (text: string) => new Uint8Array(Buffer.from(text))
  const reply = (id: MessageId | undefined) => (id === undefined ? {} : { replyTo: id })

  const does = async (deed: Deed): Promise<AgentEvent[]> => {
    switch (deed.deed) {
      case 'they write':
      case 'they knock': {
        const disposition = deed.deed === 'they knock' ? 'held' : 'delivered'
        const answers = 'answering' in deed ? reply(of(mine, deed.answering)) : {}
        const row = await keep({ disposition, ...answers })
        if (row !== undefined) theirs.push(row)
        if (row?.disposition === 'delivered') answerable.push(row.id)
        return []
      }
      case 'I write':
        mine.push(await owe(reply(of(answerable, deed.answering))))
        return []
      case 'I accept':
        await store.inbox.answerHeld(bob, 'accept', now)
        answerable = theirs.map(({ id }) => id)
        return []
      case 'it leaves': {
        const row = (await store.outbox.find(of(owing, deed.which) ?? messageId()))[0]
        if (row !== undefined) await store.outbox.markSent([row.seq])
        return []
      }
      case 'it is read': {
        const row = of(theirs, deed.which)
        if (row === undefined) return []
        await store.inbox.markRead([row.seq])
        const who = { peerId: bob } as Extract<AgentEvent, { event: 'read' }>['who']
        return [{ event: 'read', at: new Date(now).toISOString(), seq: last, who, ids: [row.id] }]
      }
      case 'it fares': {
        now += 1
        const id = of(owing, deed.which)
        if (id !== undefined)
          await store.outbox.settle([{ peer: bob, id, state: 'settled', ...deed.answer }], now)
        return []
      }
      case 'they change':
      case 'I change': {
        const { by } = deed
        const isTheirs = deed.deed === 'they change'
        const id = of(
          (by === 'edit' || by === 'delete') === isTheirs ? theirs.map((row) => row.id) : mine,
          deed.which,
        )
        if (id === undefined) return []
        const about = { amends: { id, by } satisfies Amends, body: body(deed.words) }
        if (isTheirs) await keep({ ...about, unread: false })
        else await owe(about)
        return []
      }
    }
  }

  return {
    /** What is told of it, as it is told when it happens. */
    async after(deed: Deed): Promise<AgentEvent[]> {
      const unstored = await does(deed)
      const events: AgentEvent[] = []
      for await (const event of agent.events({ since: last })) {
        if (event.event === 'snapshot') break
        events.push(event)
        last = Math.max(last, event.seq)
      }
      return [...events, ...unstored]
    },
    listing: async ({ limit = PAGE, before }: { limit?: number; before?: string | undefined } = {}) =>
      agent.inbox({ with: `im:${bob}`, limit, ...(before === undefined ? {} : { before }) }),
  }
}

function after(conversation: Conversation, event: AgentEvent): Conversation {
  if (event.event === 'message') {
    const { event: _, ...said } = event
    return heard(conversation, said)
  }
  if (event.event === 'outcome') {
    const { event: _, ...outcome } = event
    return fared(conversation, outcome)
  }
  if (event.event === 'amended') return amended(conversation, event.message, event.seq)
  return event.event === 'read' ? wereRead(conversation, event.ids) : conversation
}

/** But for what nobody is told: that it left, and what it waits for. */
function asTold(said: Said): Said {
  if (!isMine(said)) return said
  const { waits: _, ...rest } = said
  return rest.state === 'settled' ? rest : { ...rest, state: 'owed' }
}

function expectForwards(before: Conversation, now: Conversation): void {
  const here = new Map(now.said.map((said) => [keyOf(said), said]))
  for (const was of before.said) {
    const is = here.get(keyOf(was))
    if (is === undefined) continue
    if (isMine(was) && isMine(is)) expect(isFurther(was, is)).toBe(false)
    if (!isMine(was) && !isMine(is)) {
      expect(is.unread && !was.unread).toBe(false)
      expect(is.disposition === 'held' && was.disposition === 'accepted').toBe(false)
    }
  }
}

test('What was followed, whatever overtook what, is what is read anew; nothing goes backwards, nothing counts twice', async () => {
  const key = await makeKey()
  const follow = async (steps: readonly Step[]): Promise<void> => {
    const store = await memoryStore()
    const parts = { store, key, home: 'alice', meshName: 'nigh', clock: systemClock, entropy: systemEntropy }
    const agent = await joinParts(parts)
    const history = historyOf(agent, store)
    let conversation = NOTHING_SAID
    let asOf = 0
    const untold: AgentEvent[] = []
    const asked: {
      what: 'newest' | 'older' | 'some'
      asOf: number
      before?: string
      rows?: readonly Said[]
    }[] = []

    const change = (next: (conversation: Conversation) => Conversation): void => {
      const before = conversation
      conversation = next(before)
      expectForwards(before, conversation)
      expect(next(conversation)).toEqual(conversation)
    }
    const tell = (event: AgentEvent): void => {
      asOf = Math.max(asOf, event.seq)
      change((so) => after(so, event))
    }
    const answer = async (at: number): Promise<void> => {
      const [one] = asked.splice(at, 1)
      if (one === undefined) return
      const { what, before } = one
      const rows = one.rows ?? (await history.listing({ before }))
      const listing: Listing = {
        ...{ rows, asOf: one.asOf, whole: rows.length < PAGE },
        ...(before === undefined ? {} : { before }),
      }
      change((so) => (what === 'some' ? glimpsed(so, listing) : listed(so, listing)))
    }
    const ask = (what: 'newest' | 'older' | 'some'): void => {
      const before = what === 'older' ? oldestOf(conversation)?.id : undefined
      if (what !== 'older' || before !== undefined)
        asked.push({ what, asOf, ...(before === undefined ? {} : { before }) })
    }

    try {
      for (const each of steps) {
        if ('deed' in each) untold.push(...(await history.after(each)))
        else if (each.step === 'told') for (const event of untold.splice(0, 1)) tell(event)
        else if (each.step === 'asked') ask(each.what)
        else if (each.step === 'answered') await answer(each.which % Math.max(1, asked.length))
        else {
          const one = asked[each.which % Math.max(1, asked.length)]
          if (one !== undefined) one.rows = await history.listing({ before: one.before })
        }
      }
      for (const event of untold) tell(event)
      while (asked.length > 0) await answer(0)
      if (conversation.from === undefined || conversation.missing.length > 0) {
        ask('newest')
        await answer(0)
      }
      expect(conversation.missing).toEqual([])
      const anew = await history.listing({ limit: 1_000 })
      const { from = 0, said } = conversation
      // What is held is told as a request, and a message from when it is accepted.
      const isIn = (each: Said): boolean =>
        each.seq >= from && (isMine(each) || each.disposition === 'accepted')
      expect(said.filter(isIn).map(asTold)).toEqual(anew.filter(isIn).map(asTold))
    } finally {
      await agent.close()
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), follow), {
    numRuns: 150,
  })
})
