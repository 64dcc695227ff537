import { Argument, type Command } from 'commander'
import { type Act, calls, callsOrUnknown, declare } from '../declare.ts'

/** Below `nigh rules`. */
export function declareDelivery(rules: Command, act: Act): void {
  const delivery = declare(rules, {
    usage: 'delivery',
    does: 'whose messages are taken, held or refused: a list of rules per inbox, the first that matches decides',
    examples: ['nigh rules delivery', 'nigh rules delivery edit'],
  }).addHelpText('before', GRAMMAR)
  callsOrUnknown(delivery, act, async () => (await import('./delivery.run.ts')).show)

  const set = declare(delivery, {
    usage: 'set',
    does: 'replace the rules by those on stdin; with a mistake in them nothing changes',
    examples: ['cat rules.json | nigh rules delivery set -', 'nigh rules delivery set - --json < rules.json'],
  }).addArgument(new Argument('<from>', '-: from stdin').choices(['-']))
  calls(set, act, async () => (await import('./delivery.run.ts')).set)

  const edit = declare(delivery, {
    usage: 'edit',
    does: 'change the rules in your editor ($VISUAL, else $EDITOR, else vi); with a mistake in them nothing changes',
    examples: ['nigh rules delivery edit', 'EDITOR="code --wait" nigh rules delivery edit'],
  })
  calls(edit, act, async () => (await import('./delivery.run.ts')).edit)
}

const GRAMMAR = `The rules are JSON:
  { "inboxes": { "default": [RULE, ...], "oncall": [RULE, ...] } }
An inbox exists when it stands there. People write to it as im:<peer id>/oncall.

  RULE = { "if": { CONDITIONS }, "then": "accept" | "hold" | "refuse", "tell": true }

All conditions of a rule must hold; without "if" it always matches:
  "from": ["bob"]                  contacts, peer ids or addresses
  "relation": "contact"            or "near" (on this network) or "stranger"; a contact is never near
  "group": "family"                contacts of this group
  "perMinute": 5                   what one person writes beyond 5 within a minute
  "largerThan": 1000               bytes
  "contentType": ["text/*"]
  "between": ["22:00", "07:00"]    local time; the hours after midnight belong to the day before
  "days": ["sat", "sun"]
  "myStatus": "busy"               while you show this activity; or "open"

Who is refused does not learn it, unless "tell" is true: people you do not know read what everybody
reads who waits for your answer (rate-limited), contacts that you are closed. Without a rule that
matches, contacts are taken and anyone else is held as a request. Above all rules stand your blocks,
and whom you accepted or refused. An inbox that refuses strangers untold cannot be told from one that
does not exist; any other can be found by guessing its name.
`
