/**
 * WATCHER INFORMATION as rows: one per person, means, view and whether it was denied. A person who first got the
 * view `nearby` and later `contacts` has two rows, so nothing that was handed out is forgotten by a change.
 */
import type { Via } from '../agent.ts'
import type { ShownAs, WatcherRow, WatcherRows } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { flag, optionalWall, text, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'

/** A key with no view: a denied attempt, or a touch. */
const NO_VIEW = ''

export function watcherRows(db: Database, numbers: Numbers): WatcherRows {
  const show = (number: number, { visibility, name }: ShownAs): void => {
    db.run(
      'INSERT OR REPLACE INTO shown_as (peer, visibility, shown_name) VALUES (?, ?, ?)',
      number,
      visibility,
      text(name),
    )
  }

  return {
    all: () =>
      db.read(() =>
        db
          .all<Columns>(
            'SELECT watchers.*, people.peer, visibility, shown_name FROM watchers JOIN people ON number = watchers.peer LEFT JOIN shown_as ON shown_as.peer = number ORDER BY first_at, number, via, view, denied',
          )
          .map(watcherOf),
      ),
    note: (row) =>
      db.write(() => {
        db.run(
          `INSERT INTO watchers (peer, via, view, denied, first_at, last_at, times, readable_until)
           VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1, ?6)
           ON CONFLICT DO UPDATE SET last_at = excluded.last_at, times = times + ?7,
             readable_until = coalesce(excluded.readable_until, readable_until)`,
          numbers.give(row.peer),
          row.via,
          text(row.view ?? NO_VIEW),
          flag(row.denied),
          wall(row.at),
          optionalWall(row.couldReadUntil),
          flag(row.renewal !== true),
        )
        if (row.shownAs !== undefined) show(numbers.give(row.peer), row.shownAs)
      }),
    showAs: (peer, as) =>
      db.write(() => {
        const number = numbers.find(peer)
        if (number === undefined) return
        if (db.one('SELECT 1 FROM watchers WHERE peer = ?', number) !== undefined) show(number, as)
      }),
    forget: (before) =>
      db.write(() => {
        db.run('DELETE FROM watchers WHERE max(last_at, coalesce(readable_until, last_at)) < ?', wall(before))
        db.run('DELETE FROM shown_as WHERE peer NOT IN (SELECT peer FROM watchers)')
      }),
  }
}

interface Columns {
  peer: PeerId
  via: Via
  view: string
  denied: number
  first_at: number
  last_at: number
  times: number
  readable_until: number | null
  visibility: ShownAs['visibility'] | null
  shown_name: string | null
}

function watcherOf(columns: Columns): WatcherRow {
  return {
    peer: columns.peer,
    via: columns.via,
    denied: columns.denied === 1,
    first: columns.first_at,
    last: columns.last_at,
    count: columns.times,
    ...(columns.view !== NO_VIEW && { view: columns.view }),
    ...(columns.readable_until !== null && { couldReadUntil: columns.readable_until }),
    ...(columns.visibility !== null && {
      shownAs: { visibility: columns.visibility, name: columns.shown_name ?? '' },
    }),
  }
}
