/** The bounds of what may be asked of an Agent: the parts that questions are made of, each with the most it may have. */
import * as v from 'valibot'
import type { OwnTuple, Reason } from '../agent.ts'
import {
  ACTIVITIES_LIMIT,
  ACTIVITY_LIMIT,
  ADDRESS_LIMIT,
  BODY_LIMIT,
  CONTENT_TYPE_LIMIT,
  LABEL_LIMIT,
  LANGUAGE_LIMIT,
  MARKUP_CONTENT_LIMIT,
  MARKUP_LIMIT,
  NAME_LIMIT,
  NOTE_LIMIT,
  REACTION_LIMIT,
} from '../envelope/protocol.ts'
import type { MessageId } from '../principal/ids.ts'

/** The longest card (`parseCard`). */
const WHO_LIMIT = 4096
/** Rows per listing: more is paged. */
export const ROWS_LIMIT = 1000
/** Longest wait that may be asked for, ms. */
const WAIT_LIMIT = 3_600_000
/** Longest life that may be given to a message: ten years, ms. */
export const EXPIRY_LIMIT = 10 * 365 * 86_400_000
const GROUPS_LIMIT = 32
/** What somebody types to find a message. */
export const SEARCH_LIMIT = 500
/** Linux's PATH_MAX. */
export const PATH_LIMIT = 4096
/** The format's own (store/backup-file.ts). */
export const PASSPHRASE_LIMIT = 1024
/** Messages deleted in one call. */
export const IDS_LIMIT = 1_000

export const words = (limit: number) =>
  v.pipe(v.string(), v.maxLength(limit, `It may have ${limit} characters at most. Shorten it.`))
export const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most))
export const who = v.pipe(
  v.string(),
  v.minLength(1, 'Say whom.'),
  v.maxLength(WHO_LIMIT, 'It is longer than any name, address or card. Copy it again.'),
)
/** Of a message. Only the size of the line is bounded here: how much a message may hold, its room says (`too-large`). */
export const text = words(8 * BODY_LIMIT)
/** Of people and groups. Only the size is bounded here: how long a name may be once it is tidy, its room says. */
export const name = words(64 * NAME_LIMIT)
export const groups = v.pipe(
  v.array(name),
  v.maxLength(GROUPS_LIMIT, `One person belongs to ${GROUPS_LIMIT} groups at most.`),
)
export const messageId = v.pipe(
  v.string(),
  v.uuid(),
  v.toLowerCase(),
) as unknown as v.GenericSchema<MessageId>
export const rows = whole(ROWS_LIMIT)
export const wait = whole(WAIT_LIMIT)
export const nothing = v.strictObject({})
export const whoWithin = v.strictObject({ who, waitMs: v.exactOptional(wait) })

export const activities = v.pipe(v.array(words(ACTIVITY_LIMIT)), v.maxLength(ACTIVITIES_LIMIT))
export const notes = v.pipe(v.record(words(LANGUAGE_LIMIT), words(NOTE_LIMIT)), v.maxEntries(MARKUP_LIMIT))
export const userInput = v.strictObject({
  state: v.picklist(['active', 'idle']),
  since: v.exactOptional(words(64)),
  thresholdSeconds: v.exactOptional(whole(2 ** 32 - 1)),
})
const markup = v.pipe(
  v.array(
    v.strictObject({
      namespace: words(ADDRESS_LIMIT),
      content: words(MARKUP_CONTENT_LIMIT),
      mustUnderstand: v.exactOptional(v.boolean()),
    }),
  ),
  v.maxLength(MARKUP_LIMIT),
)
export const tuple = v.strictObject({
  id: words(NAME_LIMIT),
  status: v.exactOptional(
    v.strictObject({
      basic: v.exactOptional(v.picklist(['open', 'closed'])),
      activities: v.exactOptional(activities),
      note: v.exactOptional(words(NOTE_LIMIT)),
      userInput: v.exactOptional(userInput),
    }),
  ),
  address: v.exactOptional(words(ADDRESS_LIMIT)),
  priority: v.exactOptional(v.number()),
  notes: v.exactOptional(notes),
  until: v.exactOptional(words(64)),
  markup: v.exactOptional(markup),
  // What may be in it is the presentity's to say: it names what would have to be done instead.
  views: v.exactOptional(v.pipe(v.array(words(NAME_LIMIT)), v.maxLength(8))),
}) as unknown as v.GenericSchema<OwnTuple>

/** Likewise: its room counts the bytes of what is left of it on one line. */
export const reaction = v.nullable(words(64 * REACTION_LIMIT))

/** A message that is to leave, whomever it is for. */
export const draft = {
  id: v.exactOptional(messageId),
  text,
  contentType: v.exactOptional(words(CONTENT_TYPE_LIMIT)),
  expireMs: v.exactOptional(whole(EXPIRY_LIMIT)),
  untilOpen: v.exactOptional(v.boolean()),
  waitMs: v.exactOptional(wait),
}

export const amendment = {
  id: words(64),
  changeId: v.exactOptional(messageId),
  expireMs: v.exactOptional(whole(EXPIRY_LIMIT)),
  untilOpen: v.exactOptional(v.boolean()),
  waitMs: v.exactOptional(wait),
}

const pastMessage = {
  id: messageId,
  text: words(BODY_LIMIT),
  contentType: words(CONTENT_TYPE_LIMIT),
  sentAt: v.pipe(v.string(), v.isoTimestamp()),
  at: v.pipe(v.string(), v.isoTimestamp()),
  inbox: v.exactOptional(words(LABEL_LIMIT)),
  replyTo: v.exactOptional(messageId),
  edited: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  deleted: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  reaction: v.exactOptional(words(REACTION_LIMIT)),
}
export const importedMessage = v.variant('received', [
  v.strictObject({ ...pastMessage, received: v.literal(true) }),
  v.strictObject({
    ...pastMessage,
    received: v.literal(false),
    outcome: v.picklist(['success', 'failure', 'indeterminate']),
    reason: v.exactOptional(words(64) as unknown as v.GenericSchema<Reason>),
    disposition: v.exactOptional(v.picklist(['delivered', 'displayed'])),
  }),
])
