/**
 * The safety words of somebody's key, in a page: as principal/verification.ts says them, with the cryptography that
 * pages have. A test holds the two together.
 */
import type { PeerId } from '../../../principal/ids.ts'
import { SAFETY_WORDS } from '../../../principal/safety-words.ts'

const DOMAIN = 'nigh safety words 1'
const WORDS = 12
/** An Ed25519 key in a peer id: identity multihash of a protobuf of its type and its 32 bytes. */
const PREFIX = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]
const KEY_BYTES = 32

/** Rejects where `peer` is no key. */
export async function safetyWordsOf(peer: PeerId): Promise<string> {
  const bytes = fromBase58(peer)
  if (bytes.length !== PREFIX.length + KEY_BYTES || !PREFIX.every((byte, at) => bytes[at] === byte))
    throw new Error('no key')
  const domain = new TextEncoder().encode(DOMAIN)
  const hashed = new Uint8Array(domain.length + KEY_BYTES)
  hashed.set(domain)
  hashed.set(bytes.subarray(PREFIX.length), domain.length)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', hashed))
  return Array.from(hash.subarray(0, WORDS), (byte) => SAFETY_WORDS[byte]).join(' ')
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function fromBase58(text: string): Uint8Array {
  let value = 0n
  for (const char of text) {
    const digit = ALPHABET.indexOf(char)
    if (digit < 0) throw new Error('no base58')
    value = value * 58n + BigInt(digit)
  }
  const hex = value.toString(16)
  const digits = hex.length % 2 === 0 ? hex : `0${hex}`
  const body = Array.from({ length: value === 0n ? 0 : digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  )
  const zeros = /^1*/.exec(text)?.[0].length ?? 0
  return Uint8Array.from([...Array<number>(zeros).fill(0), ...body])
}
