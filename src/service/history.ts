/**
 * The history of both directions: paged, searched, marked as read, let go. Its words are indexed behind the messages,
 * when a while has passed without one; what is older than the person keeps is let go of four times a day.
 */
import type { ImportedMessage, ImportQuery, InboxQuery, Message, Outcome, SearchQuery } from '../agent.ts'
import { parseMessageId } from '../envelope/message-id.ts'
import { NighError } from '../errors.ts'
import type { HistoryRow, Imported, InboxRow, OutboxRow } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'
import type { Acquaintances } from './acquaintances.ts'
import { listed } from './amending.ts'
import type { House } from './house.ts'
import type { Receiving } from './receiving.ts'
import type { Sending } from './sending.ts'
import type { Telling } from './telling.ts'

export interface History {
  /** Begins to let go of what is too old. */
  load(): Promise<void>
  /** See Agent.inbox. */
  page(query: InboxQuery): Promise<(Message | Outcome)[]>
  /** My messages and how they stand, oldest first. */
  sent(limit: number | undefined): Promise<Outcome[]>
  /** See Agent.markRead. */
  read(ids: readonly string[]): Promise<Message[]>
  search(query: SearchQuery): Promise<(Message | Outcome)[]>
  /** See Agent.importMessages. */
  take(query: ImportQuery): Promise<{ taken: number }>
  remove(ids: readonly string[]): Promise<MessageId[]>
  retention(change: { keepMs: number | null } | undefined): Promise<{ keepMs?: number }>
  /** A message came or left. */
  stirred(): void
}

/** Messages in one call to import: some 10 ms, and a line that the door lets through. */
const IMPORTED_MOST = 500
/** What one call may return at most, and by default. */
const ROWS_MOST = 10_000
const ROWS_USUALLY = 50
/** Ids in one call to delete. A guess: a screen of them, with room. */
const IDS_MOST = 1_000
/** Words are indexed after so long a pause, ms, so that a flood of messages is not slowed by them. */
const INDEX_AFTER_MS = 5_000
/** Rows per turn of indexing or letting go: a few ms each. */
const AT_ONCE = 500
const SWEEP_AFTER_MS = 60_000
const SWEEP_EVERY_MS = 6 * 3_600_000
/** Shorter is a slip of the finger: what has just been read would be gone. */
const KEEP_LEAST_MS = 3_600_000
/** Key in the store's settings. */
const KEEP = 'messages kept for ms'

export function createHistory(
  house: House,
  parts: { acquaintances: Acquaintances; sending: Sending; receiving: Receiving; telling: Telling },
): History {
  const { store, clock, agenda } = house
  const { acquaintances, sending, receiving, telling } = parts
  let indexing = false

  /** And says so to everybody who may still show them as unread. */
  const noteRead = async (rows: readonly InboxRow[]): Promise<void> => {
    const unread = rows.filter((row) => row.unread)
    await telling.read(unread)
    const at = new Date(clock.now()).toISOString()
    for (const [peer, theirs] of Map.groupBy(unread, (row) => row.peer))
      house.tell({
        event: 'read',
        at,
        seq: 0,
        who: acquaintances.person(peer),
        ids: theirs.map(({ id }) => id),
      })
  }

  const mine = async (row: OutboxRow): Promise<Outcome> => listed(row, await sending.outcome(row))

  const shown = (row: HistoryRow): Message | Promise<Outcome> =>
    'inbox' in row ? receiving.message(row.inbox) : mine(row.outbox)

  const rowsAsked = (limit: number | undefined): number =>
    Math.max(1, Math.min(ROWS_MOST, limit ?? ROWS_USUALLY))

  const named = async (text: string): Promise<{ seq: number }[]> => {
    const id = parseMessageId(text)
    const rows = id === undefined ? [] : [...(await store.inbox.find(id)), ...(await store.outbox.find(id))]
    return rows.filter(({ amends }) => amends === undefined)
  }

  const rowBefore = async (before: string | undefined): Promise<number | undefined> => {
    if (before === undefined) return undefined
    const id = parseMessageId(before)
    // Also of one that was let go of meanwhile: whoever reads back goes on from where it lay.
    const seq = id === undefined ? undefined : await store.history.place(id)
    if (seq !== undefined) return seq
    throw new NighError('no-such-message', `No message here has the id ${before}.`)
  }

  /** What I was told under this id; of several people, if they chose the same. */
  const received = async (text: string): Promise<InboxRow[]> => {
    const id = parseMessageId(text)
    const found = id === undefined ? [] : await store.inbox.find(id)
    const rows = found.filter(({ amends }) => amends === undefined)
    if (rows.length > 0) return rows
    throw new NighError(
      'no-such-message',
      `No message to you has the id ${text}. See: nigh inbox --unread --json`,
    )
  }

  /** Where a query looks: with whom, before what, how many. */
  const windowOf = async (query: { with?: string; before?: string; limit?: number }) => {
    const peer = query.with === undefined ? undefined : acquaintances.resolve(query.with).peer
    const before = await rowBefore(query.before)
    return {
      limit: rowsAsked(query.limit),
      ...(peer === undefined ? {} : { peer }),
      ...(before === undefined ? {} : { before }),
    }
  }

  const indexOn = async (): Promise<void> => {
    let more = false
    try {
      more = await store.history.index(AT_ONCE)
    } finally {
      // Where the store cannot follow now, the next message tries again.
      indexing = more
    }
    if (more) agenda.at('index words', clock.monotonic(), () => house.inBackground(indexOn()))
  }

  const keptFor = async (): Promise<number | undefined> => {
    const stored = await store.settings.get(KEEP)
    return stored === undefined ? undefined : Number(stored)
  }

  /** Looks at one part of the history; the row to go on after, while there is more. */
  const sweepPart = async (after?: number): Promise<number | undefined> => {
    const keepMs = await keptFor()
    if (keepMs === undefined) return undefined
    return (
      await store.history.forget({
        before: clock.now() - keepMs,
        limit: AT_ONCE,
        ...(after === undefined ? {} : { after }),
      })
    ).next
  }

  const sweep = async (after?: number): Promise<void> => {
    let next: number | undefined
    try {
      next = await sweepPart(after)
    } finally {
      // Where the store cannot follow now, it is tried again as if all had been looked at.
      const wait = next === undefined ? SWEEP_EVERY_MS : 0
      agenda.at('let go of messages', clock.monotonic() + wait, () => house.inBackground(sweep(next)))
    }
  }

  return {
    async load() {
      if (house.mesh === undefined || house.visiting) return
      agenda.at('let go of messages', clock.monotonic() + SWEEP_AFTER_MS, () => house.inBackground(sweep()))
    },

    async page(query) {
      const window = await windowOf(query)
      const received = await store.inbox.page({
        ...window,
        ...(query.unread === true ? { unread: true } : {}),
      })
      const sent = window.peer === undefined || query.unread === true ? [] : await store.outbox.page(window)
      // Both tables are numbered by one journal, so a conversation is their merger.
      const both = [
        ...received.map((inbox) => ({ seq: inbox.seq, inbox })),
        ...sent.map((outbox) => ({ seq: outbox.seq, outbox })),
      ]
        .sort((one, other) => one.seq - other.seq)
        .slice(-window.limit)
      if (query.markRead === true) await noteRead(both.flatMap((row) => ('inbox' in row ? [row.inbox] : [])))
      return Promise.all(both.map(shown))
    },

    sent: async (limit) => Promise.all((await store.outbox.page({ limit: rowsAsked(limit) })).map(mine)),

    async read(ids) {
      const rows = await Promise.all(ids.map(received))
      const each = new Map(rows.flat().map((row) => [row.seq, row]))
      const inOrder = [...each.values()].sort((one, other) => one.seq - other.seq)
      await noteRead(inOrder)
      return inOrder.map((row) => receiving.message({ ...row, unread: false }))
    },

    async search(query) {
      const found = await store.history.search({ ...(await windowOf(query)), words: query.words })
      return Promise.all(found.map(shown))
    },

    async take({ who, messages, place }) {
      if (messages.length > IMPORTED_MOST)
        throw new NighError('usage', `At most ${IMPORTED_MOST} messages can be imported at once.`)
      const found = acquaintances.resolve(who)
      const rows = messages.map((message) => imported(found.peer, message))
      const taken = await store.imports[place](rows)
      await acquaintances.keepCard(found)
      return { taken }
    },

    async remove(ids) {
      if (ids.length > IDS_MOST)
        throw new NighError('usage', `At most ${IDS_MOST} messages can be deleted at once.`)
      const seqs = new Map<number, MessageId>()
      for (const text of ids) {
        const rows = await named(text)
        const id = parseMessageId(text)
        if (id === undefined || rows.length === 0)
          throw new NighError('no-such-message', `No message here has the id ${text}.`)
        for (const { seq } of rows) seqs.set(seq, id)
      }
      const gone = await store.history.remove([...seqs.keys()])
      return [...new Set(gone.flatMap((seq) => seqs.get(seq) ?? []))]
    },

    async retention(change) {
      if (change !== undefined) {
        const { keepMs } = change
        if (keepMs !== null && !(Number.isSafeInteger(keepMs) && keepMs >= KEEP_LEAST_MS))
          throw new NighError('usage', 'Messages can be kept for an hour or longer, or for ever.')
        await store.settings.set(KEEP, keepMs === null ? undefined : String(keepMs))
        for (let part = await sweepPart(); part !== undefined; ) part = await sweepPart(part)
      }
      const keepMs = await keptFor()
      return keepMs === undefined ? {} : { keepMs }
    },

    stirred() {
      if (indexing || house.mesh === undefined || house.visiting) return
      indexing = true
      agenda.at('index words', clock.monotonic() + INDEX_AFTER_MS, () => house.inBackground(indexOn()))
    },
  }
}

const ENCODER = new TextEncoder()

function imported(peer: PeerId, message: ImportedMessage): Imported {
  const id = parseMessageId(message.id)
  if (id === undefined) throw new NighError('usage', `${message.id} is no id of a message.`)
  const {
    text,
    contentType,
    sentAt,
    at,
    inbox: label = '',
    replyTo,
    edited,
    deleted,
    reaction,
    ...rest
  } = message
  const answered = replyTo === undefined ? undefined : parseMessageId(replyTo)
  const common = {
    ...{ peer, label, id, sentAt: Date.parse(sentAt), at: Date.parse(at), contentType },
    ...(answered === undefined ? {} : { replyTo: answered }),
    ...(edited === undefined ? {} : { editedAt: Date.parse(edited) }),
    ...(deleted === undefined ? {} : { deletedAt: Date.parse(deleted) }),
    ...(reaction === undefined ? {} : { reaction }),
  }
  const body = ENCODER.encode(text)
  if (rest.received) return { ...common, body, received: true }
  const { outcome, reason, disposition } = rest
  return {
    ...common,
    body,
    received: false,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(disposition === undefined ? {} : { disposition }),
  }
}
