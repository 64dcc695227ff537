/**
 * How each kind of golden vector is made from its plain value, and what is read from its bytes: the one way from
 * here to there that the golden test and scripts/golden-wire.ts share.
 */
import { createHash } from 'node:crypto'
import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf'
import {
  isSignedAnnouncement,
  openAnnouncement,
  readAnnouncement,
  sealAnnouncement,
} from '../../src/envelope/announcement.ts'
import {
  encodeFetchAnswer,
  encodeFetchRequest,
  type FetchAnswer,
  type FetchRequest,
  openFetchAnswer,
  openFetchRequest,
} from '../../src/envelope/fetch-frame.ts'
import { MessageFrameSchema, PresenceFrameSchema } from '../../src/envelope/generated/channel_pb.ts'
import { PresenceInformationSchema } from '../../src/envelope/generated/presence_pb.ts'
import {
  encodeMessageFrame,
  encodeSignedFrame,
  type MessageFrame,
  openMessageFrame,
} from '../../src/envelope/message-frame.ts'
import {
  encodePresenceFrame,
  openPresenceFrame,
  type PresenceFrame,
} from '../../src/envelope/presence-frame.ts'
import {
  type Edition,
  encodeDocument,
  encodeNews,
  openDocument,
  openNews,
  type Rendition,
  readable,
  reencodeDocument,
} from '../../src/envelope/presence-information.ts'
import { DOMAIN_MESH, VERSION } from '../../src/envelope/protocol.ts'
import { announcerFrom } from '../../src/envelope/seal.ts'
import { framed, frameReader } from '../../src/mesh/frames.ts'
import { meshHash } from '../../src/principal/mesh-name.ts'
import type { Principal } from '../../src/principal/principal.ts'
import { person } from '../principal/people.ts'

/** Every frame of the message channel in the vectors was spoken by Alice. */
export const alice: Principal = await person('alice')
export const bob: Principal = await person('bob')

export type Known<Frame extends { kind: string }> = Exclude<Frame, { kind: 'unknown' }>
export type SignedLetter = Exclude<Known<MessageFrame>, { kind: 'hello' | 'goodbye' }>

/** What the plain value of each kind of vector is. */
export interface Values {
  'presence frame': Known<PresenceFrame>
  'message frame': Known<MessageFrame>
  /** Signed by Alice, whose seed is the five letters of her name, filled up with zeros. */
  'signed letter': SignedLetter
  /** A frame that today's encoder does not make, as Protobuf's JSON, and how today's opener reads it. */
  'presence frame as protobuf': { json: JsonValue; reads: PresenceFrame }
  'message frame as protobuf': { json: JsonValue; reads: MessageFrame }
  'fetch request': FetchRequest
  'fetch answer': Known<FetchAnswer>
  document: { rendition: Rendition; edition: Edition }
  'document as protobuf': JsonValue
  /** The plain text of an announcement about `document`. */
  news: { document: Uint8Array; reads: 'document' | 'changed' }
  announcement: { plain: Uint8Array; viewKey: Uint8Array; announcerSeed: Uint8Array; counter: number }
  /** Frames, and the bytes of the stream that carries them. */
  stream: Uint8Array[]
  'mesh hash': string
}

export type Kind = keyof Values
export type Vector = { [K in Kind]: { name: string; kind: K; value: Values[K] } }[Kind]
/** A vector as it is written down, its value still JSON. */
export interface GoldenEntry {
  name: string
  kind: Kind
  value: unknown
  hex: string
}

interface Craft<Value> {
  encode(value: Value): Uint8Array
  /** Reads the bytes; resolves to something equal to `value` if they mean the same. */
  open(bytes: Uint8Array, value: Value): unknown
}

const crafts: { [K in Kind]: Craft<Values[K]> } = {
  'presence frame': { encode: encodePresenceFrame, open: openPresenceFrame },
  'message frame': { encode: encodeMessageFrame, open: (bytes) => openMessageFrame(bytes, alice.peerId) },
  'signed letter': {
    encode: (letter) => encodeSignedFrame(letter, alice),
    open: (bytes) => openMessageFrame(bytes, alice.peerId),
  },
  'presence frame as protobuf': {
    encode: ({ json }) => toBinary(PresenceFrameSchema, fromJson(PresenceFrameSchema, json)),
    open: (bytes) => ({
      json: toJson(PresenceFrameSchema, fromBinary(PresenceFrameSchema, bytes)),
      reads: openPresenceFrame(bytes),
    }),
  },
  'message frame as protobuf': {
    encode: ({ json }) => toBinary(MessageFrameSchema, fromJson(MessageFrameSchema, json)),
    open: (bytes) => ({
      json: toJson(MessageFrameSchema, fromBinary(MessageFrameSchema, bytes)),
      reads: openMessageFrame(bytes, alice.peerId),
    }),
  },
  'fetch request': { encode: encodeFetchRequest, open: openFetchRequest },
  'fetch answer': { encode: encodeFetchAnswer, open: openFetchAnswer },
  document: {
    encode: ({ rendition, edition }) => encodeDocument(rendition, edition),
    open: (bytes) => {
      const document = openDocument(bytes)
      const { until, ...rest } = readable(document)
      return {
        rendition: { ...rest, ...(until === undefined ? {} : { until: Date.parse(until) }) },
        edition: {
          epoch: Number(document.epoch),
          version: Number(document.version),
          publishedAt: Number(document.publishedAt),
        },
      }
    },
  },
  'document as protobuf': {
    encode: (json) => toBinary(PresenceInformationSchema, fromJson(PresenceInformationSchema, json)),
    open: (bytes) => toJson(PresenceInformationSchema, openDocument(bytes)),
  },
  news: {
    encode: ({ document }) => encodeNews(document),
    open: (bytes, { document }) => {
      const news = openNews(bytes)
      return news === 'changed'
        ? { document, reads: news }
        : { document: new Uint8Array(reencodeDocument(news)), reads: 'document' }
    },
  },
  announcement: {
    encode: ({ plain, viewKey, announcerSeed, counter }) =>
      sealAnnouncement({ plain, key: viewKey, announcer: announcerFrom(announcerSeed), counter }),
    open: (bytes, { viewKey, announcerSeed }) => {
      const header = readAnnouncement(bytes)
      const plain = openAnnouncement(bytes, viewKey)
      if (header === undefined || plain === undefined || !isSignedAnnouncement(bytes, header))
        return undefined
      const mine = Buffer.from(announcerFrom(announcerSeed).publicKey).toString('hex') === header.announcer
      return mine && { plain: new Uint8Array(plain), viewKey, announcerSeed, counter: header.counter }
    },
  },
  stream: {
    encode: framed,
    open: (bytes) => [...frameReader().read(bytes)].map((frame) => new Uint8Array(frame)),
  },
  'mesh hash': {
    encode: (name) => Buffer.from(meshHash(name), 'hex'),
    open: (bytes, name) => {
      const hash = createHash('sha256').update(DOMAIN_MESH).update(name).digest()
      return hash.subarray(0, bytes.length).equals(bytes) && name
    },
  },
}

export function encode(vector: Vector): Uint8Array {
  return (crafts[vector.kind] as Craft<unknown>).encode(vector.value)
}

export function open(vector: Vector, bytes: Uint8Array): unknown {
  return (crafts[vector.kind] as Craft<unknown>).open(bytes, vector.value)
}

/** Where the vectors of a wire version lie. */
export function goldenFolder(version = VERSION): URL {
  return new URL(`../golden/wire-v${version}/`, import.meta.url)
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Plain values as JSON: bytes are `{"hex": "…"}`. */
export function toPlainJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: hexOf(value) }
  if (Array.isArray(value)) return value.map(toPlainJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toPlainJson(one)]))
}

export function fromPlainJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlainJson)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [only] = entries
  if (entries.length === 1 && only?.[0] === 'hex') return new Uint8Array(Buffer.from(String(only[1]), 'hex'))
  return Object.fromEntries(entries.map(([name, one]) => [name, fromPlainJson(one)]))
}
