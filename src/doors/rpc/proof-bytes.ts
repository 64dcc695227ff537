/** What a proof at a door is made of, in bytes and in hex; for Node and for pages. */

/** Bytes of the secret in the home. */
export const SECRET_BYTES = 32
/** Bytes of each side's nonce: as many as the hash, so that none repeats. */
export const NONCE_BYTES = 32

export type Side = 'server' | 'client'

export interface Prover {
  /** HMAC-SHA-256 under a secret over `nigh-door-1 <side>`, the client's nonce and the server's nonce. */
  (side: Side, nonces: { client: Uint8Array; server: Uint8Array }): Uint8Array | Promise<Uint8Array>
  /** A fresh one: NONCE_BYTES random bytes. */
  nonce(): Uint8Array
}

/** The words that one side signs before both nonces: a proof can be neither replayed nor sent back. */
export const wordsOf = (side: Side): string => `nigh-door-1 ${side}`

/** Looks at every byte of two of equal length, so that a guess learns nothing from how long it took. */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < other.length; at += 1) difference |= (one[at] ?? 0) ^ (other[at] ?? 0)
  return difference === 0
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The bytes behind lower-case hex of exactly `length` bytes, or nothing. */
export function bytesOfHex(text: unknown, length: number): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) return undefined
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16))
}
