/** Anything that may be said on the two channels, for properties; and anything that may not. */
import fc from 'fast-check'
import type { MessageFrame } from '../../src/envelope/message-frame.ts'
import { messageIdFromBytes } from '../../src/envelope/message-id.ts'
import type { PresenceFrame } from '../../src/envelope/presence-frame.ts'
import type { Edition, Rendition } from '../../src/envelope/presence-information.ts'
import {
  ACTIVITIES_LIMIT,
  ACTIVITY_LIMIT,
  ADDRESS_LIMIT,
  CONTENT_TYPE_LIMIT,
  INSTANCE_BYTES,
  MESH_HASH_BYTES,
  NAME_LIMIT,
  NOTE_LIMIT,
  PERIOD_MS,
} from '../../src/envelope/protocol.ts'
import type { Known, SignedLetter } from './wire.ts'

/** Any text of at most `limit` UTF-16 units, whatever the script; never half a pair. */
const text = (limit: number, minLength = 0) =>
  fc.string({ unit: 'binary', minLength, maxLength: Math.floor(limit / 2) })
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'))
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const count = fc.maxSafeNat()
const name = text(NAME_LIMIT)
const wall = fc.nat({ max: 8_640_000_000_000_000 })

const hello = fc.record({
  kind: fc.constant('hello' as const),
  version: fc.nat({ max: 2 ** 32 - 1 }),
  oldest: fc.nat({ max: 2 ** 32 - 1 }),
  instance: hex(INSTANCE_BYTES),
  mesh: hex(MESH_HASH_BYTES),
  visiting: fc.boolean(),
  beatInterval: fc.nat({ max: 2 ** 32 - 1 }),
  presence: fc.boolean(),
  messages: fc.boolean(),
})

const goodbye = fc.record(
  {
    kind: fc.constant('goodbye' as const),
    why: fc.constantFrom(
      'leaving',
      'sleeping',
      'other-mesh',
      'other-version',
      'rejected',
      'double',
      'no-place',
    ),
    backIn: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  },
  { requiredKeys: ['kind', 'why'] },
)

/** Every frame of the presence channel, within the limits of PROTOCOL.md. */
export const presenceFrames: fc.Arbitrary<Known<PresenceFrame>> = fc.oneof(
  hello,
  goodbye,
  fc.record({ kind: fc.constant('beat' as const), echo: fc.boolean(), grant: count, counter: count }),
  fc.record({
    kind: fc.constant('subscribe' as const),
    byPerson: fc.boolean(),
    name,
    visibility: fc.constantFrom('named', 'pseudonym', 'unlisted'),
  }),
  fc.record({
    kind: fc.constant('grant' as const),
    number: count,
    keys: fc.array(
      fc.record({
        key,
        announcer: key,
        beginsIn: fc.nat({ max: PERIOD_MS }),
        endsIn: fc.nat({ max: 2 * PERIOD_MS }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    topic: name,
    document: fc.uint8Array({ maxLength: 600 }),
    counter: count,
  }),
  fc.record({ kind: fc.constant('renew' as const), grant: count, counter: count }),
  fc.record({ kind: fc.constant('cancel' as const) }),
  fc.record({
    kind: fc.constant('state' as const),
    status: fc.constantFrom('pending', 'active', 'waiting', 'terminated'),
    event: fc.constantFrom(
      'subscribe',
      'approved',
      'deactivated',
      'probation',
      'rejected',
      'timeout',
      'giveup',
      'noresource',
      'not-now',
      'no-service',
    ),
  }),
)

const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(messageIdFromBytes)
const address = text(ADDRESS_LIMIT)

export const messages = fc.record(
  {
    kind: fc.constant('message' as const),
    id,
    to: address,
    sentAt: count,
    contentType: text(CONTENT_TYPE_LIMIT, 1),
    body: fc.uint8Array({ maxLength: 600 }),
    thread: text(NAME_LIMIT, 1),
    replyTo: id,
    expiresIn: count,
    untilOpen: fc.boolean(),
    introduction: text(NAME_LIMIT, 1),
    amends: fc.record({ by: fc.constantFrom('edit', 'delete', 'react', 'unreact'), id }),
  },
  { requiredKeys: ['kind', 'id', 'to', 'sentAt', 'contentType', 'body', 'untilOpen'] },
)

/** Every letter: what can be signed. */
export const letters: fc.Arbitrary<SignedLetter> = fc.oneof(
  messages,
  fc.record(
    {
      kind: fc.constant('receipt' as const),
      ids: fc.array(id, { minLength: 1, maxLength: 5 }),
      inbox: address,
      disposition: fc.constantFrom('delivered', 'held', 'displayed', 'failed', 'stored'),
      reason: fc.constantFrom(
        'closed',
        'refused',
        'unreachable',
        'expired',
        'recalled',
        'too-large',
        'unsupported-type',
        'rate-limited',
        'no-such-inbox',
        'hop-limit',
      ),
      at: count,
    },
    { requiredKeys: ['kind', 'ids', 'inbox', 'disposition', 'at'] },
  ),
  fc.record({ kind: fc.constant('recall' as const), id, inbox: address }),
  fc.record({
    kind: fc.constant('recall-answer' as const),
    id,
    inbox: address,
    recalled: fc.constantFrom('kept', 'recalled', 'rate-limited'),
  }),
  fc.record(
    {
      kind: fc.constant('composing' as const),
      state: fc.constantFrom('active', 'idle'),
      refresh: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      inbox: address,
    },
    { requiredKeys: ['kind', 'state', 'inbox'] },
  ),
)

/** Every frame of the message channel. */
export const messageFrames: fc.Arbitrary<Known<MessageFrame>> = fc.oneof(
  { weight: 1, arbitrary: hello },
  { weight: 1, arbitrary: goodbye },
  { weight: 6, arbitrary: letters },
)

const language = fc
  .array(fc.stringMatching(/^[a-zA-Z]{1,8}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('-'))
const notes = fc.dictionary(language, text(NOTE_LIMIT), { minKeys: 1, maxKeys: 3, noNullPrototype: true })
const instant = fc.integer({ min: 1, max: 8_640_000_000_000_000 })
const instantText = instant.map((ms) => new Date(ms).toISOString())
/** None that must be understood: its tuple would be passed over. */
const markup = fc.array(fc.record({ namespace: name, content: name }), { minLength: 1, maxLength: 3 })
const userInput = fc.record(
  {
    state: fc.constantFrom('active' as const, 'idle' as const),
    since: instantText,
    thresholdSeconds: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  },
  { requiredKeys: ['state'] },
)

const tuples = fc
  .record(
    {
      id: name,
      status: fc.record(
        {
          basic: fc.constantFrom('open' as const, 'closed' as const),
          activities: fc.array(text(ACTIVITY_LIMIT), { minLength: 1, maxLength: ACTIVITIES_LIMIT }),
          note: text(NOTE_LIMIT),
          userInput,
          markup,
        },
        { requiredKeys: [] },
      ),
      address: text(ADDRESS_LIMIT, 1),
      priority: fc.nat({ max: 1000 }).map((thousandths) => thousandths / 1000),
      notes,
      until: instantText,
      markup,
    },
    { requiredKeys: ['id', 'status'] },
  )
  // Without a plain note the first of the others is the note.
  .map(({ notes, ...tuple }) => (notes && 'note' in tuple.status ? { ...tuple, notes } : tuple))

export const renditions: fc.Arbitrary<Rendition> = fc
  .record(
    {
      name,
      note: text(NOTE_LIMIT),
      notes,
      until: instant,
      userInput,
      tuples: fc.array(tuples, { maxLength: 5 }),
      markup,
    },
    { requiredKeys: ['name', 'tuples'] },
  )
  .map(({ notes, ...rendition }) => (notes && 'note' in rendition ? { ...rendition, notes } : rendition))

export const editions: fc.Arbitrary<Edition> = fc.record({ epoch: count, version: count, publishedAt: wall })

/** `bytes` after a bad journey: bytes changed, cut off, added, doubled, or another's in the middle. */
export function damaged(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const place = fc.nat({ max: 0xffff })
  return fc.oneof(
    fc
      .tuple(
        bytes,
        fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 }),
      )
      .map(([whole, changes]) => {
        const changed = Uint8Array.from(whole)
        for (const [at, by] of changes)
          if (changed.length > 0) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ by
        return changed
      }),
    fc.tuple(bytes, place).map(([whole, at]) => whole.subarray(0, at % (whole.length + 1))),
    fc.tuple(bytes, place).map(([whole, at]) => whole.subarray(at % (whole.length + 1))),
    fc.tuple(bytes, fc.uint8Array({ minLength: 1, maxLength: 64 })).map((parts) => Buffer.concat(parts)),
    fc.tuple(bytes, bytes).map((parts) => Buffer.concat(parts)),
    fc.tuple(bytes, bytes, place).map(([whole, other, at]) => {
      const cut = at % (whole.length + 1)
      return Buffer.concat([whole.subarray(0, cut), other, whole.subarray(cut)])
    }),
  )
}
