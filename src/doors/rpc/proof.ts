/**
 * What both sides of the door prove before anything is said: that they can read the secret in the home. A folder
 * of mode 0700 protects a socket on Unix; named pipes and ports have no such folder, so the proof is the same
 * everywhere. Each side signs both nonces under its own words, so a proof can be neither replayed nor sent back.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Bytes of the secret in the home. */
export const SECRET_BYTES = 32
/** Bytes of each side's nonce: as many as the hash, so that none repeats. */
export const NONCE_BYTES = 32

export type Side = 'server' | 'client'

/** HMAC-SHA-256 under the home's secret over `nigh-door-1 <side>`, the client's nonce and the server's nonce. */
export function proofOf(
  secret: Uint8Array,
  side: Side,
  nonces: { client: Uint8Array; server: Uint8Array },
): Buffer {
  return createHmac('sha256', secret)
    .update(`nigh-door-1 ${side}`)
    .update(nonces.client)
    .update(nonces.server)
    .digest()
}

/** Compares in constant time, so that a guess learns nothing from how long it took. */
export function isProof(given: unknown, expected: Buffer): boolean {
  const bytes = bytesOfHex(given, expected.length)
  return bytes !== undefined && timingSafeEqual(bytes, expected)
}

/** The bytes behind lower-case hex of exactly `length` bytes, or nothing. */
export function bytesOfHex(text: unknown, length: number): Buffer | undefined {
  if (typeof text !== 'string' || text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) return undefined
  return Buffer.from(text, 'hex')
}
