/** What lines are made of: people, presence, rules. Said once, for `nigh schema` and for the tests of every line. */
import * as v from 'valibot'

/** RFC 3339 UTC with milliseconds. */
export const instant = v.pipe(v.string(), v.isoTimestamp())
export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
/** Rises with what happens; 0 and below for what was imported from before. */
export const seq = v.pipe(v.number(), v.integer())
export const id = v.pipe(v.string(), v.uuid())
export const peerId = v.pipe(v.string(), v.regex(/^12D3KooW[0-9A-Za-z]{44}$/))

export const person = v.strictObject({
  peerId,
  name: v.string(),
  petname: v.exactOptional(v.string()),
  address: v.string(),
  relation: v.picklist(['contact', 'near', 'stranger']),
  verified: v.boolean(),
})

const basic = v.picklist(['open', 'closed'])
/** Language tag → text. */
const notes = v.record(v.string(), v.string())
const userInput = v.strictObject({
  state: v.picklist(['active', 'idle']),
  since: v.exactOptional(v.string()),
  thresholdSeconds: v.exactOptional(v.number()),
})
const markup = v.array(
  v.strictObject({
    namespace: v.string(),
    content: v.string(),
    mustUnderstand: v.exactOptional(v.boolean()),
  }),
)

const tuple = v.strictObject({
  id: v.string(),
  status: v.strictObject({
    basic: v.exactOptional(basic),
    activities: v.exactOptional(v.array(v.string())),
    note: v.exactOptional(v.string()),
    userInput: v.exactOptional(userInput),
    markup: v.exactOptional(markup),
  }),
  address: v.exactOptional(v.string()),
  priority: v.exactOptional(v.number()),
  notes: v.exactOptional(notes),
  until: v.exactOptional(v.string()),
  markup: v.exactOptional(markup),
})

export const presence = v.strictObject({
  name: v.string(),
  note: v.exactOptional(v.string()),
  notes: v.exactOptional(notes),
  until: v.exactOptional(v.string()),
  userInput: v.exactOptional(userInput),
  tuples: v.array(tuple),
  markup: v.exactOptional(markup),
})

/** `presence`, `seenAt` and `ageMs` are absent where nothing was ever received. */
export const sighting = {
  who: person,
  presence: v.exactOptional(presence),
  evidence: v.picklist(['live', 'heard', 'unknown', 'gone']),
  seenAt: v.exactOptional(instant),
  ageMs: v.exactOptional(count),
}

export const ownStatus = {
  basic,
  activities: v.array(v.string()),
  note: v.exactOptional(v.string()),
  notes: v.exactOptional(notes),
  until: v.exactOptional(instant),
  userInput: v.exactOptional(userInput),
  elision: v.exactOptional(v.literal(true)),
}

export const ownTuple = v.strictObject({
  ...tuple.entries,
  status: v.exactOptional(v.omit(tuple.entries.status, ['markup'])),
  until: v.exactOptional(instant),
  views: v.exactOptional(v.array(v.string())),
})

const conditions = v.record(v.string(), v.unknown())

export const accessRules = v.array(
  v.strictObject({
    if: v.exactOptional(conditions),
    then: v.picklist(['block', 'confirm', 'polite-block', 'allow']),
    view: v.exactOptional(v.picklist(['nearby', 'contacts'])),
    fetchOnly: v.exactOptional(v.boolean()),
  }),
)

/** Label of an inbox → its rules. */
export const deliveryRules = v.record(
  v.string(),
  v.array(
    v.strictObject({
      if: v.exactOptional(conditions),
      then: v.picklist(['accept', 'hold', 'refuse']),
      tell: v.exactOptional(v.boolean()),
    }),
  ),
)

export const accessExplained = v.strictObject({
  decision: v.picklist(['allow', 'confirm', 'polite-block', 'block']),
  view: v.exactOptional(v.string()),
  fetchOnly: v.exactOptional(v.boolean()),
  because: v.string(),
  presence: v.exactOptional(presence),
})

export const visibility = v.picklist(['named', 'pseudonym', 'unlisted'])
