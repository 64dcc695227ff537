/** What every Store must do, whatever it is made of. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Disposition, OutboxState, OutcomeWord } from '../../src/agent.ts'
import type { Imported, JournalEntry, NewInboxRow, OutboxRow, Settlement, Store } from '../../src/ports.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { alice, bob, carol, contact, conversation, messageId, NOON, owed, told } from '../store/rows.ts'

const YEAR = 365.25 * 24 * 3_600_000

export interface StoreUnderTest {
  /** A new, empty store. */
  open(): Promise<Store>
  /** Closes `store` and opens it again, where it outlives its process; else `store` itself. */
  restart(store: Store): Promise<Store>
  /** Runs of each property. */
  runs: number
}

export function storeContract(name: string, { open, restart, runs }: StoreUnderTest): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    async function again(): Promise<void> {
      store = await restart(store)
    }

    const receive = async (row: NewInboxRow) => {
      const [kept] = await store.inbox.keep([row])
      if (kept === undefined) throw new Error('no answer')
      return kept
    }

    describe('inbox', () => {
      test('scene 54: Bob keeps what Alice resends ten times over two paths once, also over a restart', async () => {
        const message = told(alice)
        const first = await receive(message)
        expect(first).toEqual({ row: { ...message, seq: 1, refused: false }, fresh: true })
        for (let time = 0; time < 5; time++) {
          const both = await Promise.all([receive(message), receive(message)])
          expect(both).toEqual([1, 1].map(() => ({ row: first.row, fresh: false })))
          if (time === 2) await again()
        }
        expect(await store.inbox.page({ limit: 50 })).toEqual([first.row])
        expect(await store.journal.last()).toBe(1)
      })

      test('scene 54: the same message twice in one batch is one', async () => {
        const message = told(alice)
        const kept = await store.inbox.keep([message, message, told(alice)])
        expect(kept.map(({ fresh }) => fresh)).toEqual([true, false, true])
        expect(kept.map(({ row }) => row.seq)).toEqual([1, 1, 2])
      })

      test('fault M3: one id from two people or to two labels is two messages; with another body the first stands', async () => {
        const id = messageId()
        const first = await receive(told(alice, { id }))
        expect((await receive(told(bob, { id }))).fresh).toBe(true)
        expect((await receive(told(alice, { id, label: 'work' }))).fresh).toBe(true)
        const forged = await receive(told(alice, { id, body: new Uint8Array([1]), sentAt: 1 }))
        expect(forged).toEqual({ row: first.row, fresh: false })
        expect(await store.inbox.find(id)).toHaveLength(3)
      })

      test('what was kept reads back whole, and what was not sound is made sound', async () => {
        const row = told(alice, {
          label: 'work',
          thread: 't',
          replyTo: messageId(),
          body: new Uint8Array(65_536).fill(7),
        })
        expect((await store.inbox.known([(await receive(row)).row]))[0]).toEqual({
          ...row,
          seq: 1,
          refused: false,
        })
        const wild = await receive(
          told(bob, { sentAt: Number.MAX_VALUE, contentType: 'a\ud800', thread: '\udfff' }),
        )
        const [read] = await store.inbox.find(wild.row.id)
        expect(read).toEqual(wild.row)
        expect(new Date(read?.sentAt ?? Number.NaN).toISOString()).toMatch(/^\+275760/)
        expect([read?.contentType, read?.thread]).toEqual(['a\ufffd', '\ufffd'])
        const nan = await receive(told(bob, { sentAt: Number.NaN, receivedAt: Number.NEGATIVE_INFINITY }))
        expect((await store.inbox.find(nan.row.id))[0]).toEqual(nan.row)
      })

      test('known answers in the order asked', async () => {
        const { row } = await receive(told(alice))
        const recalled = { peer: alice, label: '', id: messageId() }
        await store.inbox.recall(recalled, 20)
        const unheard = { peer: bob, label: '', id: messageId() }
        expect(await store.inbox.known([unheard, recalled, row, { ...row, label: 'x' }])).toEqual([
          undefined,
          'recalled',
          row,
          undefined,
        ])
      })

      test('an id that was recalled before its message came is never kept, also over a restart', async () => {
        const message = told(alice)
        expect(await store.inbox.recall(message, 20)).toBe('recalled')
        await again()
        const late = await receive(message)
        expect(late).toMatchObject({ fresh: false, recalled: true })
        expect(late.row.refused).toBe(true)
        expect(late.row.body).toHaveLength(0)
        expect(await store.inbox.page({ limit: 9 })).toEqual([])
        expect(await store.inbox.find(message.id)).toEqual([])
        expect(await store.inbox.untold(alice, 9)).toEqual([])
        expect(await store.journal.since(0, 9)).toEqual([])
        expect(await store.inbox.recall(message, 0)).toBe('recalled')
      })

      test('a recall of what is here answers kept; beyond the limit of this peer it is rate-limited', async () => {
        const { row } = await receive(told(alice))
        expect(await store.inbox.recall(row, 0)).toBe('kept')
        const recall = () => store.inbox.recall({ peer: alice, label: '', id: messageId() }, 2)
        expect([await recall(), await recall(), await recall()]).toEqual([
          'recalled',
          'recalled',
          'rate-limited',
        ])
        expect(await store.inbox.recall({ peer: bob, label: '', id: messageId() }, 2)).toBe('recalled')
        expect(
          await store.inbox.recall({ peer: alice, label: '', id: messageId() }, Number.POSITIVE_INFINITY),
        ).toBe('recalled')
      })

      test('what the sender was not told is untold until told', async () => {
        const held = await receive(told(alice, { disposition: 'held' }))
        const other = await receive(told(bob))
        expect(await store.inbox.untold(alice, 9)).toEqual([held.row])
        await store.inbox.told([{ seq: held.row.seq, disposition: 'held' }])
        expect(await store.inbox.untold(alice, 9)).toEqual([])
        await store.inbox.answerHeld(alice, 'accept', NOON)
        await again()
        expect(await store.inbox.untold(alice, 9)).toEqual([
          { ...held.row, disposition: 'delivered', told: 'held' },
        ])
        expect(await store.inbox.untold(bob, 9)).toEqual([other.row])
        expect(await store.inbox.untold(bob, 0)).toEqual([])
      })

      test('Bob reads and tells: unread and delivered becomes displayed, which is to be told; taken back, it is not', async () => {
        const delivered = (more: Partial<NewInboxRow> = {}) => told(alice, { told: 'delivered', ...more })
        const first = (await receive(delivered())).row
        const second = (await receive(delivered())).row
        const request = (await receive(told(carol, { disposition: 'held', told: 'held' }))).row
        await store.inbox.markRead([second.seq])
        await store.inbox.markDisplayed([first.seq, second.seq, request.seq, 99])
        await again()
        const displayed = { ...first, unread: false, disposition: 'displayed' }
        expect(await store.inbox.untold(alice, 9)).toEqual([displayed])
        expect(await store.inbox.untold(carol, 9)).toEqual([])
        expect(await store.inbox.find(request.id)).toEqual([{ ...request, unread: false }])
        expect(await store.inbox.keep([delivered({ id: first.id })])).toEqual([
          { row: displayed, fresh: false },
        ])
        await store.inbox.forgetUntoldDisplays()
        expect(await store.inbox.untold(alice, 9)).toEqual([])
        expect(await store.inbox.find(first.id)).toEqual([{ ...first, unread: false }])

        // Told, it stays so.
        const third = (await receive(delivered())).row
        await store.inbox.markDisplayed([third.seq])
        await store.inbox.told([{ seq: third.seq, disposition: 'displayed' }])
        await store.inbox.forgetUntoldDisplays()
        expect(await store.inbox.find(third.id)).toMatchObject([
          { disposition: 'displayed', told: 'displayed' },
        ])
      })

      test('Bob accepts Alice: what was held is delivered; again changes nothing', async () => {
        const { row } = await receive(told(alice, { disposition: 'held' }))
        await receive(told(carol, { disposition: 'held' }))
        const last = await store.journal.last()
        const accepted = { ...row, disposition: 'delivered' }
        expect(await store.inbox.answerHeld(alice, 'accept', NOON)).toEqual([
          { row: accepted, seq: last + 1 },
        ])
        expect(await store.inbox.answerHeld(alice, 'accept', NOON)).toEqual([])
        expect((await store.inbox.held()).map(({ peer }) => peer)).toEqual([carol])
        expect(await store.inbox.answerHeld(bob, 'accept', NOON)).toEqual([])
        // The request became a message: news of its own, for whoever reads on.
        expect(await store.journal.since(last, 9)).toEqual([
          { seq: last + 1, at: NOON, kind: 'message', inbox: accepted },
        ])
      })

      test('fault M4: Bob refuses Alice: nothing lists it, a repeat still finds held; accepting later delivers it', async () => {
        const message = told(alice, { disposition: 'held' })
        const { row } = await receive(message)
        await receive(told(carol, { disposition: 'held' }))
        expect(await store.inbox.heldCount(alice)).toEqual({ held: 2, from: 1 })
        const refused = { ...row, refused: true, unread: false }
        expect(await store.inbox.answerHeld(alice, 'refuse', NOON)).toEqual([{ row: refused, seq: row.seq }])
        expect(await store.inbox.answerHeld(alice, 'refuse', NOON)).toEqual([])
        expect(await store.inbox.heldCount(alice)).toEqual({ held: 1, from: 1 })
        expect(await store.inbox.heldCount(bob)).toEqual({ held: 1, from: 0 })
        expect((await store.inbox.held()).map(({ peer }) => peer)).toEqual([carol])
        expect(await store.inbox.page({ peer: alice, limit: 9 })).toEqual([])
        expect(await store.inbox.find(message.id)).toEqual([])
        expect(await receive(message)).toEqual({ row: refused, fresh: false })
        const accepted = { ...refused, refused: false, disposition: 'delivered' }
        expect(await store.inbox.answerHeld(alice, 'accept', NOON)).toMatchObject([{ row: accepted }])
      })

      test('pages by person, by unread, and back from a row', async () => {
        const rows = []
        for (const from of [alice, bob, alice, carol, alice, bob]) rows.push((await receive(told(from))).row)
        const seqs = async (query: Parameters<Store['inbox']['page']>[0]) =>
          (await store.inbox.page(query)).map(({ seq }) => seq)
        expect(await seqs({ limit: 2 })).toEqual([5, 6])
        expect(await seqs({ limit: 2, before: 5 })).toEqual([3, 4])
        expect(await seqs({ peer: alice, limit: 2 })).toEqual([3, 5])
        expect(await seqs({ peer: alice, limit: 9, before: 5 })).toEqual([1, 3])
        await store.inbox.markRead([5, 6, 99])
        expect(await seqs({ unread: true, limit: 9 })).toEqual([1, 2, 3, 4])
        expect(await seqs({ unread: true, peer: alice, limit: 1 })).toEqual([3])
        expect(await seqs({ unread: true, peer: bob, before: 2, limit: 1 })).toEqual([])
        expect(await seqs({ limit: 0 })).toEqual([])
        expect(await seqs({ peer: 'nobody' as never, limit: 9 })).toEqual([])
      })
    })

    describe('outbox', () => {
      test('Alice owes, marks sent, is answered: each stands as it should', async () => {
        const message = owed(bob, { thread: 't', replyTo: messageId(), deadline: NOON + 9, untilOpen: true })
        const row = await store.outbox.owe(message)
        expect(row).toEqual({ ...message, seq: 1, outcome: 'indeterminate', at: NOON })
        expect(await store.outbox.find(message.id)).toEqual([row])
        await store.outbox.markSent([row.seq])
        expect(await store.outbox.unsettled(bob, { after: 0, limit: 9 })).toEqual([{ ...row, state: 'sent' }])
        const answer = {
          peer: bob,
          id: message.id,
          state: 'settled',
          outcome: 'success',
          disposition: 'delivered',
        } as const
        const settled = {
          ...row,
          state: 'settled',
          outcome: 'success',
          disposition: 'delivered',
          at: NOON + 5,
        }
        expect(await store.outbox.settle([answer], NOON + 5)).toEqual([{ row: settled, seq: 2 }])
        await again()
        expect(await store.outbox.settle([answer], NOON + 6)).toEqual([])
        expect(await store.outbox.find(message.id)).toEqual([settled])
        expect(await store.outbox.unsettled(bob, { after: 0, limit: 9 })).toEqual([])
        await store.outbox.markSent([row.seq])
        expect(await store.outbox.find(message.id)).toEqual([settled])
      })

      test('fault M3: the same (peer, id) is owed once, the first body stands; an answer counts only from its peer', async () => {
        const row = await store.outbox.owe(owed(bob))
        expect(await store.outbox.owe(owed(bob, { id: row.id, body: new Uint8Array([9]) }))).toEqual(row)
        expect(await store.journal.last()).toBe(1)
        const forged = {
          peer: carol,
          id: row.id,
          state: 'settled',
          outcome: 'success',
          disposition: 'delivered',
        } as const
        expect(await store.outbox.settle([forged], NOON)).toEqual([])
        expect((await store.outbox.owe(owed(carol, { id: row.id }))).seq).toBe(2)
        expect(await store.outbox.settle([forged], NOON)).toHaveLength(1)
        expect(await store.outbox.find(row.id)).toEqual([
          row,
          expect.objectContaining({ peer: carol, state: 'settled' }),
        ])
      })

      test('says to whom something is owed, what is held, who ever answered delivered', async () => {
        const first = await store.outbox.owe(owed(bob))
        const second = await store.outbox.owe(owed(bob))
        await store.outbox.owe(owed(carol))
        const answer = (row: OutboxRow, disposition: Disposition): Settlement => ({
          peer: row.peer,
          id: row.id,
          state: 'settled',
          outcome: 'success',
          disposition,
        })
        expect(await store.outbox.creditors()).toEqual([bob, carol])
        await store.outbox.settle([answer(second, 'held'), answer(first, 'held')], NOON)
        expect(await store.outbox.heldBy(bob)).toMatchObject({ seq: first.seq })
        expect(await store.outbox.heldBy(carol)).toBeUndefined()
        expect(await store.outbox.everDelivered(bob)).toBe(false)
        expect(await store.outbox.creditors()).toEqual([bob, carol])
        await store.outbox.settle([answer(first, 'delivered'), answer(second, 'displayed')], NOON)
        expect(await store.outbox.heldBy(bob)).toBeUndefined()
        expect(await store.outbox.everDelivered(bob)).toBe(true)
        expect(await store.outbox.everDelivered(alice)).toBe(false)
        expect(await store.outbox.creditors()).toEqual([carol])
      })

      test('reads the unsettled in order, in parts', async () => {
        const seqs = []
        for (let index = 0; index < 5; index++) seqs.push((await store.outbox.owe(owed(bob))).seq)
        await store.outbox.owe(owed(carol))
        const part = async (after: number, limit: number) =>
          (await store.outbox.unsettled(bob, { after, limit })).map(({ seq }) => seq)
        expect(await part(0, 3)).toEqual(seqs.slice(0, 3))
        expect(await part(seqs[2] ?? 0, 3)).toEqual(seqs.slice(3))
      })

      test('what fails because it never left does not fail where it is marked as sent meanwhile (fault M1)', async () => {
        const first = await store.outbox.owe(owed(bob))
        const second = await store.outbox.owe(owed(bob))
        const fails = ({ peer, id }: OutboxRow): Settlement => ({
          peer,
          id,
          state: 'settled',
          outcome: 'failure',
          reason: 'refused',
          unsent: true,
        })
        const marking = store.outbox.markSent([first.seq])
        const failing = store.outbox.settle([fails(first), fails(second)], NOON)
        await marking
        expect((await failing).map(({ row }) => row.id)).toEqual([second.id])
        expect(await only(first.id)).toMatchObject({ state: 'sent', outcome: 'indeterminate' })
      })

      test('knows what is overdue and when the next will be', async () => {
        expect(await store.outbox.nextDeadline()).toBeUndefined()
        await store.outbox.owe(owed(bob))
        const late = await store.outbox.owe(owed(bob, { deadline: NOON + 20 }))
        const soon = await store.outbox.owe(owed(carol, { deadline: NOON + 10, state: 'sent' }))
        expect(await store.outbox.nextDeadline()).toBe(NOON + 10)
        expect(await store.outbox.overdue(NOON + 9)).toEqual([])
        expect(await store.outbox.overdue(NOON + 20)).toEqual([soon, late])
        await store.outbox.settle(
          [{ peer: carol, id: soon.id, state: 'settled', outcome: 'failure', reason: 'expired' }],
          NOON,
        )
        expect(await store.outbox.overdue(NOON + 20)).toEqual([late])
        expect(await store.outbox.nextDeadline()).toBe(NOON + 20)
      })

      test('takes back what never left at once, and marks what did (fault M1)', async () => {
        const row = await store.outbox.owe(owed(bob))
        const over = await store.outbox.recall(bob, row.id, 'recalled', NOON + 1)
        expect(over?.row).toMatchObject({
          state: 'settled',
          outcome: 'failure',
          reason: 'recalled',
          at: NOON + 1,
        })
        expect(await store.journal.since(row.seq, 9)).toMatchObject([{ seq: over?.seq, outbox: over?.row }])

        const sent = await store.outbox.owe(owed(bob, { deadline: NOON + 5, state: 'sent' }))
        const asked = await store.outbox.recall(bob, sent.id, 'expired', NOON + 6)
        expect(asked?.row).toEqual({ ...sent, recall: 'expired' })
        expect(await store.outbox.unsettled(bob, { after: 0, limit: 9 })).toEqual([asked?.row])
        expect(await store.outbox.overdue(NOON + 9)).toEqual([])
        expect(await store.outbox.nextDeadline()).toBeUndefined()
        // What the person wants outweighs what time did, whichever came first.
        await store.outbox.recall(bob, sent.id, 'recalled', NOON + 7)
        await store.outbox.recall(bob, sent.id, 'expired', NOON + 8)
        expect(await only(sent.id)).toEqual({ ...sent, recall: 'recalled' })

        const [change] = await store.outbox.settle(
          [{ peer: bob, id: sent.id, state: 'settled', outcome: 'success' }],
          NOON + 9,
        )
        expect(change?.row.recall).toBeUndefined()
        expect(await only(sent.id)).toEqual(change?.row)
        expect(await store.outbox.recall(bob, sent.id, 'recalled', NOON)).toBeUndefined()
        expect(await store.outbox.recall(carol, sent.id, 'recalled', NOON)).toBeUndefined()
      })

      test('fault M6: no answers in any order take back what their inbox kept, or a first final failure', async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(answers, { maxLength: 12 }), async (given) => {
            const { id } = await store.outbox.owe(owed(bob))
            let before = await only(id)
            for (const answer of given) {
              const changed = await store.outbox.settle([{ peer: bob, id, ...answer }], NOON)
              const now = await only(id)
              expect(changed.map(({ row }) => row)).toEqual(changed.length === 0 ? [] : [now])
              if (changed.length === 0) expect(now).toEqual(before)
              if (isFailure(before)) expect(now).toEqual(before)
              if (isSuccess(before)) expect(isSuccess(now)).toBe(true)
              expect(STEPS.indexOf(now.disposition)).toBeGreaterThanOrEqual(STEPS.indexOf(before.disposition))
              before = now
            }
          }),
          { numRuns: runs },
        )
      })

      async function only(id: MessageId): Promise<OutboxRow> {
        const [row] = await store.outbox.find(id)
        if (row === undefined) throw new Error('the row is gone')
        return row
      }
    })

    describe('one number for both directions', () => {
      test('fault M2: with clocks a year back and 70 ahead and random ids, paging is complete and in order of arrival', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.record({ mine: fc.boolean(), clock, other: fc.boolean() }), { maxLength: 25 }),
            fc.integer({ min: 1, max: 7 }),
            async (sequence, limit) => {
              const fresh = await open()
              try {
                const arrived: MessageId[] = []
                for (const { mine, clock: sentAt, other } of sequence) {
                  const row = mine
                    ? await fresh.outbox.owe(owed(other ? carol : bob, { sentAt }))
                    : (await fresh.inbox.keep([told(other ? carol : bob, { sentAt })]))[0]?.row
                  if (row !== undefined && !other) arrived.push(row.id)
                }
                const read: MessageId[] = []
                let before = Number.POSITIVE_INFINITY
                for (;;) {
                  const page = await conversation(fresh, { peer: bob, before, limit })
                  if (page.length === 0) break
                  read.unshift(...page.map(({ id }) => id))
                  before = page[0]?.seq ?? 0
                }
                expect(read).toEqual(arrived)
                const unread = await fresh.inbox.page({ unread: true, limit: 99 })
                expect(unread).toHaveLength(sequence.filter(({ mine }) => !mine).length)
              } finally {
                await fresh.close()
              }
            },
          ),
          { numRuns: runs },
        )
      })

      test('the journal read on from any number is complete, in order, and shows each outcome as it was', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(deeds, { maxLength: 20 }),
            fc.integer({ min: 1, max: 5 }),
            async (done, limit) => {
              const fresh = await open()
              try {
                const expected: JournalEntry[] = []
                const mine: OutboxRow[] = []
                for (const deed of done) expected.push(...(await act(fresh, deed, mine)))
                const all = await replay(fresh, 0, limit)
                expect(all).toEqual(expected)
                expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).toSorted((a, b) => a - b))
                for (const { seq } of all)
                  expect(await replay(fresh, seq, limit)).toEqual(expected.filter((entry) => entry.seq > seq))
                expect(await fresh.journal.last()).toBeGreaterThanOrEqual(all.at(-1)?.seq ?? 0)
              } finally {
                await fresh.close()
              }
            },
          ),
          { numRuns: runs },
        )
      })
    })

    describe('history', () => {
      const says = (text: string) => new Uint8Array(Buffer.from(text))
      const hear = async (from: typeof alice, text: string, about: Partial<NewInboxRow> = {}) =>
        (await receive(told(from, { body: says(text), ...about }))).row
      const say = (to: typeof alice, text: string) =>
        store.outbox.owe(owed(to, { body: says(text), state: 'sent' }))
      const answered = async (row: OutboxRow) =>
        store.outbox.settle(
          [
            {
              peer: row.peer,
              id: row.id,
              state: 'settled',
              outcome: 'success',
              disposition: 'delivered',
              row,
            },
          ],
          NOON,
        )
      const texts = async (
        words: string,
        about: { peer?: typeof alice; before?: number; limit?: number } = {},
      ) =>
        (await store.history.search({ words, limit: 9, ...about })).map((row) =>
          new TextDecoder().decode(('inbox' in row ? row.inbox : row.outbox).body),
        )

      test('finds both directions by words in any case, without accents, by a beginning, oldest first', async () => {
        await hear(alice, 'The Café opens at nine')
        await say(alice, 'the cafe? I am coming')
        await hear(bob, 'no coffee today')
        await hear(carol, '咖啡 喝咖啡')
        expect(await texts('cafe')).toEqual(['The Café opens at nine', 'the cafe? I am coming'])
        expect(await texts('CAF')).toHaveLength(2)
        expect(await texts('nine the')).toEqual(['The Café opens at nine'])
        expect(await texts('co')).toEqual(['the cafe? I am coming', 'no coffee today'])
        expect(await texts('co', { peer: bob })).toEqual(['no coffee today'])
        expect(await texts('咖')).toHaveLength(1)
        expect(await texts('the', { limit: 1 })).toEqual(['the cafe? I am coming'])
        expect(await texts('the', { before: 2 })).toEqual(['The Café opens at nine'])
      })

      test('what is typed is never taken for an operator, and nothing typed finds nothing', async () => {
        await hear(alice, 'a AND b NOT "c" said:x p1')
        for (const words of ['a AND b', 'NOT', '"c"', 'said:x', 'a*', '(b', 'b)', '-a', '^a', 'p1 ', "c'"])
          expect(await texts(words), words).toHaveLength(1)
        for (const words of ['', '  ', '*', '"', '()', '\ud800', 'who', 'z'])
          expect(await texts(words), words).toEqual([])
        await fc.assert(
          fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (words) => {
            await texts(words)
          }),
          { numRuns: runs },
        )
      })

      test('held requests, other types and recalled ids are not looked through; what is accepted later is', async () => {
        await hear(alice, 'please', { disposition: 'held' })
        await hear(bob, 'please', { contentType: 'image/png' })
        await store.inbox.recall({ peer: bob, label: '', id: messageId() }, 9)
        expect(await texts('please')).toEqual([])
        await store.inbox.answerHeld(alice, 'accept', NOON)
        expect(await texts('please')).toEqual(['please'])
      })

      test('a request that was refused before its words were indexed is found once it is accepted after all', async () => {
        await hear(alice, 'please', { disposition: 'held' })
        await store.inbox.answerHeld(alice, 'refuse', NOON)
        expect(await store.history.index(9)).toBe(false)
        expect(await texts('please')).toEqual([])
        await store.inbox.answerHeld(alice, 'accept', NOON)
        expect(await texts('please')).toEqual(['please'])
      })

      test('the index goes on where it stood, also over a restart', async () => {
        for (let index = 0; index < 5; index++) await hear(alice, `word ${index}`)
        expect(await store.history.index(3)).toBe(true)
        await again()
        expect(await store.history.index(3)).toBe(false)
        expect(await store.history.index(3)).toBe(false)
        await say(bob, 'word 5')
        expect(await texts('word')).toHaveLength(6)
      })

      test('fault M6: deleted, a message is in no listing and no search, and a repeat is answered as before', async () => {
        const heard = await hear(alice, 'forget this')
        const sent = await say(bob, 'forget that')
        await answered(sent)
        expect(await texts('forget')).toHaveLength(2)
        expect(await store.history.remove([heard.seq, sent.seq, 99])).toEqual([heard.seq, sent.seq])
        expect(await store.history.remove([heard.seq, sent.seq])).toEqual([])
        await again()
        expect(await texts('forget')).toEqual([])
        expect(await store.inbox.page({ limit: 9 })).toEqual([])
        expect(await store.outbox.page({ limit: 9 })).toEqual([])
        expect(await store.inbox.find(heard.id)).toEqual([])
        expect(await store.outbox.find(sent.id)).toEqual([])
        expect(await store.journal.since(0, 9)).toEqual([])
        for (let time = 0; time < 10; time++) {
          const late = await receive(told(alice, { id: heard.id, body: says('forget this') }))
          expect(late).toMatchObject({
            fresh: false,
            row: { seq: heard.seq, disposition: 'delivered', refused: false },
          })
          expect(late.row.body).toHaveLength(0)
          expect(await store.inbox.known([heard])).toMatchObject([{ disposition: 'delivered' }])
        }
        expect(await store.inbox.page({ limit: 9 })).toEqual([])
        expect(await store.outbox.owe(owed(bob, { id: sent.id }))).toMatchObject({
          seq: sent.seq,
          state: 'settled',
        })
      })

      test('what is owed, under way or held cannot be deleted', async () => {
        const owing = await store.outbox.owe(owed(bob))
        const under = await say(bob, 'on its way')
        const held = await hear(carol, 'may I', { disposition: 'held' })
        expect(await store.history.remove([owing.seq, under.seq, held.seq])).toEqual([])
        expect(await store.inbox.held()).toEqual([held])
      })

      test('a message that was let go of keeps its place; an id that was only recalled has none', async () => {
        const one = await hear(alice, 'one')
        const two = await say(bob, 'two')
        await store.outbox.settle([{ peer: bob, id: two.id, state: 'settled', outcome: 'success' }], NOON)
        expect(await store.history.place(one.id)).toBe(one.seq)
        await store.history.remove([one.seq, two.seq])
        expect(await store.history.place(one.id)).toBe(one.seq)
        expect(await store.history.place(two.id)).toBe(two.seq)
        const id = messageId()
        await store.inbox.recall({ peer: alice, label: '', id }, 9)
        expect(await store.history.place(id)).toBeUndefined()
        expect(await store.history.place(messageId())).toBeUndefined()
      })

      test('retention lets go of what is old and read, and looks on from where it stopped', async () => {
        const old = { receivedAt: NOON - YEAR, unread: false }
        const mine = await store.outbox.owe(owed(bob, { sentAt: NOON - YEAR, state: 'sent' }))
        await store.outbox.settle(
          [{ peer: bob, id: mine.id, state: 'settled', outcome: 'failure', reason: 'closed' }],
          NOON - YEAR,
        )
        await hear(alice, 'old and read', old)
        await hear(alice, 'old, not read', { receivedAt: NOON - YEAR })
        await hear(alice, 'old, held', { ...old, disposition: 'held' })
        await hear(alice, 'new', { unread: false })
        await store.outbox.owe(owed(bob, { sentAt: NOON - YEAR }))
        let gone = 0
        for (let after: number | undefined = 0; after !== undefined; ) {
          const swept = await store.history.forget({ before: NOON - 1, after, limit: 2 })
          gone += swept.gone
          after = swept.next
        }
        expect(gone).toBe(2)
        const left = await conversation(store, { peer: alice, limit: 9 })
        expect(left.map(({ body }) => new TextDecoder().decode(body))).toEqual([
          'old, not read',
          'old, held',
          'new',
        ])
        expect(await store.outbox.page({ limit: 9 })).toMatchObject([{ state: 'owed' }])
        expect((await store.history.forget({ before: NOON - 1, limit: 99 })).gone).toBe(0)
      })
    })

    describe('people, rules, wishes, requests, watchers, settings', () => {
      test('settings come and go', async () => {
        expect(await store.settings.get('mesh')).toBeUndefined()
        await store.settings.set('mesh', 'nigh')
        await store.settings.set('mesh', 'office')
        await again()
        expect(await store.settings.get('mesh')).toBe('office')
        await store.settings.set('mesh', undefined)
        expect(await store.settings.get('mesh')).toBeUndefined()
      })

      test('contacts are added, replaced, removed; a petname names one person', async () => {
        const al = contact(alice, { petname: 'Al', groups: ['work', 'chess'], verifiedAt: NOON })
        await store.contacts.put(al)
        await store.contacts.put(contact(bob))
        await store.contacts.put(contact(carol))
        await again()
        expect(await store.contacts.all()).toEqual([al, contact(bob), contact(carol)])
        await expect(store.contacts.put(contact(bob, { petname: 'Al' }))).rejects.toMatchObject({
          code: 'name-taken',
        })
        await store.contacts.put({ ...al, groups: [] })
        await store.contacts.remove(carol)
        await store.contacts.remove(carol)
        expect(await store.contacts.all()).toEqual([{ ...al, groups: [] }, contact(bob)])
        await store.contacts.put(contact(alice))
        await store.contacts.put(contact(bob, { petname: 'Al' }))
      })

      test('one rule about a person per subject, the newest', async () => {
        const block = { peer: bob, subject: 'access', decision: 'block', madeAt: NOON } as const
        const allow = {
          peer: bob,
          subject: 'access',
          decision: 'allow',
          view: 'nearby',
          until: NOON + 9,
          madeAt: NOON + 1,
        } as const
        const accept = { peer: bob, subject: 'messages', decision: 'accept', madeAt: NOON + 2 } as const
        for (const rule of [block, accept, allow]) await store.rules.put(rule)
        await again()
        expect(await store.rules.all()).toEqual([allow, accept])
        await store.rules.remove(bob, 'access')
        await store.rules.remove(carol, 'access')
        expect(await store.rules.all()).toEqual([accept])
      })

      test('wishes and pending subscriptions outlive a restart', async () => {
        await store.wishes.put({ peer: bob, wanted: true, byPerson: false, at: NOON })
        await store.wishes.put({ peer: bob, wanted: false, byPerson: true, at: NOON + 1 })
        const knock = { peer: carol, name: 'Carol', from: '192.0.2.7', askedAt: NOON, refused: false }
        await store.pending.put(knock)
        await store.pending.put({ ...knock, peer: alice, refused: true })
        await again()
        expect(await store.wishes.all()).toEqual([{ peer: bob, wanted: false, byPerson: true, at: NOON + 1 }])
        expect(await store.pending.all()).toEqual([knock, { ...knock, peer: alice, refused: true }])
        await store.pending.remove(carol)
        expect((await store.pending.all()).map(({ peer }) => peer)).toEqual([alice])
      })

      test('watcher information: an episode counts, a renewal prolongs, another view and a denial stand apart', async () => {
        const grant = { peer: bob, via: 'subscribe', view: 'nearby', denied: false } as const
        await store.watchers.note({ ...grant, at: NOON, couldReadUntil: NOON + 20 })
        await store.watchers.note({ ...grant, at: NOON + 10, couldReadUntil: NOON + 30, renewal: true })
        await store.watchers.note({ ...grant, at: NOON + 15 })
        await store.watchers.note({ ...grant, view: 'contacts', at: NOON + 16, renewal: true })
        await store.watchers.note({ peer: bob, via: 'fetch', denied: true, at: NOON + 17 })
        await again()
        const nearby = { ...grant, first: NOON, last: NOON + 15, count: 2, couldReadUntil: NOON + 30 }
        const contacts = { ...grant, view: 'contacts', first: NOON + 16, last: NOON + 16, count: 1 }
        const denied = { peer: bob, via: 'fetch', denied: true, first: NOON + 17, last: NOON + 17, count: 1 }
        expect(await store.watchers.all()).toEqual([nearby, contacts, denied])
        await store.watchers.forget(NOON + 17)
        expect(await store.watchers.all()).toEqual([nearby, denied])
        await store.watchers.forget(NOON + 31)
        expect(await store.watchers.all()).toEqual([])
      })

      test('a watcher is shown to others as it said last, by all its means alike, for as long as it is listed', async () => {
        const grant = { peer: bob, via: 'subscribe', view: 'nearby', denied: false } as const
        const owl = { visibility: 'pseudonym', name: 'Owl' } as const
        const hidden = { visibility: 'unlisted', name: 'Bob' } as const
        const shown = async () => (await store.watchers.all()).map(({ shownAs }) => shownAs)
        await store.watchers.showAs(carol, owl) // who is not listed says nothing
        await store.watchers.note({ ...grant, at: NOON, couldReadUntil: NOON + 20, shownAs: owl })
        await store.watchers.note({ peer: bob, via: 'fetch', view: 'nearby', denied: false, at: NOON })
        await store.watchers.note({ peer: carol, via: 'touch', denied: false, at: NOON })
        await again()
        expect(await shown()).toEqual([owl, owl, undefined])
        await store.watchers.showAs(bob, hidden)
        await again()
        expect(await shown()).toEqual([hidden, hidden, undefined])
        await store.watchers.forget(NOON + 1) // the fetch, the touch
        expect(await shown()).toEqual([hidden])
        await store.watchers.forget(NOON + 21)
        await store.watchers.note({ ...grant, at: NOON + 30 })
        expect(await shown()).toEqual([undefined])
      })

      test('of people, the claimed name and the last eight addresses stay, newest first', async () => {
        await store.inbox.keep([told(carol)])
        await store.people.rememberName(bob, 'Bob')
        await store.people.rememberName(bob, 'Bobby \ud800')
        const addresses = Array.from({ length: 9 }, (_, index) => `/ip4/192.0.2.${index}/tcp/1`)
        await store.people.rememberAddresses(bob, addresses.slice(0, 5), NOON + YEAR)
        await store.people.rememberAddresses(bob, addresses.slice(4), NOON)
        await again()
        expect(await store.people.all()).toEqual([
          { peer: bob, name: 'Bobby \ufffd', addresses: [...addresses.slice(4), ...addresses.slice(0, 3)] },
        ])
      })

      test('a subscription request takes its place in the journal', async () => {
        await store.inbox.keep([told(alice)])
        const entry = await store.journal.request({ peer: carol, name: 'Carol', at: NOON })
        expect(entry).toEqual({
          seq: 2,
          at: NOON,
          kind: 'request',
          subscription: { peer: carol, name: 'Carol' },
        })
        await again()
        expect(await store.journal.since(1, 9)).toEqual([entry])
        expect(await store.journal.last()).toBe(2)
      })
    })

    describe('imports', () => {
      const past = (text: string, rest: object = {}): Imported =>
        ({
          peer: bob,
          label: '',
          id: messageId(),
          sentAt: NOON - YEAR,
          at: NOON - YEAR,
          contentType: 'text/plain',
          body: new TextEncoder().encode(text),
          received: true,
          ...rest,
        }) as Imported
      const said = async (): Promise<string[]> => {
        const rows = [
          ...(await store.inbox.page({ peer: bob, limit: 99 })),
          ...(await store.outbox.page({ peer: bob, limit: 99 })),
        ]
        return rows
          .sort((one, other) => one.seq - other.seq)
          .map(({ body }) => new TextDecoder().decode(body))
      }

      test('what is past stands before or after all that is here, in its order, and once however often it is imported', async () => {
        await receive(told(bob, { body: new TextEncoder().encode('here') }))
        const mine = { received: false, outcome: 'success', disposition: 'delivered' }
        const older = [past('first'), past('second', mine)]
        const oldest = [past('zeroth')]
        const newer = [past('third'), past('fourth', mine)]
        expect(await store.imports.before(older)).toBe(2)
        expect(await store.imports.before(oldest)).toBe(1)
        expect(await store.imports.after(newer)).toBe(2)
        await again()
        expect(await store.imports.before([...oldest, ...older, ...newer])).toBe(0)
        expect(await store.imports.after([...oldest, ...older, ...newer])).toBe(0)
        expect(await said()).toEqual(['zeroth', 'first', 'second', 'here', 'third', 'fourth'])
        const [page] = await store.inbox.page({ peer: bob, limit: 1, before: 0 })
        expect(new TextDecoder().decode(page?.body)).toBe('first')
      })

      test('nothing of it is owed, told, unread, waited for or news; its ids answer as of record', async () => {
        const came = past('theirs')
        const unknown = past('mine', { received: false, outcome: 'indeterminate' })
        await store.imports.before([came, unknown])
        await store.imports.after([
          past('theirs too'),
          past('mine too', { received: false, outcome: 'failure', reason: 'closed' }),
        ])
        await again()
        expect(await store.outbox.creditors()).toEqual([])
        expect(await store.outbox.unsettled(bob, { after: -9, limit: 9 })).toEqual([])
        expect(await store.outbox.everDelivered(bob)).toBe(false)
        expect(await store.inbox.untold(bob, 9)).toEqual([])
        expect(await store.inbox.page({ unread: true, limit: 9 })).toEqual([])
        expect(await store.journal.since(0, 9)).toEqual([])
        expect(await store.inbox.known([{ peer: bob, label: '', id: came.id }])).toMatchObject([
          { disposition: 'delivered', told: 'delivered' },
        ])
        expect((await receive(told(bob, { id: came.id }))).fresh).toBe(false)
      })

      test('it is found by its words, deleted for good, and let go with its age', async () => {
        const [one, two] = [past('tea at four'), past('tea at five', { at: NOON })]
        await store.imports.before([one, two])
        await store.imports.after([past('coffee', { at: NOON })])
        const found = async (words: string) => (await store.history.search({ words, limit: 9 })).length
        expect(await found('tea')).toBe(2)
        expect(await found('coffee')).toBe(1)
        const [row] = await store.inbox.find(two.id)
        expect(await store.history.remove([row?.seq ?? 0])).toEqual([row?.seq])
        expect(await store.imports.before([two])).toBe(0)
        expect(await found('tea')).toBe(1)
        expect(await store.history.forget({ before: NOON - 1, limit: 99 })).toEqual({ gone: 1 })
        expect(await found('tea')).toBe(0)
        expect(await said()).toEqual(['coffee'])
      })
    })

    describe('the end', () => {
      test('closing commits what waits, can be done twice, and then nothing answers', async () => {
        const late = receive(told(alice))
        await store.close()
        await store.close()
        expect((await late).fresh).toBe(true)
        await expect(store.inbox.keep([told(alice)])).rejects.toMatchObject({ code: 'closed' })
        await expect(store.journal.last()).rejects.toMatchObject({ code: 'closed' })
      })
    })
  })
}

const STEPS: readonly (Disposition | undefined)[] = [undefined, 'held', 'delivered', 'displayed']

const isSuccess = (row: OutboxRow): boolean => row.state === 'settled' && row.outcome === 'success'
const isFailure = (row: OutboxRow): boolean => row.state === 'settled' && row.outcome === 'failure'

const answers = fc
  .record({
    state: fc.constantFrom<OutboxState[]>('owed', 'sent', 'settled', 'settled', 'settled'),
    outcome: fc.constantFrom<OutcomeWord[]>('success', 'success', 'failure', 'indeterminate'),
    reason: fc.constantFrom('closed', 'expired', undefined),
    disposition: fc.constantFrom<(Disposition | undefined)[]>(...STEPS),
  })
  .map(({ state, outcome, reason, disposition }) => ({
    state,
    outcome,
    ...(reason !== undefined && { reason }),
    ...(disposition !== undefined && { disposition }),
  })) as fc.Arbitrary<Omit<Settlement, 'peer' | 'id'>>

const clock = fc.constantFrom(NOON, NOON - YEAR, NOON + 70 * YEAR, 0, -1, Number.MAX_SAFE_INTEGER)

type Deed =
  | { do: 'keep' | 'hold' | 'owe' | 'recall' | 'request' }
  | { do: 'settle'; which: number; answer: Omit<Settlement, 'peer' | 'id'> }

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constantFrom('keep', 'hold', 'owe', 'recall', 'request') }),
  fc.record({ do: fc.constant('settle' as const), which: fc.nat(5), answer: answers }),
)

/** Does one thing and says what the journal should tell of it. */
async function act(store: Store, deed: Deed, mine: OutboxRow[]): Promise<JournalEntry[]> {
  switch (deed.do) {
    case 'keep':
    case 'hold': {
      const kept = await store.inbox.keep([
        told(bob, { disposition: deed.do === 'keep' ? 'delivered' : 'held' }),
      ])
      return kept.map(({ row }) => ({
        seq: row.seq,
        at: NOON,
        kind: deed.do === 'keep' ? 'message' : 'request',
        inbox: row,
      }))
    }
    case 'owe': {
      const row = await store.outbox.owe(owed(bob))
      mine.push(row)
      await store.outbox.markSent([row.seq])
      return [{ seq: row.seq, at: NOON, kind: 'outcome', outbox: row }]
    }
    case 'settle': {
      const row = mine[deed.which]
      if (row === undefined) return []
      const changed = await store.outbox.settle([{ peer: bob, id: row.id, ...deed.answer }], NOON + 1)
      return changed.map(({ row: now, seq }) => ({ seq, at: NOON + 1, kind: 'outcome', outbox: now }))
    }
    case 'recall':
      await store.inbox.recall({ peer: bob, label: '', id: messageId() }, 99)
      return []
    case 'request':
      return [await store.journal.request({ peer: carol, name: 'Carol', at: NOON })]
  }
}

async function replay(store: Store, since: number, limit: number): Promise<JournalEntry[]> {
  const all: JournalEntry[] = []
  for (let next = since; ; next = all.at(-1)?.seq ?? next) {
    const part = await store.journal.since(next, limit)
    if (part.length === 0) return all
    all.push(...part)
  }
}
