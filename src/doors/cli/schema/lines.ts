/**
 * Every line that `--json` can print, by its `event`. The tests hold each line that any of them sees against this, so
 * it is what is printed, no less and no more; a newer Nigh may add fields.
 */
import * as v from 'valibot'
import {
  accessExplained,
  accessRules,
  count,
  deliveryRules,
  id,
  instant,
  ownStatus,
  ownTuple,
  peerId,
  person,
  seq,
  sighting,
  visibility,
} from './parts.ts'

/** One kind of line; `does` says when it is printed. */
function line<const Event extends string, Entries extends v.ObjectEntries>(
  event: Event,
  does: string,
  entries: Entries,
) {
  return v.pipe(v.strictObject({ event: v.literal(event), at: instant, ...entries }), v.description(does))
}

/** Of lines that events bring, too. */
const ofEvents = { seq: v.exactOptional(seq) }

const amendment = v.picklist(['edit', 'delete', 'react', 'unreact'])

/** How a message was changed since. */
const amended = {
  edited: v.exactOptional(instant),
  deleted: v.exactOptional(instant),
  reaction: v.exactOptional(v.string()),
  amending: v.exactOptional(v.literal(true)),
}

const messageEntries = {
  id,
  from: person,
  to: person,
  text: v.string(),
  contentType: v.string(),
  sentAt: instant,
  disposition: v.picklist(['accepted', 'held']),
  inbox: v.exactOptional(v.string()),
  replyTo: v.exactOptional(id),
  quoted: v.exactOptional(v.string()),
  ...amended,
  unread: v.boolean(),
  seq,
}

const message = line('message', 'a message that came; in listings, follows and up', messageEntries)

const outcomeEntries = {
  id,
  to: person,
  outcome: v.picklist(['success', 'failure', 'indeterminate']),
  state: v.picklist(['owed', 'sent', 'settled']),
  reason: v.exactOptional(v.string()),
  disposition: v.exactOptional(v.picklist(['delivered', 'held', 'displayed'])),
  text: v.exactOptional(v.string()),
  contentType: v.exactOptional(v.string()),
  inbox: v.exactOptional(v.string()),
  replyTo: v.exactOptional(id),
  quoted: v.exactOptional(v.string()),
  sentAt: instant,
  amends: v.exactOptional(v.strictObject({ id, by: amendment })),
  ...amended,
  waits: v.exactOptional(v.picklist(['unreachable', 'acceptance', 'open', 'turn'])),
  seq,
}

const outcome = line('outcome', 'how a message of mine stands', outcomeEntries)

/** A message inside another line. */
const row = v.union([
  v.strictObject({ at: instant, ...messageEntries }),
  v.strictObject({ at: instant, ...outcomeEntries }),
])

const subscriptionStatus = v.picklist(['pending', 'active', 'waiting', 'terminated'])
const rule = 'a rule, or what rules come to; one of several shapes'
const contact = { who: person, groups: v.array(v.string()), addedAt: instant }

export const LINES = {
  online: [
    line('online', 'the first line of up: the peer runs, and its socket accepts', {
      who: person,
      mesh: v.string(),
      listen: v.array(v.string()),
    }),
  ],
  offline: [line('offline', 'the peer has left; the last line of up, and of down', ofEvents)],
  presence: [
    line('presence', 'what somebody shows; without change where it was fetched', {
      ...sighting,
      ...ofEvents,
      change: v.exactOptional(v.picklist(['came', 'changed', 'left', 'unknown'])),
    }),
  ],
  person: [line('person', 'somebody in nigh who', sighting)],
  message: [message],
  outcome: [outcome],
  amended: [
    line('amended', 'a message was edited, deleted for both or reacted to: it, as it is now', {
      by: amendment,
      undone: v.exactOptional(v.literal(true)),
      message: row,
      ...ofEvents,
    }),
  ],
  request: [
    line('request', 'somebody knocks', {
      who: person,
      kind: v.picklist(['message', 'subscription']),
      text: v.exactOptional(v.string()),
      ...ofEvents,
    }),
  ],
  answer: [
    line('answer', 'what accept or refuse did', {
      answer: v.picklist(['accept', 'refuse']),
      who: person,
      messages: count,
      subscription: v.boolean(),
      contact: v.boolean(),
    }),
  ],
  subscription: [
    line('subscription', 'whom I want to see, and how that stands', {
      who: person,
      status: subscriptionStatus,
      reason: v.exactOptional(v.string()),
      ...ofEvents,
    }),
  ],
  read: [
    line('read', 'messages of theirs were read, here or at another door', {
      who: person,
      ids: v.array(v.string()),
      ...ofEvents,
    }),
  ],
  composing: [
    line('composing', 'somebody writes to me, or no longer does', {
      who: person,
      state: v.picklist(['active', 'idle']),
      ...ofEvents,
    }),
  ],
  watcher: [
    line('watcher', 'who watches me, or did', {
      who: person,
      via: v.picklist(['fetch', 'poll', 'subscribe', 'touch']),
      status: v.exactOptional(subscriptionStatus),
      reason: v.exactOptional(v.string()),
      view: v.exactOptional(v.string()),
      first: instant,
      last: instant,
      count,
      couldReadUntil: v.exactOptional(instant),
      denied: v.exactOptional(v.boolean()),
      visibility: v.exactOptional(visibility),
      pseudonym: v.exactOptional(v.string()),
    }),
    line('watcher', 'who watches somebody else, as they let me see it', {
      of: v.string(),
      who: v.exactOptional(person),
      pseudonym: v.exactOptional(v.string()),
      via: v.picklist(['fetch', 'poll', 'subscribe']),
      status: v.exactOptional(subscriptionStatus),
      reason: v.exactOptional(v.string()),
      me: v.boolean(),
    }),
  ],
  contact: [
    line('contact', 'one of my contacts, and what was changed', {
      ...contact,
      change: v.exactOptional(v.picklist(['renamed', 'grouped', 'removed'])),
    }),
    line('contact', 'what adding a contact opened and accepted', {
      change: v.literal('added'),
      who: person,
      opens: v.string(),
      accepted: v.strictObject({ messages: count, subscription: v.boolean() }),
    }),
  ],
  self: [
    line('self', 'who I am', {
      who: person,
      peerId,
      name: v.string(),
      presence: v.string(),
      inbox: v.string(),
      card: v.string(),
      safetyWords: v.string(),
      mesh: v.string(),
      listen: v.array(v.string()),
      home: v.string(),
      displayReceipts: v.boolean(),
      composing: v.boolean(),
      bell: v.boolean(),
      notify: v.picklist(['off', 'name', 'text']),
      awayAfterMs: v.exactOptional(count),
      keepMs: v.exactOptional(count),
    }),
  ],
  page: [
    line('page', 'the page of nigh web is served', { file: v.string(), port: count, opened: v.boolean() }),
  ],
  'safety-words': [
    line('safety-words', 'what to compare with somebody before they are marked as verified', {
      who: person,
      /** Theirs. */
      words: v.string(),
      mine: v.string(),
    }),
  ],
  card: [line('card', 'my card to hand over', { who: person, card: v.string(), mesh: v.string() })],
  status: [line('status', 'my presence', { ...ownStatus, tuples: v.exactOptional(v.array(ownTuple)) })],
  deleted: [line('deleted', 'a message that was deleted here', { id })],
  rule: [
    line('rule', rule, { preset: v.string(), effect: v.array(v.string()) }),
    line('rule', rule, { rules: accessRules }),
    line('rule', rule, { inboxes: deliveryRules }),
    line('rule', rule, {
      general: visibility,
      people: v.record(v.string(), visibility),
      pseudonym: v.exactOptional(v.string()),
    }),
    line('rule', rule, { watchersVisible: v.picklist(['contacts', 'nobody']) }),
    line('rule', rule, {
      who: person,
      then: v.picklist(['allow', 'block', 'polite-block', 'hide', 'unblock']),
      view: v.exactOptional(v.string()),
      fetchOnly: v.exactOptional(v.boolean()),
      until: v.exactOptional(instant),
      lifted: v.exactOptional(v.boolean()),
      effect: v.array(v.string()),
      strangers: v.exactOptional(accessExplained),
    }),
    line('rule', rule, { strangers: accessExplained }),
    line('rule', rule, {
      who: person,
      access: accessExplained,
      delivery: v.array(
        v.strictObject({
          inbox: v.string(),
          decision: v.picklist(['accept', 'hold', 'refuse']),
          reason: v.exactOptional(v.string()),
          because: v.string(),
        }),
      ),
    }),
  ],
  diagnosis: [
    line(
      'diagnosis',
      'why somebody cannot be seen or reached; observations are for reports, and may change',
      {
        cause: v.string(),
        sentence: v.string(),
        act: v.string(),
        command: v.exactOptional(v.string()),
        theirs: v.exactOptional(v.literal(true)),
        who: v.exactOptional(person),
        evidence: v.array(v.string()),
        observations: v.record(v.string(), v.unknown()),
      },
    ),
  ],
  backup: [line('backup', 'a backup that was made', { file: v.string(), bytes: count })],
  restored: [
    line('restored', 'a home made from a backup', {
      who: person,
      home: v.string(),
      madeAt: instant,
      unsettled: count,
    }),
  ],
  imported: [line('imported', 'what an import did', { taken: count, known: count })],
  schema: [line('schema', 'this, as a line', { schema: v.record(v.string(), v.unknown()) })],
  warning: [
    line('warning', 'something to know that ends nothing', {
      code: v.string(),
      message: v.string(),
      ...ofEvents,
    }),
  ],
  error: [
    line('error', 'a failure; the last line', {
      code: v.string(),
      message: v.string(),
      choices: v.exactOptional(v.array(v.string())),
    }),
  ],
} as const

/** What is wrong with a line, in a sentence; undefined where it is as the schema says. */
export function complaintAbout(line: unknown): string | undefined {
  const event = (line as { event?: unknown } | null)?.event
  const kinds =
    typeof event === 'string' ? (LINES as Record<string, readonly v.GenericSchema[]>)[event] : undefined
  if (kinds === undefined) return `There is no line of event ${String(event)}.`
  const results = kinds.map((kind) => v.safeParse(kind, line))
  if (results.some(({ success }) => success)) return undefined
  const issues = results.flatMap(({ issues }) => (issues?.[0] === undefined ? [] : [issues[0]]))
  return issues.map((issue) => `${v.getDotPath(issue) ?? 'the line'}: ${issue.message}`).join('; or ')
}
