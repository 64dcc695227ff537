/**
 * PRESENCE INFORMATION (RFC 2778) as it travels, and as people read it. The travelling form keeps fields it does
 * not know; the readable form is plain data for the Agent.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Presence, PresenceTuple } from '../agent.ts'
import {
  AnnouncedSchema,
  Basic,
  type PresenceInformation,
  PresenceInformationSchema,
  type Tuple,
} from './generated/presence_pb.ts'
import { atMost, malformed, open } from './opening.ts'
import {
  ACTIVITIES_LIMIT,
  ACTIVITY_LIMIT,
  ADDRESS_LIMIT,
  ANNOUNCED_DOCUMENT_LIMIT,
  ANNOUNCED_TUPLES_LIMIT,
  DOCUMENT_LIMIT,
  MARKUP_LIMIT,
  NAME_LIMIT,
  NOTE_LIMIT,
  TUPLES_LIMIT,
} from './protocol.ts'

export type { PresenceInformation } from './generated/presence_pb.ts'

/** What a rendition says, before it is numbered. */
export interface Rendition {
  name: string
  note?: string
  /** Wall ms. */
  until?: number
  tuples: PresenceTuple[]
}

/** Where in the view's life a document stands. */
export interface Edition {
  epoch: number
  /** The view's counter. */
  version: number
  /** Wall ms, a claim. */
  publishedAt: number
}

/** Encodes a rendition as a numbered document. */
export function encodeDocument(rendition: Rendition, edition: Edition): Uint8Array {
  return toBinary(
    PresenceInformationSchema,
    create(PresenceInformationSchema, {
      name: rendition.name,
      notes: rendition.note === undefined ? [] : [{ text: rendition.note }],
      tuples: rendition.tuples.map(travelling),
      epoch: BigInt(edition.epoch),
      version: BigInt(edition.version),
      publishedAt: BigInt(Math.max(0, Math.round(edition.publishedAt))),
      until: BigInt(Math.max(0, Math.round(rendition.until ?? 0))),
    }),
  )
}

/** Opens a document of at most DOCUMENT_LIMIT bytes and TUPLES_LIMIT tuples; throws `malformed-frame`. */
export function openDocument(bytes: Uint8Array): PresenceInformation {
  return checked(open(PresenceInformationSchema, bytes, DOCUMENT_LIMIT))
}

/** Re-encodes what was opened, unknown fields included. */
export function reencodeDocument(document: PresenceInformation): Uint8Array {
  return toBinary(PresenceInformationSchema, document)
}

/** What an announcement says inside its seal: the document, or only that it changed when it is too large to announce. */
export function encodeNews(document: Uint8Array): Uint8Array {
  const opened = fromBinary(PresenceInformationSchema, document)
  const fits = document.length <= ANNOUNCED_DOCUMENT_LIMIT && opened.tuples.length <= ANNOUNCED_TUPLES_LIMIT
  return toBinary(
    AnnouncedSchema,
    create(AnnouncedSchema, {
      news: fits ? { case: 'document', value: opened } : { case: 'changed', value: {} },
    }),
  )
}

/** The document in an announcement's plain text, or `changed`; throws `malformed-frame`. */
export function openNews(plain: Uint8Array): PresenceInformation | 'changed' {
  const { news } = open(AnnouncedSchema, plain, DOCUMENT_LIMIT)
  return news.case === 'document' ? checked(news.value) : 'changed'
}

/** The document as people read it. A tuple whose basic value is unknown to us has none. */
export function readable(document: PresenceInformation): Presence {
  const note = document.notes[0]?.text
  return {
    name: document.name,
    ...(note === undefined ? {} : { note }),
    ...(document.until === 0n || document.until > LAST_DATE
      ? {}
      : { until: new Date(Number(document.until)).toISOString() }),
    tuples: document.tuples.map(readableTuple),
  }
}

/** The last instant a JavaScript date can say. */
const LAST_DATE = 8_640_000_000_000_000n

function travelling(tuple: PresenceTuple) {
  const { basic, activities, note } = tuple.status
  return {
    id: tuple.id,
    status: {
      basic: basic === 'open' ? Basic.OPEN : basic === 'closed' ? Basic.CLOSED : Basic.UNSPECIFIED,
      activities: activities ?? [],
    },
    address: tuple.address ?? '',
    notes: note === undefined ? [] : [{ text: note }],
    markup: (tuple.markup ?? []).map(({ namespace, content }) => ({
      namespace,
      content: new TextEncoder().encode(content),
    })),
  }
}

function readableTuple(tuple: Tuple): PresenceTuple {
  const basic = tuple.status?.basic
  const activities = tuple.status?.activities ?? []
  const note = tuple.notes[0]?.text
  return {
    id: tuple.id,
    status: {
      ...(basic === Basic.OPEN ? { basic: 'open' } : basic === Basic.CLOSED ? { basic: 'closed' } : {}),
      ...(activities.length === 0 ? {} : { activities: [...activities] }),
      ...(note === undefined ? {} : { note }),
    },
    ...(tuple.address === '' ? {} : { address: tuple.address }),
    ...(tuple.markup.length === 0
      ? {}
      : {
          markup: tuple.markup.map(({ namespace, content }) => ({
            namespace,
            content: new TextDecoder().decode(content),
          })),
        }),
  }
}

function checked(document: PresenceInformation): PresenceInformation {
  if (document.tuples.length > TUPLES_LIMIT)
    throw malformed(`${document.tuples.length} tuples, at most ${TUPLES_LIMIT} allowed`)
  atMost(document.name, NAME_LIMIT * 4, 'name') // the limit is in graphemes; this bounds the bytes
  for (const note of document.notes) atMost(note.text, NOTE_LIMIT, 'note')
  if (document.notes.length > MARKUP_LIMIT || document.markup.length > MARKUP_LIMIT)
    throw malformed('too many notes or markup elements')
  for (const tuple of document.tuples) checkTuple(tuple)
  return document
}

function checkTuple(tuple: Tuple): void {
  atMost(tuple.id, NAME_LIMIT, 'tuple id')
  atMost(tuple.address, ADDRESS_LIMIT, 'address')
  const activities = tuple.status?.activities ?? []
  if (activities.length > ACTIVITIES_LIMIT) throw malformed(`${activities.length} activities`)
  for (const activity of activities) atMost(activity, ACTIVITY_LIMIT, 'activity')
  for (const note of tuple.notes) atMost(note.text, NOTE_LIMIT, 'note')
  if (tuple.notes.length > MARKUP_LIMIT || tuple.markup.length > MARKUP_LIMIT)
    throw malformed('too many notes or markup elements in a tuple')
}
