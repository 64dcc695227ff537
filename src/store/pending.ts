/** SUBSCRIPTION requests that wait for the person, and those refused for good. */
import type { PendingRows, PendingSubscription } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { flag, text, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'

export function pendingRows(db: Database, numbers: Numbers): PendingRows {
  return {
    all: () =>
      db.read(() =>
        db
          .all<Columns>(
            'SELECT pending.*, people.peer FROM pending JOIN people ON number = pending.peer ORDER BY asked_at, number',
          )
          .map(pendingOf),
      ),
    put: (row) =>
      db.write(() => {
        db.run(
          'INSERT OR REPLACE INTO pending (peer, name, source, asked_at, refused) VALUES (?, ?, ?, ?, ?)',
          numbers.give(row.peer),
          text(row.name),
          text(row.from),
          wall(row.askedAt),
          flag(row.refused),
        )
      }),
    remove: (peer) =>
      db.write(() => {
        const number = numbers.find(peer)
        if (number !== undefined) db.run('DELETE FROM pending WHERE peer = ?', number)
      }),
  }
}

interface Columns {
  peer: PeerId
  name: string
  source: string
  asked_at: number
  refused: number
}

function pendingOf({ peer, name, source, asked_at, refused }: Columns): PendingSubscription {
  return { peer, name, from: source, askedAt: asked_at, refused: refused === 1 }
}
