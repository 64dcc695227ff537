import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NighError } from '../../src/errors.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { makeKey, parsePeerId, principalOf, publicKeyOf, verify } from '../../src/principal/principal.ts'
import { person } from './people.ts'

const said = (text: string) => new TextEncoder().encode(text)

test('A key makes the same person each time, and two keys make two', async () => {
  const key = await makeKey()
  expect(principalOf(key).peerId).toBe(principalOf(key).peerId)
  expect(principalOf(await makeKey()).peerId).not.toBe(principalOf(key).peerId)
})

test('The peer id is the public key: anyone verifies offline', async () => {
  const alice = await person('alice')
  expect(alice.peerId).toMatch(/^12D3KooW.{44}$/)
  expect(publicKeyOf(alice.peerId)).toEqual(alice.publicKey)
  expect(alice.publicKey).toHaveLength(32)
})

test('What Alice signed is hers; one changed bit, or Bob, and it is not', async () => {
  const alice = await person('alice')
  const bob = await person('bob')
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), fc.nat(7), (bytes, where, bit) => {
      const signature = alice.sign(bytes)
      expect(signature).toHaveLength(64)
      expect(verify(alice.peerId, bytes, signature)).toBe(true)
      expect(verify(bob.peerId, bytes, signature)).toBe(false)
      const forged = Uint8Array.from(bytes)
      forged[where % bytes.length] = (bytes[where % bytes.length] ?? 0) ^ (1 << bit)
      expect(verify(alice.peerId, forged, signature)).toBe(false)
    }),
    { numRuns: 50 },
  )
})

test('A malformed signature or id verifies nothing and throws nothing', async () => {
  const alice = await person('alice')
  const signature = alice.sign(said('hello'))
  expect(verify(alice.peerId, said('hello'), signature.subarray(1))).toBe(false)
  expect(verify(alice.peerId, said('hello'), new Uint8Array())).toBe(false)
  expect(verify('nobody' as PeerId, said('hello'), signature)).toBe(false)
})

test('Key bytes that hold no Ed25519 key are refused in a sentence that holds none of them', async () => {
  const key = await makeKey()
  const damaged = Uint8Array.from(key)
  damaged[10] = (damaged[10] ?? 0) ^ 1
  const rsa = privateKeyToProtobuf(await generateKeyPair('secp256k1'))
  for (const bytes of [new Uint8Array(), said('not a key'), key.subarray(0, 40), damaged, rsa]) {
    let thrown: unknown
    try {
      principalOf(bytes)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(NighError)
    expect(thrown).toMatchObject({ code: 'home-unreadable' })
    expect(String(thrown)).toContain('backup')
    expect((thrown as NighError).cause).toBeUndefined()
  }
  expect(principalOf(key).peerId).toBeDefined()
})

test('Only the canonical text of an Ed25519 key is a peer id', async () => {
  const alice = await person('alice')
  expect(parsePeerId(alice.peerId)).toBe(alice.peerId)
  const other = peerIdFromPrivateKey(await generateKeyPair('secp256k1'))
  const inCid = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    .toCID()
    .toString()
  for (const text of [
    '',
    'alice',
    other.toString(),
    inCid,
    alice.peerId.slice(1),
    `${alice.peerId}1`,
    ` ${alice.peerId}`,
    alice.peerId.toLowerCase(),
    alice.peerId.replace(/.$/, '0'),
    `12D3KooW${'1'.repeat(44)}`,
    `12D3KooW${'z'.repeat(44)}`,
    `12D3KooW${'z'.repeat(100_000)}`,
  ])
    expect(parsePeerId(text), text.slice(0, 60)).toBeUndefined()
})

test('Reading a peer id never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/)), (text) => {
      const read = parsePeerId(text)
      expect(read === undefined || read === text).toBe(true)
    }),
  )
})
