/**
 * The vectors of the wire: one of each thing that may travel, with every field and every number of the formats in at
 * least one of them. Names are for people; bytes lie in test/golden and are written once, by scripts/golden-wire.ts.
 */
import { encodeDocument, encodeNews, type Rendition } from '../../src/envelope/presence-information.ts'
import { VERSION } from '../../src/envelope/protocol.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { meshHash } from '../../src/principal/mesh-name.ts'
import { alice, bob, type Values, type Vector } from './wire.ts'

/** 32 bytes that count up from `first`. */
const counting = (first: number, length = 32) =>
  Uint8Array.from({ length }, (_, index) => (first + index) & 0xff)
const said = (text: string) => new TextEncoder().encode(text)
const NOON = Date.UTC(2026, 10, 22, 12)
const ID = '0190f2a1-7c3e-7abc-8def-0123456789ab' as MessageId
const EARLIER_ID = '0190f2a0-0000-7000-8000-00000000000f' as MessageId
const TOPIC = `nigh/1/${meshHash('nigh')}`

const nearby: Rendition = { name: 'Bob', tuples: [{ id: 'im', status: { basic: 'open' } }] }
const cover: Rendition = { name: 'Bob', tuples: [{ id: 'im', status: { basic: 'closed' } }] }
const contacts: Rendition = {
  name: 'Bob',
  note: 'Back at five. Zurück um fünf. 五時に戻ります',
  until: NOON + 5 * 3_600_000,
  tuples: [
    {
      id: 'im',
      status: { basic: 'open', activities: ['meeting', 'counting sheep'], note: 'quietly' },
      address: `im:${bob.peerId}`,
      markup: [{ namespace: 'urn:example:mood', content: '<mood xmlns="urn:example:mood">calm</mood>' }],
    },
    { id: 'desk', status: {} },
  ],
}
/** Every way of being reached and everything that can be said of one. */
const reachable: Rendition = {
  name: 'Bob',
  note: 'Unterwegs',
  notes: { en: 'On the road', 'pt-BR': 'Na estrada' },
  until: NOON + 3_600_000,
  userInput: { state: 'idle', since: new Date(NOON - 600_000).toISOString(), thresholdSeconds: 300 },
  tuples: [
    { id: 'im', status: { basic: 'closed', activities: ['in-transit'] } },
    {
      id: 'phone',
      status: { basic: 'open', note: 'until six', userInput: { state: 'active' } },
      address: 'tel:+43123456',
      priority: 0.8,
      notes: { de: 'bis sechs' },
      until: new Date(NOON + 6 * 3_600_000).toISOString(),
      markup: [{ namespace: 'urn:example:place', content: '<place>träge</place>' }],
    },
    { id: 'last', status: {}, address: 'x-pigeon:roof/3', priority: 0 },
    { id: 'first', status: {}, address: 'mailto:bob@example.com', priority: 1 },
  ],
  markup: [{ namespace: 'urn:example:person', content: '<p/>', mustUnderstand: true }],
}
const edition = { epoch: 1_700_000_000_001, version: 7, publishedAt: NOON }
const documentOf = (rendition: Rendition) => new Uint8Array(encodeDocument(rendition, edition))

/** A document with `notes` tuples, each with a note of 270 characters. */
const wordy = (notes: number): Rendition => ({
  name: 'Bob',
  tuples: Array.from({ length: notes }, (_, index) => ({
    id: `t${index}`,
    status: { basic: 'open', note: 'n'.repeat(270) },
  })),
})

const hello = {
  version: VERSION,
  oldest: VERSION,
  instance: '000102030405060708090a0b0c0d0e0f',
  mesh: meshHash('nigh'),
  visiting: false,
  beatInterval: 2_000,
  presence: true,
  messages: true,
}
const visitor = { ...hello, visiting: true, beatInterval: 20_000, presence: false }

const frames: Record<string, Values['presence frame']> = {
  hello: { kind: 'hello', ...hello },
  'hello of a visitor': { kind: 'hello', ...visitor },
  'beat of somebody who granted nothing': { kind: 'beat', echo: false, grant: 0, counter: 0 },
  beat: { kind: 'beat', echo: false, grant: 3, counter: 300 },
  echo: { kind: 'beat', echo: true, grant: Number.MAX_SAFE_INTEGER, counter: Number.MAX_SAFE_INTEGER },
  'subscribe by a person': { kind: 'subscribe', byPerson: true, name: 'Ålice', visibility: 'named' },
  'subscribe by the peer itself': { kind: 'subscribe', byPerson: false, name: '', visibility: 'named' },
  'subscribe as a pseudonym': { kind: 'subscribe', byPerson: true, name: 'Owl', visibility: 'pseudonym' },
  'subscribe unlisted': { kind: 'subscribe', byPerson: true, name: 'Alice', visibility: 'unlisted' },
  grant: {
    kind: 'grant',
    number: 3,
    keys: [
      { key: counting(0), announcer: counting(64), beginsIn: 0, endsIn: 123_456 },
      { key: counting(32), announcer: counting(96), beginsIn: 123_456, endsIn: 723_456 },
    ],
    topic: TOPIC,
    document: documentOf(contacts),
    counter: 7,
  },
  'renew without a grant': { kind: 'renew', grant: 0, counter: 0 },
  renew: { kind: 'renew', grant: 3, counter: 7 },
  cancel: { kind: 'cancel' },
  'state pending subscribe': { kind: 'state', status: 'pending', event: 'subscribe' },
  'state active approved': { kind: 'state', status: 'active', event: 'approved' },
  'state waiting timeout': { kind: 'state', status: 'waiting', event: 'timeout' },
  'state waiting giveup': { kind: 'state', status: 'waiting', event: 'giveup' },
  'state terminated rejected': { kind: 'state', status: 'terminated', event: 'rejected' },
  'state terminated deactivated': { kind: 'state', status: 'terminated', event: 'deactivated' },
  'state terminated probation': { kind: 'state', status: 'terminated', event: 'probation' },
  'state terminated noresource': { kind: 'state', status: 'terminated', event: 'noresource' },
  'state pending not now': { kind: 'state', status: 'pending', event: 'not-now' },
  'state pending no service': { kind: 'state', status: 'pending', event: 'no-service' },
  'goodbye leaving': { kind: 'goodbye', why: 'leaving' },
  'goodbye sleeping, back in an hour': { kind: 'goodbye', why: 'sleeping', backIn: 3_600_000 },
  'goodbye other mesh': { kind: 'goodbye', why: 'other-mesh' },
  'goodbye other version': { kind: 'goodbye', why: 'other-version' },
  'goodbye rejected': { kind: 'goodbye', why: 'rejected' },
  'goodbye double': { kind: 'goodbye', why: 'double' },
  'goodbye no place': { kind: 'goodbye', why: 'no-place' },
}

const message: Values['signed letter'] & { kind: 'message' } = {
  kind: 'message',
  id: ID,
  to: `im:${bob.peerId}`,
  sentAt: NOON,
  contentType: 'text/plain',
  body: said('Are you there? 👋'),
  untilOpen: false,
}
const receipt: Values['signed letter'] & { kind: 'receipt' } = {
  kind: 'receipt',
  ids: [ID],
  inbox: `im:${alice.peerId}`,
  disposition: 'delivered',
  at: NOON + 12,
}
const reasons = [
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
] as const

const letters: Record<string, Values['message frame']> = {
  hello: { kind: 'hello', ...hello },
  'goodbye leaving': { kind: 'goodbye', why: 'leaving' },
  message,
  'message with everything': {
    ...message,
    to: `im:${bob.peerId}/work`,
    contentType: 'text/markdown',
    body: said('**Now**, please'),
    thread: 'lunch',
    replyTo: EARLIER_ID,
    expiresIn: 60_000,
    untilOpen: true,
    introduction: 'Alice',
  },
  'message that edits another': { ...message, amends: { by: 'edit', id: EARLIER_ID } },
  'message that deletes another': { ...message, amends: { by: 'delete', id: EARLIER_ID } },
  'message that is a reaction': { ...message, body: said('👍'), amends: { by: 'react', id: EARLIER_ID } },
  'message that takes a reaction back': { ...message, amends: { by: 'unreact', id: EARLIER_ID } },
  'message that expires as it leaves': { ...message, body: new Uint8Array(), expiresIn: 0 },
  'receipt delivered': receipt,
  'receipt for two': { ...receipt, ids: [EARLIER_ID, ID] },
  'receipt held': { ...receipt, disposition: 'held' },
  'receipt displayed': { ...receipt, disposition: 'displayed' },
  'receipt stored, of a proxy to come': { ...receipt, disposition: 'stored' },
  'receipt failed without a reason': { ...receipt, disposition: 'failed' },
  ...Object.fromEntries(
    reasons.map((reason) => [`receipt failed ${reason}`, { ...receipt, disposition: 'failed', reason }]),
  ),
  recall: { kind: 'recall', id: ID, inbox: `im:${bob.peerId}` },
  'recall answered kept': { kind: 'recall-answer', id: ID, inbox: `im:${bob.peerId}`, recalled: 'kept' },
  'recall answered recalled': {
    kind: 'recall-answer',
    id: ID,
    inbox: `im:${bob.peerId}`,
    recalled: 'recalled',
  },
  'recall answered rate limited': {
    kind: 'recall-answer',
    id: ID,
    inbox: `im:${bob.peerId}`,
    recalled: 'rate-limited',
  },
  'composing active': { kind: 'composing', state: 'active', refresh: 90, inbox: `im:${bob.peerId}` },
  'composing active, no refresh said': { kind: 'composing', state: 'active', inbox: `im:${bob.peerId}` },
  'composing idle': { kind: 'composing', state: 'idle', inbox: `im:${bob.peerId}` },
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

const reservedPresence: Record<string, Values['presence frame as protobuf']> = {
  'grant with a binding (reserved for caches)': {
    json: {
      grant: {
        number: '1',
        keys: [{ key: base64(counting(0)), announcer: base64(counting(64)), endsIn: '600000' }],
        topic: TOPIC,
        document: base64(documentOf(nearby)),
        counter: '7',
        binding: base64(counting(128, 64)),
      },
    },
    reads: {
      kind: 'grant',
      number: 1,
      keys: [{ key: counting(0), announcer: counting(64), beginsIn: 0, endsIn: 600_000 }],
      topic: TOPIC,
      document: documentOf(nearby),
      counter: 7,
    },
  },
}

const reservedMessages: Record<string, Values['message frame as protobuf']> = {
  // Named before it was spoken: the bytes are those of then.
  'composing (reserved)': {
    json: { envelope: { plain: { composing: { active: true, refresh: 90, inbox: `im:${bob.peerId}` } } } },
    reads: { kind: 'composing', state: 'active', refresh: 90, inbox: `im:${bob.peerId}` },
  },
  'sealed letter (reserved)': {
    json: { envelope: { sealed: { ephemeralKey: base64(counting(0)), content: base64(counting(1, 80)) } } },
    reads: { kind: 'unknown' },
  },
  'message that names its sender and came over three hops': {
    json: {
      envelope: {
        plain: {
          message: {
            id: base64(Buffer.from(ID.replaceAll('-', ''), 'hex')),
            to: `im:${bob.peerId}`,
            from: alice.peerId,
            sentAt: String(NOON),
            body: base64(said('hello')),
          },
        },
        hops: 3,
      },
    },
    reads: { ...message, body: said('hello') },
  },
}

const documents: Record<string, Rendition> = { nearby, contacts, cover, reachable }

const everything: Values['document as protobuf'] = {
  name: 'Bob',
  tuples: [
    {
      id: 'phone',
      status: {
        basic: 'BASIC_OPEN',
        activities: ['on-the-phone'],
        markup: [{ namespace: 'urn:example:s', content: base64(said('<s/>')), mustUnderstand: true }],
      },
      address: 'tel:+4312345',
      priority: 801,
      notes: [{ text: 'Nur kurz', lang: 'de-AT' }],
      changedAt: String(NOON - 60_000),
      markup: [{ namespace: 'urn:example:t', content: base64(said('<t/>')) }],
    },
  ],
  notes: [{ text: 'Hello', lang: 'en' }],
  epoch: '1700000000001',
  version: '8',
  publishedAt: String(NOON),
  until: String(NOON + 1),
  markup: [{ namespace: 'urn:example:p', content: base64(said('<p/>')) }],
}

const newsOf = (rendition: Rendition) => new Uint8Array(encodeNews(documentOf(rendition)))
const announcementOf = (plain: Uint8Array, counter: number): Values['announcement'] => ({
  plain,
  viewKey: counting(160),
  announcerSeed: counting(200),
  counter,
})
const announcements: Record<string, Values['announcement']> = {
  'announcement of 512 bytes': announcementOf(newsOf(nearby), 1),
  'announcement of 1024 bytes': announcementOf(newsOf(wordy(3)), 2),
  'announcement of 2048 bytes': announcementOf(newsOf(wordy(5)), 256),
  'announcement of 4096 bytes': announcementOf(newsOf(wordy(7)), Number.MAX_SAFE_INTEGER),
  'announcement that says only: changed': announcementOf(newsOf(wordy(11)), 3),
}

function vectorsOf<K extends Vector['kind']>(kind: K, values: Record<string, Values[K]>): Vector[] {
  return Object.entries(values).map(([name, value]) => ({ name, kind, value }) as unknown as Vector)
}

/** File name → vectors. */
export const vectors: Record<string, Vector[]> = {
  'presence-channel': [
    ...vectorsOf('presence frame', frames),
    ...vectorsOf('presence frame as protobuf', reservedPresence),
  ],
  fetch: [
    ...vectorsOf('fetch request', {
      'fetch by somebody named': { name: 'Alice', visibility: 'named' },
      'fetch under a pseudonym': { name: 'A', visibility: 'pseudonym' },
      'fetch by somebody unlisted, without a name': { name: '', visibility: 'unlisted' },
      'question for the watchers': { name: 'Alice', visibility: 'named', asked: 'watchers' },
    }),
    ...vectorsOf('fetch answer', {
      'answer with a document': { kind: 'document', document: documentOf(nearby) },
      'answer: pending': { kind: 'state', status: 'pending', event: 'subscribe' },
      'answer of a visitor': { kind: 'state', status: 'pending', event: 'not-now' },
      'answer: refused': { kind: 'state', status: 'terminated', event: 'rejected' },
      'answer without watchers': { kind: 'watchers', watchers: [] },
      'answer with watchers': {
        kind: 'watchers',
        watchers: [
          {
            peer: alice.peerId,
            name: 'Alice',
            via: 'subscribe',
            state: { status: 'active', event: 'approved' },
          },
          { name: 'Owl', via: 'subscribe', state: { status: 'terminated', event: 'timeout' } },
          { peer: bob.peerId, name: 'Bob', via: 'fetch' },
          { name: '', via: 'poll' },
        ],
      },
    }),
  ],
  'message-channel': [
    ...vectorsOf('message frame', letters),
    ...vectorsOf('signed letter', { 'signed message': message, 'signed receipt': receipt }),
    ...vectorsOf('message frame as protobuf', reservedMessages),
  ],
  documents: [
    ...vectorsOf(
      'document',
      Object.fromEntries(
        Object.entries(documents).map(([name, rendition]) => [`document ${name}`, { rendition, edition }]),
      ),
    ),
    ...vectorsOf('document as protobuf', { 'document with everything': everything }),
    ...vectorsOf('news', {
      'news of a document': { document: documentOf(nearby), reads: 'document' },
      'news of a document too large to announce': { document: documentOf(wordy(11)), reads: 'changed' },
    }),
  ],
  announcements: vectorsOf('announcement', announcements),
  streams: [
    ...vectorsOf('stream', {
      'frames of 1, 127, 128 and 300 bytes': [1, 127, 128, 300].map((length) => counting(1, length)),
    }),
    ...vectorsOf('mesh hash', { 'hash of the mesh nigh': 'nigh' }),
  ],
}
