import { Argument, type Command } from 'commander'
import { type Act, calls, callsOrUnknown, declare } from '../declare.ts'

/** Below `nigh rules`. */
export function declareAccess(rules: Command, act: Act): void {
  const access = declare(rules, {
    usage: 'access',
    does: 'who may see what of you: rules about one person, and general ones, of which the most generous decides',
    examples: ['nigh rules access', 'nigh rules access edit'],
  }).addHelpText('before', GRAMMAR)
  callsOrUnknown(access, act, async () => (await import('./access.run.ts')).show)

  const set = declare(access, {
    usage: 'set',
    does: 'replace the general rules by those on stdin; with a mistake in them nothing changes',
    examples: ['cat rules.json | nigh rules access set -', 'nigh rules access set - --json < rules.json'],
  }).addArgument(new Argument('<from>', '-: from stdin').choices(['-']))
  calls(set, act, async () => (await import('./access.run.ts')).set)

  const edit = declare(access, {
    usage: 'edit',
    does: 'change the general rules in your editor ($VISUAL, else $EDITOR, else vi); with a mistake nothing changes',
    examples: ['nigh rules access edit', 'EDITOR="code --wait" nigh rules access edit'],
  })
  calls(edit, act, async () => (await import('./access.run.ts')).edit)
}

const GRAMMAR = `The general rules are JSON:
  { "rules": [RULE, ...] }

  RULE = { "if": { CONDITIONS }, "then": "block" | "confirm" | "polite-block" | "allow",
           "view": "nearby" | "contacts", "fetchOnly": true }

All conditions of a rule must hold; without "if" it always matches:
  "from": ["bob"]                  contacts, peer ids or addresses
  "group": "family"                contacts of this group
  "relation": "contact"            or "near" (on this network) or "anyone"; a contact is never near
  "between": ["22:00", "07:00"]    local time; the hours after midnight belong to the day before
  "days": ["sat", "sun"]

Their order means nothing: of all rules that match the most generous decides, allow before
polite-block before confirm before block (RFC 5025), and among equal ones the view of the most
specific. Where none matches, the preset decides. Above them stand what you said about one person
(nigh allow, polite-block, hide) and, above everything, whom you blocked.
"view" and "fetchOnly" go with "allow": nearby (name and open or closed) unless said otherwise; with
"fetchOnly" they see it whenever they ask, and are refused a subscription.
`
