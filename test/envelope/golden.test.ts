/** The wire as it was written down: peers in the field speak these very bytes (fault M10 for the signed form). */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import { describe, expect, test } from 'vitest'
import {
  FetchAnswerSchema,
  FetchRequestSchema,
  file_channel,
  MessageFrameSchema,
  PresenceFrameSchema,
} from '../../src/envelope/generated/channel_pb.ts'
import { file_message } from '../../src/envelope/generated/message_pb.ts'
import {
  AnnouncedSchema,
  file_presence,
  PresenceInformationSchema,
} from '../../src/envelope/generated/presence_pb.ts'
import { OLDEST_VERSION, SIZE_CLASSES, VERSION } from '../../src/envelope/protocol.ts'
import { vectors } from './vectors.ts'
import {
  encode,
  fromPlainJson,
  type GoldenEntry,
  goldenFolder,
  hexOf,
  open,
  toPlainJson,
  type Vector,
} from './wire.ts'

const WIRE_CHANGED =
  'The wire changed. Peers in the field speak the bytes that are written down, so this needs a new VERSION in ' +
  'protocol.ts, a line in PROTOCOL.md 8, and a migration or a test that both versions understand each other; ' +
  'never just a new golden file'

interface Golden {
  entry: GoldenEntry
  vector: Vector
  bytes: Uint8Array
}

function golden(version: number): Golden[] {
  const folder = goldenFolder(version)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((file) => {
    const entries = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenEntry[]
    return entries.map((entry) => ({
      entry,
      vector: { ...entry, value: fromPlainJson(entry.value) } as Vector,
      bytes: new Uint8Array(Buffer.from(entry.hex, 'hex')),
    }))
  })
}

const versions = Array.from({ length: VERSION - OLDEST_VERSION + 1 }, (_, index) => OLDEST_VERSION + index)

describe.each(versions)('Wire version %i', (version) => {
  const rows = golden(version).map((row) => ({ ...row, title: `${row.entry.kind}: ${row.entry.name}` }))

  test('is written down', () => {
    expect(rows.length, 'Run node scripts/golden-wire.ts once for a new version').toBeGreaterThan(0)
  })

  test.each(rows)('$title is read as it was meant', ({ vector, bytes }) => {
    expect(open(vector, bytes), WIRE_CHANGED).toEqual(vector.value)
  })

  test.each(rows)('$title is encoded to the same bytes', ({ vector, entry }) => {
    // An older version is read for as long as OLDEST_VERSION says so; only the newest is spoken.
    if (version === VERSION) expect(hexOf(encode(vector)), WIRE_CHANGED).toBe(entry.hex)
  })
})

test('Each vector has its bytes, and the bytes on file are those of a vector', () => {
  const named = ({ kind, name, value }: { kind: string; name: string; value: unknown }) => ({
    [`${kind}: ${name}`]: value,
  })
  const onFile = Object.assign({}, ...golden(VERSION).map(({ entry }) => named(entry)))
  const known = Object.assign(
    {},
    ...Object.values(vectors)
      .flat()
      .map((vector) => named({ ...vector, value: toPlainJson(vector.value) })),
  )
  expect(Object.keys(onFile), 'For vectors that are new: node scripts/golden-wire.ts').toEqual(
    expect.arrayContaining(Object.keys(known)),
  )
  expect(onFile, WIRE_CHANGED).toEqual(known)
})

test('Every field and every number of the formats is in a vector', () => {
  const met = new Set<string>()
  const roots: Partial<Record<Vector['kind'], DescMessage>> = {
    'presence frame': PresenceFrameSchema,
    'presence frame as protobuf': PresenceFrameSchema,
    'fetch request': FetchRequestSchema,
    'fetch answer': FetchAnswerSchema,
    'message frame': MessageFrameSchema,
    'message frame as protobuf': MessageFrameSchema,
    'signed letter': MessageFrameSchema,
    document: PresenceInformationSchema,
    'document as protobuf': PresenceInformationSchema,
    news: AnnouncedSchema,
  }
  for (const { vector, bytes } of golden(VERSION)) {
    const root = roots[vector.kind]
    if (root !== undefined) meet(root, fromBinary(root, bytes), met)
  }
  const wanted = [file_channel, file_message, file_presence].flatMap((file) =>
    file.messages.flatMap(everything),
  )
  expect(wanted.length).toBeGreaterThan(100)
  expect(wanted.filter((one) => !met.has(one))).toEqual([])
})

test('There is an announcement of each size class', () => {
  const lengths = golden(VERSION)
    .filter(({ vector }) => vector.kind === 'announcement')
    .map(({ bytes }) => bytes.length)
  expect([...new Set(lengths)].sort((one, other) => one - other)).toEqual([...SIZE_CLASSES])
})

test('A wire that changed is noticed: another number in a frame is other bytes, and other bytes are another frame', () => {
  const beat = golden(VERSION).find(({ entry }) => entry.name === 'beat')
  if (beat?.vector.kind !== 'presence frame' || beat.vector.value.kind !== 'beat') throw new Error('no beat')
  const other = { ...beat.vector, value: { ...beat.vector.value, counter: beat.vector.value.counter + 1 } }
  expect(hexOf(encode(other))).not.toBe(beat.entry.hex)
  expect(open(beat.vector, encode(other))).not.toEqual(beat.vector.value)
})

/** Notes every field that is set below `message`, and every enum number. */
function meet(desc: DescMessage, message: Message, met: Set<string>): void {
  const reflected = reflect(desc, message)
  for (const field of desc.fields) {
    if (!reflected.isSet(field)) continue
    met.add(`${desc.name}.${field.name}`)
    if (field.fieldKind === 'enum') met.add(`${field.enum.typeName} ${String(reflected.get(field))}`)
    if (field.fieldKind === 'message') meet(field.message, reflected.get(field).message, met)
    if (field.fieldKind === 'list' && field.listKind === 'message')
      for (const item of reflected.get(field)) meet(field.message, (item as typeof reflected).message, met)
  }
}

/** Fields of a message and of those inside it, and the numbers of its enums; zero is "not said" and never on the wire. */
function everything(desc: DescMessage): string[] {
  return [
    ...desc.fields.map((field) => `${desc.name}.${field.name}`),
    ...desc.fields.flatMap((field) =>
      field.fieldKind === 'enum'
        ? field.enum.values
            .filter(({ number }) => number !== 0)
            .map(({ number }) => `${field.enum.typeName} ${number}`)
        : [],
    ),
    ...desc.nestedMessages.flatMap(everything),
  ]
}
