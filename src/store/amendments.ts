/**
 * Messages that change others. Each is a row of inbox or outbox like any message, with its key, its receipt and its place
 * in the line; what it does stands in a table of its own, by the number of that row, its carrier. Whose message it may
 * change is in the look-up: an edit or a deletion finds a message of its own sender in the same inbox, a reaction one that
 * was told to its sender (fault M3).
 */
import type { Amendment } from '../agent.ts'
import type { Amends, InboxRow, OutboxRow, Standing } from '../ports.ts'
import type { MessageId } from '../principal/ids.ts'
import { idBytes, idOf } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'
import { type Amending, standingOf } from './standing.ts'
import { indexAgain, type Numbered } from './words.ts'

export interface Amendments {
  /** The row as it stands now. Only inside `read` or `write`, as all here that does not change anything. */
  standing<Row extends InboxRow | OutboxRow>(row: Row): Row
  /** How the message of this number stands, if anything was done to it. */
  of(seq: number): Standing | undefined
  /** Number of the message that the amendment in this row changes; undefined while that is not here. */
  target(row: InboxRow | OutboxRow): number | undefined
  /** Whether the message is here, and how many of this peer's amendments wait for theirs. */
  look(amends: Amends, from: Pick<InboxRow, 'peer' | 'label'>): { here: boolean; awaiting: number }
  /** Sent times of mine about one message rise; this is the next. */
  nextSentAt(row: Pick<OutboxRow, 'peer' | 'amends' | 'sentAt'>): number
  /** The amendment in this row, which was just written, counts from now on. Only inside `write`, as all that follows. */
  note(row: InboxRow | OutboxRow): void
  /** Writes down what row `carrier` did to row `target`, of a past that was imported. */
  write(one: { carrier: number; person: number; amends: Amends; target: number | undefined }): void
  /** A message came: what waited for it counts from now on. True where there was anything. */
  arrived(row: InboxRow): boolean
  /** How mine ended: one that failed changed nothing after all, what both have deleted leaves the disk. */
  ended(row: OutboxRow): void
}

const NOTHING = new Uint8Array(0)

export function amendments(db: Database, numbers: Numbers): Amendments {
  /** There is a row at all. Nearly all homes have none for long, and each message would ask. */
  let any: boolean | undefined
  const isAny = (): boolean => {
    any ??=
      db.one('SELECT 1 FROM amendments WHERE carrier = (SELECT max(carrier) FROM amendments)') !== undefined
    return any
  }

  const all = (target: number): Amending[] =>
    db
      .all<Columns>(
        `SELECT carrier, kind, inbox.id AS their_id, outbox.id AS my_id, inbox.sent_at AS their_sent_at, outbox.sent_at AS my_sent_at,
           inbox.received_at, inbox.body AS their_body, outbox.body AS my_body, inbox.content_type AS their_type,
           outbox.content_type AS my_type, outbox.state, outbox.outcome
         FROM amendments LEFT JOIN inbox ON inbox.seq = carrier LEFT JOIN outbox ON outbox.seq = carrier WHERE target = ?`,
        target,
      )
      .map(amendingOf)

  const of = (seq: number): Standing | undefined => (isAny() ? standingOf(all(seq)).standing : undefined)

  const targetOf = (amends: Amends, person: number, label: string): number | undefined => {
    const id = idBytes(amends.id)
    const found = isOfItsOwn(amends.by)
      ? db.one<{ seq: number }>(
          'SELECT seq FROM inbox WHERE id = ? AND peer = ? AND label = ? AND NOT EXISTS (SELECT 1 FROM amendments WHERE carrier = inbox.seq)',
          id,
          person,
          label,
        )
      : mineOf(id, person)
    return found?.seq
  }

  const mineOf = (id: Uint8Array, person: number): { seq: number } | undefined =>
    db.one<{ seq: number }>(
      'SELECT seq FROM outbox WHERE id = ? AND peer = ? AND NOT EXISTS (SELECT 1 FROM amendments WHERE carrier = outbox.seq)',
      id,
      person,
    )

  /** Mine: of my own messages to them, or of theirs, in whatever inbox of mine. */
  const targetOfMine = (amends: Amends, person: number): number | undefined => {
    const id = idBytes(amends.id)
    if (isOfItsOwn(amends.by)) return mineOf(id, person)?.seq
    return db.one<{ seq: number }>(
      'SELECT seq FROM inbox WHERE id = ? AND peer = ? AND NOT EXISTS (SELECT 1 FROM amendments WHERE carrier = inbox.seq)',
      id,
      person,
    )?.seq
  }

  const write: Amendments['write'] = ({ carrier, person, amends, target }) => {
    any = true
    db.run(
      'INSERT INTO amendments (carrier, person, about, kind, target) VALUES (?, ?, ?, ?, ?)',
      carrier,
      person,
      idBytes(amends.id),
      amends.by,
      target ?? null,
    )
  }

  /** What nobody sees any more leaves the disk; the keys stay. Theirs: they have arrived, so what they replace is over. */
  function tidy(target: number): void {
    const known = all(target)
    const { standing, worth } = standingOf(known)
    for (const { carrier, body } of known)
      if (!worth.has(carrier) && body.length > 0)
        db.run('UPDATE inbox SET body = ? WHERE seq = ?', NOTHING, carrier)
    const gone = db.one<{ state: string }>('SELECT state FROM inbox WHERE seq = ?', target)
    if (standing?.body !== undefined) db.run('UPDATE inbox SET body = ? WHERE seq = ?', NOTHING, target)
    if (standing?.deletedAt !== undefined)
      db.run(
        'UPDATE inbox SET body = ?, thread = NULL, reply_to = NULL, unread = 0 WHERE seq = ?',
        NOTHING,
        target,
      )
    if (gone?.state === 'deleted' || gone?.state === 'recalled')
      for (const { carrier } of known) db.run('UPDATE inbox SET body = ? WHERE seq = ?', NOTHING, carrier)
    reindex(target, standing)
  }

  /** Mine: as far as they have answered. What has no answer yet may have to leave once more. */
  function tidyMine(target: number): void {
    const answered = all(target).filter(({ fate }) => fate === 'stands')
    const { standing, worth } = standingOf(answered)
    for (const { carrier } of answered)
      if (!worth.has(carrier)) db.run('UPDATE outbox SET body = ? WHERE seq = ?', NOTHING, carrier)
    if (standing?.body !== undefined || standing?.deletedAt !== undefined)
      db.run("UPDATE outbox SET body = ? WHERE seq = ? AND state = 'settled'", NOTHING, target)
    if (standing?.deletedAt === undefined) return
    db.run("UPDATE outbox SET thread = NULL, reply_to = NULL WHERE seq = ? AND state = 'settled'", target)
    for (const { carrier } of answered) db.run('UPDATE inbox SET body = ? WHERE seq = ?', NOTHING, carrier)
  }

  function reindex(target: number, standing: Standing | undefined): void {
    const row =
      db.one<Numbered>(
        "SELECT seq, peer AS number, body, content_type FROM inbox WHERE seq = ? AND state IN ('kept', 'refused')",
        target,
      ) ??
      db.one<Numbered>(
        'SELECT seq, peer AS number, body, content_type FROM outbox WHERE seq = ? AND deleted = 0',
        target,
      )
    if (row === undefined) return
    indexAgain(db, {
      ...row,
      ...(standing?.body === undefined
        ? {}
        : { body: standing.body, content_type: standing.contentType ?? row.content_type }),
      ...(standing?.deletedAt === undefined ? {} : { body: NOTHING }),
    })
  }

  return {
    of,
    write,

    standing(row) {
      if (row.amends !== undefined) return row
      const standing = of(row.seq)
      return standing === undefined ? row : { ...row, standing }
    },

    target({ seq }) {
      const found = db.one<{ target: number | null }>('SELECT target FROM amendments WHERE carrier = ?', seq)
      return found?.target ?? undefined
    },

    look(amends, { peer, label }) {
      const person = numbers.find(peer)
      if (person === undefined) return { here: false, awaiting: 0 }
      const awaiting = db.one<{ rows: number }>(
        'SELECT count(*) AS rows FROM amendments WHERE person = ? AND target IS NULL',
        person,
      )
      return { here: targetOf(amends, person, label) !== undefined, awaiting: awaiting?.rows ?? 0 }
    },

    nextSentAt({ peer, amends, sentAt }) {
      const person = numbers.find(peer)
      if (person === undefined || amends === undefined) return sentAt
      const target = targetOfMine(amends, person)
      if (target === undefined) return sentAt
      const last = Math.max(
        ...all(target)
          .filter(({ by }) => isOfItsOwn(by) === isOfItsOwn(amends.by))
          .map((each) => each.sentAt),
      )
      return Math.max(sentAt, last + 1)
    },

    note(row) {
      const { amends } = row
      if (amends === undefined) return
      const person = numbers.give(row.peer)
      const isMine = 'outcome' in row
      const target = isMine ? targetOfMine(amends, person) : targetOf(amends, person, row.label)
      write({ carrier: row.seq, person, amends, target })
      if (target === undefined) return
      // Of mine all is kept until it has ended: it may fail, and then the one before stands.
      if (isMine) reindex(target, of(target))
      else tidy(target)
    },

    arrived(row) {
      if (!isAny()) return false
      const { changes } = db.run(
        `UPDATE amendments SET target = ? WHERE person = ? AND about = ? AND target IS NULL AND kind IN ('edit', 'delete')
         AND EXISTS (SELECT 1 FROM inbox WHERE seq = carrier AND label = ?)`,
        row.seq,
        numbers.give(row.peer),
        idBytes(row.id),
        row.label,
      )
      if (changes > 0) tidy(row.seq)
      return changes > 0
    },

    ended({ seq, amends, outcome }) {
      const target = db.one<{ target: number | null }>(
        'SELECT target FROM amendments WHERE carrier = ?',
        seq,
      )?.target
      if (amends === undefined || target === undefined || target === null) return
      if (outcome === 'success') tidyMine(target)
      reindex(target, of(target))
    },
  }
}

const isOfItsOwn = (by: Amendment): boolean => by === 'edit' || by === 'delete'

/** Either those of an inbox row or those of an outbox row are there. */
interface Columns {
  carrier: number
  kind: Amendment
  their_id: Uint8Array | null
  my_id: Uint8Array | null
  their_sent_at: number | null
  my_sent_at: number | null
  received_at: number | null
  their_body: Uint8Array | null
  my_body: Uint8Array | null
  their_type: string | null
  my_type: string | null
  state: OutboxRow['state'] | null
  outcome: OutboxRow['outcome'] | null
}

function amendingOf(columns: Columns): Amending {
  const sentAt = columns.their_sent_at ?? columns.my_sent_at ?? 0
  const id = columns.their_id ?? columns.my_id
  return {
    carrier: columns.carrier,
    by: columns.kind,
    id: id === null ? ('' as MessageId) : idOf(id),
    sentAt,
    at: columns.received_at ?? sentAt,
    body: columns.their_body ?? columns.my_body ?? NOTHING,
    contentType: columns.their_type ?? columns.my_type ?? '',
    fate:
      columns.outcome === 'failure'
        ? 'failed'
        : (columns.state ?? 'settled') === 'settled'
          ? 'stands'
          : 'open',
  }
}
