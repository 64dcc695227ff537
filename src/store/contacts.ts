/** The people I know. A petname is mine to give and names one person only, else it names nobody. */
import { NighError } from '../errors.ts'
import type { ContactRow, ContactRows } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { optionalText, optionalWall, text, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'

export function contactRows(db: Database, numbers: Numbers): ContactRows {
  return {
    all: () =>
      db.read(() =>
        db
          .all<Columns>(
            'SELECT contacts.*, people.peer FROM contacts JOIN people ON number = contacts.peer ORDER BY added_at, number',
          )
          .map(contactOf),
      ),
    put: (row) =>
      db.write(() => {
        const peer = numbers.give(row.peer)
        const petname = optionalText(row.petname)
        if (db.one('SELECT 1 FROM contacts WHERE petname = ? AND peer <> ?', petname, peer) !== undefined)
          throw new NighError(
            'name-taken',
            `Another contact is already called ${JSON.stringify(petname)}. Choose another name with --name, or rename that contact.`,
          )
        db.run(
          `INSERT INTO contacts (peer, petname, circles, added_at, verified_at) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (peer) DO UPDATE SET petname = excluded.petname, circles = excluded.circles,
             added_at = excluded.added_at, verified_at = excluded.verified_at`,
          peer,
          petname,
          JSON.stringify(row.groups.map(text)),
          wall(row.addedAt),
          optionalWall(row.verifiedAt),
        )
      }),
    remove: (peer) =>
      db.write(() => {
        const number = numbers.find(peer)
        if (number !== undefined) db.run('DELETE FROM contacts WHERE peer = ?', number)
      }),
  }
}

interface Columns {
  peer: PeerId
  petname: string | null
  circles: string
  added_at: number
  verified_at: number | null
}

function contactOf(columns: Columns): ContactRow {
  return {
    peer: columns.peer,
    groups: JSON.parse(columns.circles) as string[],
    addedAt: columns.added_at,
    ...(columns.petname !== null && { petname: columns.petname }),
    ...(columns.verified_at !== null && { verifiedAt: columns.verified_at }),
  }
}
