/**
 * What somebody on the carrier could write down, and a search through it for anything that names a person, a place or
 * what was said: whole and in every window of eight bytes, in each form in which a program might have put it.
 */
import { createHash } from 'node:crypto'
import type { Mesh } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'

export interface Recording {
  /** Every announcement that left somebody, as it left. */
  readonly published: { by: PeerId; bytes: Uint8Array }[]
  /** Everything that crossed the carrier: announcements on each hop, and the topics joined. */
  readonly bytes: Uint8Array[]
  /** The first copy of an announcement at each peer, and the neighbour who brought it. */
  readonly firstCopies: { at: PeerId; from: PeerId; bytes: Uint8Array }[]
  /** Stands between a peer and its mesh. */
  tap(mesh: Mesh): Mesh
}

export function recording(): Recording {
  const published: Recording['published'] = []
  const bytes: Uint8Array[] = []
  const firstCopies: Recording['firstCopies'] = []
  return {
    published,
    bytes,
    firstCopies,
    tap: (mesh) => ({
      ...mesh,
      carrier: {
        ...mesh.carrier,
        join(topic, judge) {
          bytes.push(Buffer.from(topic))
          mesh.carrier.join(topic, (announcement, neighbour) => {
            const copy = announcement.slice()
            bytes.push(copy)
            firstCopies.push({ at: mesh.self, from: neighbour, bytes: copy })
            return judge(announcement, neighbour)
          })
        },
        publish(announcement) {
          const copy = announcement.slice()
          bytes.push(copy)
          published.push({ by: mesh.self, bytes: copy })
          return mesh.carrier.publish(announcement)
        },
      },
    }),
  }
}

/** Something that must not be found, and what it is called when it is. */
export interface Secret {
  name: string
  bytes: Uint8Array
}

export const secretText = (name: string, text: string): Secret => ({ name, bytes: Buffer.from(text) })

/** Shorter pieces occur by chance: in a megabyte of noise an eight-byte window does so once in 10^13 searches. */
const WINDOW = 8

/** Names of the secrets that occur in `recorded`, in any form, by any window. */
export function found(recorded: readonly Uint8Array[], secrets: readonly Secret[]): string[] {
  /** Window → whose. Forms shorter than a window are looked for whole. */
  const wanted = new Map<number, Map<string, string>>()
  for (const { name, bytes } of secrets)
    for (const form of formsOf(bytes)) {
      const size = Math.min(WINDOW, form.length)
      const windows = wanted.get(size) ?? new Map<string, string>()
      wanted.set(size, windows)
      for (let at = 0; at + size <= form.length; at += 1) windows.set(form.slice(at, at + size), name)
    }
  const hits = new Set<string>()
  for (const chunk of distinct(recorded))
    for (const [size, windows] of wanted)
      for (let at = 0; at + size <= chunk.length; at += 1) {
        const name = windows.get(chunk.slice(at, at + size))
        if (name !== undefined) hits.add(name)
      }
  return [...hits].sort()
}

function distinct(recorded: readonly Uint8Array[]): Set<string> {
  return new Set(recorded.map((bytes) => Buffer.from(bytes).toString('latin1')))
}

/** As latin1, one character per byte. */
function formsOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret)
  const digest = createHash('sha256').update(bytes).digest()
  return [bytes, digest].flatMap((raw) => [raw.toString('latin1'), ...textFormsOf(raw)])
}

function textFormsOf(raw: Buffer): string[] {
  const hex = raw.toString('hex')
  // Base64 looks different at each of three places in a longer text; the characters at the seams depend on what is beside.
  const base64 = [0, 1, 2].map((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), raw])
      .toString('base64')
      .replace(/=+$/, '')
    return shifted.slice(before === 0 ? 0 : before + 1, -1)
  })
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [hex, hex.toUpperCase(), base58(raw), ...base64, ...base64url]
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function base58(raw: Buffer): string {
  let rest = BigInt(`0x${raw.toString('hex')}`)
  let text = ''
  for (; rest > 0n; rest /= 58n) text = ALPHABET[Number(rest % 58n)] + text
  return text
}
