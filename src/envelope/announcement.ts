/**
 * An announcement: PRESENCE INFORMATION on the carrier, readable by grantees only, verifiable by any relay.
 *
 *     version(1) suite(1) class(1) zero(1) announcer(32) counter(8)   header, 44 bytes
 *     ciphertext and its tag                                          fills the size class
 *     signature(64)                                                   Ed25519 over the domain string and all before it
 *
 * No protobuf outside the seal: a relay must not be able to change a byte and keep the signature (fault P10).
 * The nonce is the counter, which never repeats under one key because keys never outlive the process (fault P12).
 */
import { cipher, TAG_BYTES } from './cipher.ts'
import { DOMAIN_ANNOUNCEMENT, SIZE_CLASSES } from './protocol.ts'
import { type Announcer, signedBy } from './seal.ts'

const VERSION_BYTE = 1
/** ChaCha20-Poly1305 under the view key, Ed25519 announcer. Another suite takes another byte. */
const SUITE_BYTE = 1
const HEADER_BYTES = 44
const SIGNATURE_BYTES = 64
const LENGTH_BYTES = 2
const OVERHEAD = HEADER_BYTES + LENGTH_BYTES + TAG_BYTES + SIGNATURE_BYTES

const DOMAIN = new TextEncoder().encode(DOMAIN_ANNOUNCEMENT)

/** What anybody can read of an announcement. */
export interface AnnouncementHeader {
  /** Ed25519 public key of one view's one period, hex. It names nobody. */
  announcer: string
  announcerKey: Uint8Array
  counter: number
}

/** The largest plain text an announcement can carry, in bytes. */
export const ANNOUNCEMENT_CAPACITY = Math.max(...SIZE_CLASSES) - OVERHEAD

/**
 * Seals `plain` into the smallest size class that holds it, under `key` (32 bytes) with `counter` as nonce,
 * signed by `announcer`. Throws RangeError beyond ANNOUNCEMENT_CAPACITY.
 */
export function sealAnnouncement(parts: {
  plain: Uint8Array
  key: Uint8Array
  announcer: Announcer
  counter: number
}): Uint8Array {
  const { plain, key, announcer, counter } = parts
  const index = SIZE_CLASSES.findIndex((size) => size - OVERHEAD >= plain.length)
  const size = SIZE_CLASSES[index]
  if (size === undefined)
    throw new RangeError(`An announcement holds ${ANNOUNCEMENT_CAPACITY} bytes, not ${plain.length}.`)

  const announcement = new Uint8Array(size)
  announcement.set([VERSION_BYTE, SUITE_BYTE, index, 0])
  announcement.set(announcer.publicKey, 4)
  const view = new DataView(announcement.buffer)
  view.setBigUint64(36, BigInt(counter))

  const padded = new Uint8Array(size - OVERHEAD + LENGTH_BYTES)
  new DataView(padded.buffer).setUint16(0, plain.length)
  padded.set(plain, LENGTH_BYTES)
  const header = announcement.subarray(0, HEADER_BYTES)
  announcement.set(cipher.seal(key, nonceOf(header), padded, header), HEADER_BYTES)
  announcement.set(announcer.sign(signable(announcement)), size - SIGNATURE_BYTES)
  return announcement
}

/** The header of bytes that have the shape of an announcement; undefined for anything else. */
export function readAnnouncement(bytes: Uint8Array): AnnouncementHeader | undefined {
  const index = SIZE_CLASSES.indexOf(bytes.length as (typeof SIZE_CLASSES)[number])
  if (index < 0) return undefined
  if (bytes[0] !== VERSION_BYTE || bytes[1] !== SUITE_BYTE || bytes[2] !== index || bytes[3] !== 0)
    return undefined
  const counter = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(36)
  if (counter > BigInt(Number.MAX_SAFE_INTEGER)) return undefined
  const announcerKey = bytes.slice(4, 36)
  return { announcer: Buffer.from(announcerKey).toString('hex'), announcerKey, counter: Number(counter) }
}

/** True if `bytes`, an announcement, was signed by the announcer in its header. About 80 µs. */
export function isSignedAnnouncement(bytes: Uint8Array, header: AnnouncementHeader): boolean {
  return signedBy(header.announcerKey, signable(bytes), bytes.subarray(bytes.length - SIGNATURE_BYTES))
}

/** The plain text, if `key` is the view key it was sealed under; otherwise undefined. */
export function openAnnouncement(bytes: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  const header = bytes.subarray(0, HEADER_BYTES)
  const padded = cipher.open(
    key,
    nonceOf(header),
    bytes.subarray(HEADER_BYTES, bytes.length - SIGNATURE_BYTES),
    header,
  )
  if (padded === undefined || padded.length < LENGTH_BYTES) return undefined
  const length = new DataView(padded.buffer, padded.byteOffset).getUint16(0)
  if (length > padded.length - LENGTH_BYTES) return undefined
  return padded.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
}

function nonceOf(header: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(12)
  nonce.set(header.subarray(36, 44), 4)
  return nonce
}

function signable(announcement: Uint8Array): Uint8Array {
  const signed = announcement.subarray(0, announcement.length - SIGNATURE_BYTES)
  return Buffer.concat([DOMAIN, signed])
}
