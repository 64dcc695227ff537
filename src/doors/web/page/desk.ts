/**
 * The page's hallway: it holds the state, asks the Agent, and keeps the link. After a lost link it goes on behind the
 * last stored event, so nothing is missed, and the room drops what it has already, so nothing is doubled.
 */

import { uuidv7 } from 'uuidv7'
import { type Listing, oldestOf } from '../../../agent/conversation.ts'
import { requoted } from '../../../agent/quote.ts'
import { isRequest, leaving, type Said } from '../../../agent/said.ts'
import type { Agent, Outcome } from '../../../agent.ts'
import type { NighError } from '../../../errors.ts'
import type { MessageId, PeerId } from '../../../principal/ids.ts'
import { isLoaded, unreadIn } from './state/conversation.ts'
import { beginning, change, type Happening, type Link, type PageState } from './state/page-state.ts'

/** An Agent, and word of its end. */
export interface Connected {
  agent: Agent
  onEnd(listener: () => void): void
}

/** Answers with an Agent, or with why there is none: only after `used` it is not tried again. */
export type Connect = () => Promise<Connected | Extract<Link, 'away' | 'strange' | 'used'>>

export interface Desk {
  readonly state: PageState
  onChange(listener: () => void): () => void
  happen(happening: Happening): void
  /** Asks the Agent; a failure becomes a notice and undefined. */
  ask<Answer>(question: (agent: Agent) => Promise<Answer>): Promise<Answer | undefined>
  say(notice: string): void
  /** Resolves with false where the peer refused to take it: the text is the writer's again. */
  send(to: PeerId, text: string, untilOpen: boolean, answers?: Said): Promise<boolean>
  openConversation(peer: PeerId): void
  earlier(peer: PeerId): Promise<void>
  /** What of theirs is on the screen has been read. */
  read(peer: PeerId): void
  typed(peer: PeerId, text: string): void
  refreshPeople(): Promise<void>
  /** Somebody comes back to this page: what was done at another door meanwhile, and no event tells, is read anew. */
  lookAgain(): void
  /** A request was answered: what it held is said now, and it is listed no more. */
  answered(peer: PeerId): Promise<void>
}

/** Rows of a conversation read at once, and of everybody's for the list of people. */
const PAGE = 50
const RECENT = 200
/** What changes at every look is shown all the same. A guess. */
const READ_TRIES = 3
/** A lost Nigh is looked for after these times, ms, the last one over and over: it may be back any moment. */
const LOOK_AGAIN_MS = [100, 250, 500, 1_000, 2_000]

export function createDesk(
  connect: Connect,
  around: { monotonic(): number; failure(cause: NighError): { text: string; english?: true } },
): Desk {
  let state = beginning(around.monotonic())
  const listeners = new Set<() => void>()
  let agent: Agent | undefined
  /** What I said that no peer has taken yet. */
  const unsaid = new Map<
    string,
    { to: PeerId; text: string; untilOpen: boolean; answers?: Said; done(taken: boolean): void }
  >()

  const happen = (happening: Happening): void => {
    const next = change(state, happening)
    if (next === state) return
    state = next
    for (const listener of listeners) listener()
  }

  const ask: Desk['ask'] = async (question) => {
    if (agent === undefined) return undefined
    try {
      return await question(agent)
    } catch (cause) {
      happen({ it: 'notice', notice: { kind: 'failed', ...around.failure(cause as NighError) } })
      return undefined
    }
  }

  const refreshPeople = async (): Promise<void> => {
    await ask(async (asked) => {
      const askedAt = around.monotonic()
      const [people, contacts, rules] = await Promise.all([
        asked.who(),
        asked.contacts(),
        asked.accessRules(),
      ])
      happen({ it: 'people', people, askedAt, now: around.monotonic() })
      happen({ it: 'contacts', contacts, now: around.monotonic() })
      happen({ it: 'person-rules', rules: rules.people })
    })
  }

  /** Reads and tells of it. What changed here while it was on its way is newer: then it is read again. */
  const readStill = async <Answer>(
    part: () => unknown,
    read: () => Promise<Answer>,
    tell: (answer: Answer) => void,
  ): Promise<void> => {
    for (let tries = READ_TRIES; ; tries -= 1) {
      const before = part()
      const answer = await read()
      if (part() === before || tries === 1) return tell(answer)
    }
  }

  /** What is asked now knows of all that was told up to this number. */
  const toldTo = (): number => state.seq ?? 0

  /** A page of a conversation: the newest, or the one before a message. */
  const loadPage = async (peer: PeerId, before?: Said): Promise<void> => {
    await ask(async (asked) => {
      const from = before === undefined ? {} : { before: before.id }
      const asOf = toldTo()
      const rows = await asked.inbox({ with: addressOf(peer), limit: PAGE, ...from })
      const listing: Listing = {
        rows: rows.filter((row) => !isRequest(row)),
        asOf,
        whole: rows.length < PAGE,
        ...from,
      }
      happen({ it: 'page', peer, listing })
    })
  }

  /** All that is no event, anew. */
  const loadAll = async (asked: Agent): Promise<void> => {
    const asOf = toldTo()
    const [received, sent] = await Promise.all([
      asked.inbox({ limit: RECENT }),
      asked.outbox({ limit: RECENT }),
      readStill(
        () => state.self,
        () => asked.whoami(),
        (self) => happen({ it: 'self', self }),
      ),
      readStill(
        () => state.status,
        () => asked.status(),
        (status) => happen({ it: 'status', status }),
      ),
      readStill(
        () => state.requests,
        () => asked.requests(),
        (requests) => happen({ it: 'requests', requests }),
      ),
      refreshPeople(),
    ])
    happen({ it: 'recent', rows: [...received, ...sent], asOf, now: around.monotonic() })
    const loaded = [...state.conversations].filter(([, conversation]) => isLoaded(conversation))
    await Promise.all(loaded.map(([peer]) => loadPage(peer)))
  }

  const deliver = async (id: string): Promise<void> => {
    const owed = unsaid.get(id)
    if (owed === undefined || agent === undefined) return
    try {
      const { to, text, answers } = owed
      const message = { id: id as MessageId, text, ...(owed.untilOpen ? { untilOpen: true } : {}) }
      const outcome =
        answers === undefined
          ? await agent.send({ ...message, to: addressOf(to) })
          : await agent.reply({ ...message, replyTo: answers.id })
      unsaid.delete(id)
      happen({ it: 'saying', said: { ...outcome, text } })
      owed.done(true)
    } catch (cause) {
      const failure = cause as NighError
      // Asked again of the next that answers, under the same id: it is then the same message.
      if (failure.code === 'closed' || failure.code === 'aborted') return
      unsaid.delete(id)
      happen({ it: 'unsaid', peer: owed.to, id })
      happen({ it: 'notice', notice: { kind: 'failed', ...around.failure(failure) } })
      owed.done(false)
    }
  }

  /** Follows one Agent to its end. */
  const follow = async ({ agent: here, onEnd }: Connected): Promise<void> => {
    const gone = new AbortController()
    onEnd(() => gone.abort())
    const { seq } = state
    try {
      for await (const event of here.events(seq === undefined ? {} : { since: seq }, {
        signal: gone.signal,
      })) {
        happen({ it: 'event', event, now: around.monotonic() })
        if (event.event === 'snapshot') {
          agent = here
          happen({ it: 'link', link: 'open' })
          loadAll(here).then(
            () => {
              for (const id of unsaid.keys()) void deliver(id)
            },
            () => {}, // it is gone again: the next link loads anew
          )
        }
        if (event.event === 'outcome') await mend(event)
        if (event.event === 'subscription') void refreshPeople()
        if (event.event === 'offline') break
      }
    } catch {
      // how it ended is the same as that it ended
    }
    agent = undefined
  }

  /** A message of mine that was said at another door: its text comes with the page. */
  const mend = async ({ to }: Outcome): Promise<void> => {
    if ((state.conversations.get(to.peerId)?.missing.length ?? 0) > 0) await loadPage(to.peerId)
  }

  const keepLink = async (): Promise<void> => {
    for (let tries = 0; ; ) {
      const connected = await connect().catch(() => 'away' as const)
      if (typeof connected === 'string') happen({ it: 'link', link: connected })
      if (connected === 'used') return
      if (typeof connected !== 'string') {
        tries = 0
        await follow(connected)
        happen({ it: 'link', link: 'away' })
      }
      const wait = LOOK_AGAIN_MS[Math.min(tries, LOOK_AGAIN_MS.length - 1)] ?? 0
      tries += 1
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  void keepLink()

  return {
    get state() {
      return state
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    happen,
    ask,
    say: (text) => happen({ it: 'notice', notice: { kind: 'done', text } }),
    send(to, text, untilOpen, answers) {
      const { self } = state
      const who = state.people.get(to)?.who
      if (self === undefined || who === undefined) return Promise.resolve(false)
      const id = uuidv7()
      const message = { id: id as MessageId, to: who, text }
      const quoting = answers === undefined ? message : requoted({ ...message, replyTo: answers.id }, answers)
      happen({ it: 'saying', said: leaving(quoting, Date.now()) })
      return new Promise((resolve) => {
        const about = answers === undefined ? {} : { answers }
        unsaid.set(id, { to, text, untilOpen, done: resolve, ...about })
        void deliver(id)
      })
    },
    openConversation(peer) {
      if (!isLoaded(state.conversations.get(peer))) void loadPage(peer)
    },
    async earlier(peer) {
      const conversation = state.conversations.get(peer)
      const before = conversation && oldestOf(conversation)
      if (before !== undefined) await loadPage(peer, before)
    },
    read(peer) {
      const ids = unreadIn(state.conversations.get(peer))
      if (ids.length === 0 || agent === undefined) return
      happen({ it: 'read', peer, ids })
      void ask((asked) => asked.markRead({ ids }))
    },
    typed(peer, text) {
      // Nothing depends on it: what is not told now is not told.
      agent?.composing({ to: addressOf(peer), state: text === '' ? 'idle' : 'active' }).catch(() => {})
    },
    refreshPeople,
    lookAgain() {
      if (agent !== undefined) loadAll(agent).catch(() => {}) // the next link loads anew
    },
    async answered(peer) {
      const requests = await ask((asked) => asked.requests())
      if (requests !== undefined) happen({ it: 'requests', requests })
      await Promise.all([refreshPeople(), loadPage(peer)])
    },
  }
}

/** Exact whatever anybody is called. */
function addressOf(peer: PeerId): string {
  return `im:${peer}`
}
