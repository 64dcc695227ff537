/** What is remembered of anybody: the name they claim, and where they answered last. */
import type { PeopleRows, PersonRow } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { text, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'

/** Addresses kept of one person: a host rarely has more that answer, and each costs a dial. */
const ADDRESSES_KEPT = 8

export function peopleRows(db: Database, numbers: Numbers): PeopleRows {
  return {
    all: () =>
      db.read(() =>
        db
          .all<Columns>(
            "SELECT peer, name, addresses FROM people WHERE name IS NOT NULL OR addresses <> '[]' ORDER BY number",
          )
          .map(personOf),
      ),
    // Claims and addresses come again with the next document and the next link.
    rememberName: (peer, name) =>
      db.note(() => {
        db.run(
          'UPDATE people SET name = ?2 WHERE number = ?1 AND name IS NOT ?2',
          numbers.give(peer),
          text(name),
        )
      }),
    // Newest is what was told last, not what a clock says: a clock that was wrong once must not pin an address.
    rememberAddresses: (peer, addresses, at) =>
      db.note(() => {
        const number = numbers.give(peer)
        const known = db.one<{ addresses: string }>('SELECT addresses FROM people WHERE number = ?', number)
        const before = JSON.parse(known?.addresses ?? '[]') as string[]
        const kept = [...new Set([...addresses.map(text), ...before])].slice(0, ADDRESSES_KEPT)
        db.run(
          'UPDATE people SET addresses = ?, reached_at = ? WHERE number = ?',
          JSON.stringify(kept),
          wall(at),
          number,
        )
      }),
  }
}

interface Columns {
  peer: PeerId
  name: string | null
  addresses: string
}

function personOf({ peer, name, addresses }: Columns): PersonRow {
  return { peer, addresses: JSON.parse(addresses) as string[], ...(name !== null && { name }) }
}
