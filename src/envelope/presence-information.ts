/**
 * PRESENCE INFORMATION (RFC 2778) as it travels, and as people read it. The travelling form keeps fields it does
 * not know; the readable form is plain data for the Agent.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Markup, Notes, Presence, PresenceTuple, UserInput } from '../agent.ts'
import {
  AnnouncedSchema,
  Basic,
  InputState,
  type PresenceInformation,
  PresenceInformationSchema,
  type Tuple,
  type Markup as WireMarkup,
  type Note as WireNote,
  type UserInput as WireUserInput,
} from './generated/presence_pb.ts'
import { atMost, malformed, open } from './opening.ts'
import {
  ACTIVITIES_LIMIT,
  ACTIVITY_LIMIT,
  ADDRESS_LIMIT,
  ANNOUNCED_DOCUMENT_LIMIT,
  ANNOUNCED_TUPLES_LIMIT,
  DOCUMENT_LIMIT,
  LANGUAGE_LIMIT,
  MARKUP_CONTENT_LIMIT,
  MARKUP_LIMIT,
  NAME_LIMIT,
  NOTE_LIMIT,
  TUPLES_LIMIT,
} from './protocol.ts'

export type { PresenceInformation } from './generated/presence_pb.ts'

/** What a rendition says, before it is numbered. */
export interface Rendition extends Omit<Presence, 'until'> {
  /** Wall ms. */
  until?: number
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
      notes: travellingNotes(rendition.note, rendition.notes),
      tuples: rendition.tuples.map(travelling),
      epoch: BigInt(edition.epoch),
      version: BigInt(edition.version),
      publishedAt: BigInt(Math.max(0, Math.round(edition.publishedAt))),
      until: wallMs(rendition.until),
      markup: (rendition.markup ?? []).map(travellingMarkup),
      ...travellingInput(rendition.userInput),
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

/**
 * The document as people read it. A tuple whose basic value is unknown to us has none; one that holds markup which
 * must be understood is passed over, because no namespace is known here (RFC 3863).
 */
export function readable(document: PresenceInformation): Presence {
  return {
    name: document.name,
    ...readableNotes(document.notes),
    ...readableUntil(document.until),
    ...readableInput(document.userInput),
    tuples: document.tuples.filter(isUnderstood).map(readableTuple),
    ...readableMarkup(document.markup),
  }
}

/** The last instant a JavaScript date can say. */
const LAST_DATE = 8_640_000_000_000_000n
/** What RFC 5646 calls a tag, by its shape. */
const LANGUAGE = /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/
/** RFC 3863: 0 to 1 in thousandths; one is added, so that 0 can say nothing. */
const PRIORITY_MOST = 1001

/** Whether `tag` may name the language of a note. */
export function isLanguage(tag: string): boolean {
  return tag.length <= LANGUAGE_LIMIT && LANGUAGE.test(tag)
}

function travelling(tuple: PresenceTuple) {
  const { basic, activities, note, userInput, markup } = tuple.status
  return {
    id: tuple.id,
    status: {
      basic: basic === 'open' ? Basic.OPEN : basic === 'closed' ? Basic.CLOSED : Basic.UNSPECIFIED,
      activities: activities ?? [],
      markup: (markup ?? []).map(travellingMarkup),
      ...travellingInput(userInput),
    },
    address: tuple.address ?? '',
    priority: tuple.priority === undefined ? 0 : Math.round(tuple.priority * 1000) + 1,
    notes: travellingNotes(note, tuple.notes),
    markup: (tuple.markup ?? []).map(travellingMarkup),
    until: wallMs(tuple.until === undefined ? undefined : Date.parse(tuple.until)),
  }
}

/** The one without a language first: it is what everybody else is shown. */
function travellingNotes(note: string | undefined, notes: Notes = {}) {
  return [
    ...(note === undefined ? [] : [{ text: note }]),
    ...Object.entries(notes).map(([lang, text]) => ({ lang, text })),
  ]
}

function travellingMarkup({ namespace, content, mustUnderstand = false }: Markup) {
  return { namespace, content: new TextEncoder().encode(content), mustUnderstand }
}

function travellingInput(input: UserInput | undefined) {
  if (input === undefined) return {}
  return {
    userInput: {
      state: input.state === 'idle' ? InputState.IDLE : InputState.ACTIVE,
      lastInput: wallMs(input.since === undefined ? undefined : Date.parse(input.since)),
      idleThreshold: input.thresholdSeconds ?? 0,
    },
  }
}

function wallMs(ms = 0): bigint {
  return BigInt(Math.max(0, Math.round(ms)))
}

function readableTuple(tuple: Tuple): PresenceTuple {
  const { status } = tuple
  const basic = status?.basic
  const activities = status?.activities ?? []
  const { note, notes } = readableNotes(tuple.notes)
  const saysPriority = tuple.priority >= 1 && tuple.priority <= PRIORITY_MOST
  return {
    id: tuple.id,
    status: {
      ...(basic === Basic.OPEN ? { basic: 'open' } : basic === Basic.CLOSED ? { basic: 'closed' } : {}),
      ...(activities.length === 0 ? {} : { activities: [...activities] }),
      ...(note === undefined ? {} : { note }),
      ...readableInput(status?.userInput),
      ...readableMarkup(status?.markup ?? []),
    },
    ...(tuple.address === '' ? {} : { address: tuple.address }),
    ...(saysPriority ? { priority: (tuple.priority - 1) / 1000 } : {}),
    ...(notes === undefined ? {} : { notes }),
    ...readableUntil(tuple.until),
    ...readableMarkup(tuple.markup),
  }
}

/** Two notes in one language: the first is shown. */
function readableNotes(notes: readonly WireNote[]): { note?: string; notes?: Notes } {
  const [first] = notes
  const named: Notes = {}
  for (const { lang, text } of notes) if (isLanguage(lang) && !Object.hasOwn(named, lang)) named[lang] = text
  return {
    ...(first === undefined ? {} : { note: first.text }),
    ...(Object.keys(named).length === 0 ? {} : { notes: named }),
  }
}

function readableMarkup(markup: readonly WireMarkup[]): { markup?: Markup[] } {
  if (markup.length === 0) return {}
  return {
    markup: markup.map(({ namespace, content, mustUnderstand }) => ({
      namespace,
      content: new TextDecoder('utf-8', { ignoreBOM: true }).decode(content),
      ...(mustUnderstand ? { mustUnderstand } : {}),
    })),
  }
}

function readableInput(input: WireUserInput | undefined): { userInput?: UserInput } {
  const state =
    input?.state === InputState.IDLE ? 'idle' : input?.state === InputState.ACTIVE ? 'active' : undefined
  if (input === undefined || state === undefined) return {}
  const { until: since } = readableUntil(input.lastInput)
  return {
    userInput: {
      state,
      ...(since === undefined ? {} : { since }),
      ...(input.idleThreshold === 0 ? {} : { thresholdSeconds: input.idleThreshold }),
    },
  }
}

function readableUntil(ms: bigint): { until?: string } {
  return ms === 0n || ms > LAST_DATE ? {} : { until: new Date(Number(ms)).toISOString() }
}

function isUnderstood({ status, markup }: Tuple): boolean {
  return ![...(status?.markup ?? []), ...markup].some(({ mustUnderstand }) => mustUnderstand)
}

function checked(document: PresenceInformation): PresenceInformation {
  if (document.tuples.length > TUPLES_LIMIT)
    throw malformed(`${document.tuples.length} tuples, at most ${TUPLES_LIMIT} allowed`)
  atMost(document.name, NAME_LIMIT * 4, 'name') // the limit is in graphemes; this bounds the bytes
  checkNotes(document.notes)
  checkMarkup(document.markup)
  for (const tuple of document.tuples) checkTuple(tuple)
  return document
}

function checkTuple(tuple: Tuple): void {
  atMost(tuple.id, NAME_LIMIT, 'tuple id')
  atMost(tuple.address, ADDRESS_LIMIT, 'address')
  const activities = tuple.status?.activities ?? []
  if (activities.length > ACTIVITIES_LIMIT) throw malformed(`${activities.length} activities`)
  for (const activity of activities) atMost(activity, ACTIVITY_LIMIT, 'activity')
  checkNotes(tuple.notes)
  checkMarkup(tuple.markup)
  checkMarkup(tuple.status?.markup ?? [])
}

function checkNotes(notes: readonly WireNote[]): void {
  if (notes.length > MARKUP_LIMIT) throw malformed(`${notes.length} notes`)
  for (const { text, lang } of notes) {
    atMost(text, NOTE_LIMIT, 'note')
    atMost(lang, LANGUAGE_LIMIT, 'language')
  }
}

function checkMarkup(markup: readonly WireMarkup[]): void {
  if (markup.length > MARKUP_LIMIT) throw malformed(`${markup.length} elements of markup`)
  for (const { namespace, content } of markup) {
    atMost(namespace, ADDRESS_LIMIT, 'namespace')
    if (content.length > MARKUP_CONTENT_LIMIT) throw malformed(`markup of ${content.length} bytes`)
  }
}
