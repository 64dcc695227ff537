/** What Noise computes with here is what every other implementation of Noise computes with: the library's own is asked. */
import { pureJsCrypto } from '@chainsafe/libp2p-noise'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noiseCrypto } from '../../src/mesh/noise-crypto.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
/** Buffers and arrays of the same bytes are the same. */
const plain = (answer: { subarray(): Uint8Array }): number[] => [...answer.subarray()]

test('Two keys agree with one another and with those of the library', () => {
  const [ours, other, theirs] = [
    noiseCrypto.generateX25519KeyPair(),
    noiseCrypto.generateX25519KeyPair(),
    pureJsCrypto.generateX25519KeyPair(),
  ]
  expect([ours.publicKey.length, ours.privateKey.length]).toEqual([32, 32])
  expect(plain(ours.publicKey)).not.toEqual(plain(other.publicKey))
  expect(plain(noiseCrypto.generateX25519SharedKey(ours.privateKey, theirs.publicKey))).toEqual(
    plain(pureJsCrypto.generateX25519SharedKey(theirs.privateKey, ours.publicKey)),
  )
})

test('A key from a seed is that of the library', () => {
  fc.assert(
    fc.property(bytes(32), (seed) => {
      const [ours, theirs] = [noiseCrypto, pureJsCrypto].map((each) =>
        each.generateX25519KeyPairFromSeed(seed),
      )
      expect([ours?.publicKey, ours?.privateKey].map((key) => key && plain(key))).toEqual(
        [theirs?.publicKey, theirs?.privateKey].map((key) => key && plain(key)),
      )
    }),
    { numRuns: 20 },
  )
})

test('Keys are derived and transcripts hashed as the library does, also from nothing', () => {
  fc.assert(
    fc.property(bytes(32), fc.uint8Array({ maxLength: 64 }), (chainingKey, material) => {
      const derived = noiseCrypto.getHKDF(chainingKey, material).map(plain)
      expect(derived).toEqual(pureJsCrypto.getHKDF(chainingKey, material).map(plain))
      expect(plain(noiseCrypto.hashSHA256(material))).toEqual(plain(pureJsCrypto.hashSHA256(material)))
    }),
  )
})

test('A record is sealed and opened as the library does', () => {
  const record = fc.uint8Array({ maxLength: 2_000 })
  fc.assert(
    fc.property(
      record,
      bytes(12),
      fc.uint8Array({ maxLength: 32 }),
      bytes(32),
      (said, nonce, header, key) => {
        const sealed = noiseCrypto.chaCha20Poly1305Encrypt(said, nonce, header, key)
        expect(plain(sealed)).toEqual(plain(pureJsCrypto.chaCha20Poly1305Encrypt(said, nonce, header, key)))
        expect(plain(noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, header, key))).toEqual([...said])
      },
    ),
  )
})

test('A record of which one byte was changed on its way is not read', () => {
  const [nonce, header, key] = [new Uint8Array(12), new Uint8Array(0), new Uint8Array(32).fill(7)]
  const sealed = noiseCrypto.chaCha20Poly1305Encrypt(Uint8Array.of(1, 2, 3), nonce, header, key).subarray()
  for (let index = 0; index < sealed.length; index++) {
    const changed = Uint8Array.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(changed, nonce, header, key)).toThrow('changed')
  }
})
