/** The seal of an announcement: an Ed25519 signature, native (node:crypto). What it closes over is enciphered before (cipher.ts). */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** DER of an Ed25519 key up to its 32 raw bytes (RFC 8410 7 and 4). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Signs the announcements of one view for one period. Its private key lives in memory only. */
export interface Announcer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

/** The announcer made of 32 random bytes. */
export function announcerFrom(seed: Uint8Array): Announcer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
  }
}

/** True if `signature` over `bytes` was made by the holder of the raw Ed25519 `publicKey`. */
export function signedBy(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = verifyingKey(publicKey)
  return key !== undefined && verify(null, bytes, key, signature)
}

/** Keys read lately, oldest first: reading one costs a third of a verification, and an announcer speaks for ten minutes. */
const readKeys = new Map<string, KeyObject>()
/** More announcers than a LAN of 300 has at a time; some 300 KB. */
const READ_KEYS_LIMIT = 1_000

function verifyingKey(publicKey: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(publicKey).toString('latin1')
  const known = readKeys.get(name)
  if (known !== undefined) return known
  try {
    const spki = Buffer.concat([SPKI_PREFIX, publicKey])
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    for (const oldest of readKeys.keys()) {
      if (readKeys.size < READ_KEYS_LIMIT) break
      readKeys.delete(oldest)
    }
    readKeys.set(name, key)
    return key
  } catch {
    return undefined
  }
}
