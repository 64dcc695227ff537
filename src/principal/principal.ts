/**
 * A PRINCIPAL is an Ed25519 key. Its peer id carries the public key itself, so whoever knows the id can
 * verify offline and nobody has to be asked. The private key stays inside the closure of `principalOf`.
 */
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify as verifyNatively,
} from 'node:crypto'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { NighError } from '../errors.ts'
import type { PeerId } from './ids.ts'

export interface Principal {
  readonly peerId: PeerId
  /** Raw Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** 64 bytes, about 60 µs. The caller puts a domain string first. */
  sign(bytes: Uint8Array): Uint8Array
}

/** A fresh Ed25519 private key in libp2p's protobuf encoding: what the home keeps in its key file (mode 0600). */
export async function makeKey(): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair('Ed25519'))
}

/** Who holds this key. Rejects bytes that are no Ed25519 key with `home-unreadable`; the sentence never holds key bytes. */
export function principalOf(keyBytes: Uint8Array): Principal {
  const key = readKey(keyBytes)
  const publicKey = Uint8Array.from(key.publicKey.raw)
  const signing = createPrivateKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', d: base64url(key.raw.subarray(0, 32)), x: base64url(publicKey) },
  })
  return {
    peerId: peerIdFromPublicKey(key.publicKey).toString() as PeerId,
    publicKey,
    sign: (bytes) => new Uint8Array(sign(null, bytes, signing)),
  }
}

/** `text` as a peer id, if it is the canonical base58btc form of an Ed25519 key (`12D3KooW…`). Never throws. */
export function parsePeerId(text: string): PeerId | undefined {
  if (!ED25519_ID.test(text)) return undefined
  try {
    const id = peerIdFromString(text)
    return id.type === 'Ed25519' && id.toString() === text ? (text as PeerId) : undefined
  } catch {
    return undefined
  }
}

/** The raw Ed25519 public key (32 bytes) that the peer id consists of. */
export function publicKeyOf(peerId: PeerId): Uint8Array {
  const id = peerIdFromString(peerId)
  if (id.type !== 'Ed25519') throw new NighError('malformed-address', notAnId(peerId))
  return Uint8Array.from(id.publicKey.raw)
}

/** Whether `peerId` signed exactly these bytes. Synchronous, OpenSSL's speed (about 80 µs); anything malformed is `false`. */
export function verify(peerId: PeerId, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const key = verifyingKey(peerId)
  return key !== undefined && verifyNatively(null, bytes, key, signature)
}

const ED25519_ID = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/

function readKey(keyBytes: Uint8Array) {
  let key: ReturnType<typeof privateKeyFromProtobuf> | undefined
  try {
    key = privateKeyFromProtobuf(keyBytes)
  } catch {
    // No cause is handed on: a parser's message may quote the bytes.
  }
  if (key?.type !== 'Ed25519' || !ownsItsPublicKey(key.raw))
    throw new NighError(
      'home-unreadable',
      'The key file of this home does not hold an Ed25519 key, so nobody can be recognised by it. ' +
        'Restore it from a backup, or move it away to start as somebody new.',
    )
  return key
}

/** The stored form is seed and public key side by side; a damaged half would make a person nobody can verify. */
function ownsItsPublicKey(raw: Uint8Array): boolean {
  const seed = createPrivateKey({
    format: 'der',
    type: 'pkcs8',
    key: Buffer.concat([PKCS8_PREFIX, raw.subarray(0, 32)]),
  })
  const made = createPublicKey(seed).export({ format: 'der', type: 'spki' })
  return made.subarray(-32).equals(raw.subarray(32))
}

/** RFC 8410: the fixed beginning of an Ed25519 private key, before its 32 bytes of seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Keys lately verified with: making one from its text costs as much again as verifying. */
const KEYS_REMEMBERED = 1_000
const remembered = new Map<PeerId, KeyObject>()

function verifyingKey(peerId: PeerId): KeyObject | undefined {
  const known = remembered.get(peerId)
  if (known !== undefined) return known
  if (parsePeerId(peerId) === undefined) return undefined
  let key: KeyObject
  try {
    key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKeyOf(peerId)) },
    })
  } catch {
    return undefined
  }
  const [oldest] = remembered.keys()
  if (remembered.size >= KEYS_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  remembered.set(peerId, key)
  return key
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function notAnId(text: string): string {
  return `A peer id begins with 12D3KooW and has 52 characters; this has ${text.length}.`
}
