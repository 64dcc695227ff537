/** Whom I want to watch, and whom no longer: a wish outlives every grant and every restart. */
import type { Wish, WishRows } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { flag, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'

export function wishRows(db: Database, numbers: Numbers): WishRows {
  return {
    all: () =>
      db.read(() =>
        db
          .all<Columns>(
            'SELECT wishes.*, people.peer FROM wishes JOIN people ON number = wishes.peer ORDER BY number',
          )
          .map(wishOf),
      ),
    put: (wish) =>
      db.write(() => {
        db.run(
          'INSERT OR REPLACE INTO wishes (peer, wanted, by_person, at) VALUES (?, ?, ?, ?)',
          numbers.give(wish.peer),
          flag(wish.wanted),
          flag(wish.byPerson),
          wall(wish.at),
        )
      }),
  }
}

interface Columns {
  peer: PeerId
  wanted: number
  by_person: number
  at: number
}

function wishOf({ peer, wanted, by_person, at }: Columns): Wish {
  return { peer, wanted: wanted === 1, byPerson: by_person === 1, at }
}
