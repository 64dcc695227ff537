/**
 * The two numbers of the store: the journal's, by which everything is ordered, and the one that stands for a peer id
 * in every table. A peer id is 52 characters; in each row and index of a million messages that would be most of the
 * file.
 */
import type { PeerId } from '../principal/ids.ts'
import type { Database } from './database.ts'

/** The last number given: a row of inbox or outbox has the number of its birth, the journal those of what came later. */
export function lastNumber(db: Pick<Database, 'one'>): number {
  const { last } = db.one<{ last: number }>(
    `SELECT max(
       coalesce((SELECT max(seq) FROM inbox), 0),
       coalesce((SELECT max(seq) FROM outbox), 0),
       coalesce((SELECT max(seq) FROM journal), 0)
     ) AS last`,
  ) ?? { last: 0 }
  return last
}

/**
 * Leaves out some numbers: after a power cut, those of outcomes that were told and then lost. A reader that goes on
 * from a number it saw must not find something else under it.
 */
export async function skipNumbers(db: Database): Promise<void> {
  await db.write(() => {
    const last = lastNumber(db)
    if (last > 0) db.run("INSERT INTO journal (seq, at, kind) VALUES (?, 0, 'gap')", last + 1 + SKIPPED)
  })
}

/** More outcomes than these are not told between two commits that reach the disk. A guess. */
const SKIPPED = 10_000

export interface Numbers {
  /** Its number, if this home ever dealt with it. */
  find(peer: PeerId): number | undefined
  /** Its number, given now if need be: only inside `write`. */
  give(peer: PeerId): number
  /** The next number of rows and entries: only inside `write`. */
  next(): number
  /** The last one given in a commit or in the transaction under way. */
  last(): number
}

/** Peers remembered at once; beyond it all are forgotten and looked up again. Far above the places for links. */
const REMEMBERED = 10_000

export function peerNumbers(db: Database): Numbers {
  const remembered = new Map<PeerId, number>()
  let last: number | undefined
  // A number given inside a transaction that was rolled back may be given to somebody else next.
  db.afterRollback(() => {
    remembered.clear()
    last = undefined
  })

  function find(peer: PeerId): number | undefined {
    const known = remembered.get(peer)
    if (known !== undefined) return known
    const number = db.one<{ number: number }>('SELECT number FROM people WHERE peer = ?', peer)?.number
    return number === undefined ? undefined : remember(peer, number)
  }

  function remember(peer: PeerId, number: number): number {
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(peer, number)
    return number
  }

  return {
    find,
    give: (peer) =>
      find(peer) ?? remember(peer, db.run('INSERT INTO people (peer) VALUES (?)', peer).lastRow),
    next() {
      last = (last ?? lastNumber(db)) + 1
      return last
    },
    last() {
      last ??= lastNumber(db)
      return last
    },
  }
}
