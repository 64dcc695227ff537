/** What the screen asks is asked of the Agent, and the answer is told as a happening. Nothing here rejects. */

import { randomUUID } from 'node:crypto'
import type { Listing } from '../../agent/conversation.ts'
import { isRequest, keyOf, otherOf, type Said } from '../../agent/said.ts'
import type { Agent, Outcome, Person, PersonRuleChange } from '../../agent.ts'
import { asNighError } from '../../errors.ts'
import type { MessageId, PeerId } from '../../principal/ids.ts'
import { harmless } from '../cli/harmless.ts'
import { amendedSentence, count, nameOf, recallSentence } from '../cli/sentences.ts'
import type { Found, Happening } from './happening.ts'
import type { Ask } from './state.ts'

/** The asks that are for the Agent; the others are for the terminal. */
export type AgentAsk = Exclude<Ask, { ask: 'quit' | 'suspend' | 'redraw' | 'call' | 'run here' }>

/** A name that only the network knows is looked for so long, ms. */
const FIND_WITHIN_MS = 5_000
/** How long the answer to a recall is waited for, ms; it goes on being asked afterwards. */
const RECALL_WITHIN_MS = 3_000
/** Rows counted as unread, and looked through for people, at the start. */
const ROWS_AT_START = 1_000
/** Rows of history asked for at once: some screens of them. */
const PAGE = 100
/** Rows asked for at once on the way back to a message, and at most: the doorway gives no more at once. */
const REACH_PAGE = 1_000
const REACH_LIMIT = 50_000
const FOUND_LIMIT = 100
/** As `nigh doctor` waits, ms. */
const DIAGNOSE_WITHIN_MS = 5_000

/** Asked by the screen itself: that it could not be answered is no news, and the next time is soon. */
const QUIETLY: ReadonlySet<Ask['ask']> = new Set(['composing', 'people', 'me', 'keys'])

/**
 * `seat` is what this screen is called where others of the home are told apart; `asOf` the number of the last stored event
 * that was told.
 */
export function asks(
  agent: Agent,
  seat: string,
  tell: (happening: Happening) => void,
  asOf: () => number,
): (ask: AgentAsk) => void {
  /** One after the other: what is typed first leaves first. */
  let sending: Promise<void> = Promise.resolve()
  let lastSearch = ''

  /** That a change has arrived shows where it is; that it did not, has to be said. */
  const tellFailure = (outcome: Outcome, of: Ask): void => {
    if (outcome.outcome === 'failure') tell({ event: 'failed', sentence: amendedSentence(outcome), of })
  }

  const asked: { [Kind in AgentAsk['ask']]: (ask: Extract<AgentAsk, { ask: Kind }>) => Promise<void> } = {
    async page({ who, before }) {
      tell({ event: 'page', who, listing: await pageOf(agent, asOf(), { who, before }) })
    },
    async reach({ who, key }) {
      tell({ event: 'reached', who, key, listing: await reached(agent, asOf(), { who, key }) })
    },
    read: async ({ ids }) => void (await agent.markRead({ ids })),
    async unread({ who }) {
      const rows = await agent.inbox({ with: who, unread: true, limit: ROWS_AT_START })
      tell({ event: 'unread', who, count: rows.filter((row) => !isRequest(row)).length })
    },
    async send({ to, text, answers }) {
      const id = randomUUID() as MessageId
      tell({ event: 'sending', to, id, text, ...(answers === undefined ? {} : { answers }) })
      sending = sending.then(async () => {
        try {
          const outcome =
            answers === undefined
              ? await agent.send({ id, to: to.peerId, text })
              : await agent.reply({ id, replyTo: answers.id, text })
          tell({ event: 'outcome', ...outcome })
        } catch (cause) {
          tell({ event: 'not sent', to: to.peerId, id, text, sentence: sentenceOf(cause) })
        }
      })
      await sending
    },
    async edit(asked) {
      const { id, text } = asked
      tellFailure(await agent.edit({ id, text, waitMs: RECALL_WITHIN_MS }), asked)
    },
    async react(asked) {
      const { id, reaction } = asked
      tellFailure(await agent.react({ id, reaction, waitMs: RECALL_WITHIN_MS }), asked)
    },
    async erase({ id }) {
      const outcome = await agent.deleteForBoth({ id, waitMs: RECALL_WITHIN_MS })
      if (outcome.amends === undefined) tell({ event: 'outcome', ...outcome })
      tell({ event: 'done', sentence: amendedSentence(outcome) })
    },
    async forget({ who, key, id }) {
      const [gone] = await agent.deleteMessages({ ids: [id] })
      if (gone === undefined)
        return tell({
          event: 'failed',
          sentence: 'It cannot be deleted yet: it is still owed or under way. r takes it back.',
        })
      tell({ event: 'forgotten', who, key })
      tell({ event: 'done', sentence: 'Deleted here; the other side keeps its own.' })
    },
    composing: (asked) => agent.composing({ to: asked.to, state: asked.state }),
    async status({ change }) {
      tell({ event: 'own status', status: await agent.status(change) })
    },
    async answer({ who, answer }) {
      const answered =
        answer === 'refuse'
          ? await agent.refuse({ who })
          : await agent.accept({ who, ...(answer === 'contact' ? { contact: true } : {}) })
      tell({ event: 'requests', requests: await agent.requests() })
      const name = nameOf(answered.who)
      if (answer === 'refuse')
        return tell({ event: 'done', sentence: `Refused ${name}. They are not told, and not listed again.` })
      const listing = await pageOf(agent, asOf(), { who: answered.who.peerId })
      tell({ event: 'accepted', who: answered.who, listing, messages: answered.messages })
      tell({ event: 'done', sentence: `Accepted ${name}${answered.contact ? ', a contact now' : ''}.` })
    },
    async add({ who }) {
      const added = await agent.addContact({ who, waitMs: FIND_WITHIN_MS })
      tell({ event: 'person', who: added.who })
      tell({ event: 'requests', requests: await agent.requests() })
      const { messages } = added.accepted
      tell({
        event: 'done',
        sentence: `${nameOf(added.who)} is a contact now and can see ${opened(added.opens)}${messages > 0 ? `; ${count(messages, 'message')} accepted` : ''}.`,
      })
    },
    async rule({ who, then }) {
      const made = await agent.personRule({ who, then })
      tell({ event: 'person', who: made.who, rule: then })
      const thin =
        made.strangers?.presence === undefined
          ? ''
          : ' Who comes with a fresh key still sees what strangers here see.'
      tell({ event: 'done', sentence: made.effect.join(' ') + thin })
    },
    async words({ who }) {
      const [{ safetyWords }, { cardCodes }, self] = await Promise.all([
        import('../../principal/verification.ts'),
        import('./codes.ts'),
        agent.whoami(),
      ])
      const codes = cardCodes(self.card)
      tell({ event: 'words', who, words: safetyWords(who), mine: self.safetyWords, codes })
    },
    async verify({ who, verified }) {
      const contact = await agent.verifyContact({ who, verified })
      tell({ event: 'person', who: contact.who })
      if (verified)
        tell({ event: 'done', sentence: `${nameOf(contact.who)} is verified: this key is theirs.` })
    },
    async rename({ who, name }) {
      const contact = await agent.renameContact({ who, name })
      tell({ event: 'person', who: contact.who })
      tell({ event: 'done', sentence: `You call them ${nameOf(contact.who)} now.` })
    },
    async remove({ who }) {
      const gone = await agent.removeContact({ who })
      tell({
        event: 'done',
        sentence: `${nameOf(gone.who)} is no longer a contact, and sees what others see.`,
      })
      const person = await personNow(agent, who)
      tell({ event: 'person', who: person ?? { ...gone.who, relation: 'stranger', verified: false } })
    },
    async search({ words }) {
      lastSearch = words
      const said = await agent.search({ words, limit: FOUND_LIMIT })
      if (lastSearch === words) tell({ event: 'found', words, said })
    },
    async recall({ id }) {
      const outcome = await agent.recall({ id, waitMs: RECALL_WITHIN_MS })
      tell({ event: 'outcome', ...outcome })
      tell({ event: 'done', sentence: recallSentence(outcome) })
    },
    async watchers() {
      tell({ event: 'watchers', rows: await agent.watchers() })
    },
    async diagnose({ who }) {
      const waitMs = DIAGNOSE_WITHIN_MS
      const diagnosis = await agent.diagnose(who === undefined ? { waitMs } : { who, waitMs })
      tell({ event: 'diagnosis', diagnosis, ...(who === undefined ? {} : { who }) })
    },
    async card() {
      const [{ cardCodes }, self] = await Promise.all([import('./codes.ts'), agent.whoami()])
      tell({ event: 'card', self, codes: cardCodes(self.card) })
    },
    async people() {
      tell({ event: 'people', people: await agent.who() })
    },
    async me() {
      const [self, status] = await Promise.all([agent.whoami(), agent.status()])
      tell({ event: 'me', self, status })
    },
    keys: ({ input }) => agent.atTheKeys({ seat, input }),
    async requests() {
      tell({ event: 'requests', requests: await agent.requests() })
    },
  }

  return (ask) => {
    const answer = asked[ask.ask] as (ask: AgentAsk) => Promise<void>
    answer(ask).catch((cause: unknown) => {
      // That the peer ended is told once, elsewhere.
      if (!QUIETLY.has(ask.ask)) tell({ event: 'failed', sentence: sentenceOf(cause), of: ask })
    })
  }
}

/** What is known at the start; `seq` is the last stored event that the stream of events has before it. */
export async function foundAt(agent: Agent, seq: number): Promise<Found> {
  const [self, status, rules, unreadRows, received, sent, requests, access] = await Promise.all([
    agent.whoami(),
    agent.status(),
    agent.rules(),
    agent.inbox({ unread: true, limit: ROWS_AT_START }),
    agent.inbox({ limit: ROWS_AT_START }),
    agent.outbox({ limit: ROWS_AT_START }),
    agent.requests(),
    agent.accessRules(),
  ])
  const unread = new Map<PeerId, number>()
  const known = new Map<PeerId, Person>()
  const said = [...unreadRows, ...received, ...sent].filter((row) => !isRequest(row))
  for (const row of said) known.set(otherOf(row).peerId, otherOf(row))
  for (const row of unreadRows)
    if (!isRequest(row) && row.seq <= seq)
      unread.set(otherOf(row).peerId, (unread.get(otherOf(row).peerId) ?? 0) + 1)
  const personRules = new Map<PeerId, PersonRuleChange['then']>()
  for (const { who, then } of access.people) personRules.set(who.peerId, then)
  return { self, status, rules, known: [...known.values()], unread, requests, personRules }
}

async function pageOf(
  agent: Agent,
  asOf: number,
  { who, before, limit = PAGE }: { who: PeerId; before?: string | undefined; limit?: number },
): Promise<Listing> {
  const from = before === undefined ? {} : { before }
  const rows = await agent.inbox({ with: who, limit, ...from })
  return { rows, asOf, whole: rows.length < limit, ...from }
}

/** Back page by page until the message is there, or nothing older is. */
async function reached(
  agent: Agent,
  asOf: number,
  { who, key }: { who: PeerId; key: string },
): Promise<Listing> {
  let rows: readonly Said[] = []
  for (;;) {
    const page = await pageOf(agent, asOf, { who, before: rows[0]?.id, limit: REACH_PAGE })
    rows = [...page.rows, ...rows]
    const isThere = page.rows.some((each) => keyOf(each) === key)
    if (page.whole || isThere || rows.length >= REACH_LIMIT) return { rows, asOf, whole: page.whole }
  }
}

async function personNow(agent: Agent, who: PeerId): Promise<Person | undefined> {
  return (await agent.who()).find((each) => each.who.peerId === who)?.who
}

function opened(view: string): string {
  if (view === 'contacts') return 'your name, whether you are open, your activity and your note'
  return view === 'nearby' ? 'your name and whether you are open' : `your view "${harmless(view)}"`
}

/** The sentence for the person, with what there was to choose from. */
export function sentenceOf(cause: unknown): string {
  const { message, choices } = asNighError(cause)
  return choices === undefined ? message : `${message} ${choices.join(', ')}`
}
