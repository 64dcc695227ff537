/** The one rule about a person, per subject. The table keeps it; the room `rules` reads it. */
import type { PersonRule, RuleRows } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { optionalText, optionalWall, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'

export function ruleRows(db: Database, numbers: Numbers): RuleRows {
  return {
    all: () =>
      db.read(() =>
        db
          .all<Columns>(
            'SELECT rules.*, people.peer FROM rules JOIN people ON number = rules.peer ORDER BY made_at, number, subject',
          )
          .map(ruleOf),
      ),
    put: (rule) =>
      db.write(() => {
        db.run(
          'INSERT OR REPLACE INTO rules (peer, subject, decision, view, until, made_at) VALUES (?, ?, ?, ?, ?, ?)',
          numbers.give(rule.peer),
          rule.subject,
          rule.decision,
          optionalText(rule.view),
          optionalWall(rule.until),
          wall(rule.madeAt),
        )
      }),
    remove: (peer, subject) =>
      db.write(() => {
        const number = numbers.find(peer)
        if (number !== undefined) db.run('DELETE FROM rules WHERE peer = ? AND subject = ?', number, subject)
      }),
  }
}

interface Columns {
  peer: PeerId
  subject: PersonRule['subject']
  decision: PersonRule['decision']
  view: string | null
  until: number | null
  made_at: number
}

function ruleOf(columns: Columns): PersonRule {
  return {
    peer: columns.peer,
    subject: columns.subject,
    decision: columns.decision,
    madeAt: columns.made_at,
    ...(columns.view !== null && { view: columns.view }),
    ...(columns.until !== null && { until: columns.until }),
  }
}
