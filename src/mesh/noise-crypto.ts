/**
 * What Noise computes with, from node:crypto wherever that has it. By itself the library starts two WebAssembly modules for it: 9 MB
 * of memory and 15 ms of each start, for a cipher that is as quick here once it is handed its key as an object.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from 'node:crypto'
import { type noise, pureJsCrypto } from '@chainsafe/libp2p-noise'
import { cipher, KEY_BYTES } from '../envelope/cipher.ts'

export type NoiseCrypto = NonNullable<NonNullable<Parameters<typeof noise>[0]>['crypto']>

/** DER of an X25519 key up to its 32 raw bytes (RFC 8410 7 and 4). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

export const noiseCrypto: NoiseCrypto = {
  ...pureJsCrypto,

  hashSHA256: (bytes) => createHash('sha256').update(bytes.subarray()).digest(),

  getHKDF(chainingKey, material) {
    const all = new Uint8Array(hkdfSync('sha256', material, chainingKey, '', 3 * KEY_BYTES))
    const part = (index: number): Uint8Array => all.slice(index * KEY_BYTES, (index + 1) * KEY_BYTES)
    return [part(0), part(1), part(2)]
  },

  generateX25519KeyPair() {
    const { publicKey, privateKey } = generateKeyPairSync('x25519')
    return {
      publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length),
      privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length),
    }
  },

  generateX25519KeyPairFromSeed(seed) {
    const privateKey = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, seed]),
      format: 'der',
      type: 'pkcs8',
    })
    const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
    return { publicKey: publicKey.subarray(SPKI_PREFIX.length), privateKey: seed }
  },

  generateX25519SharedKey(mine, theirs) {
    const [privateBytes, publicBytes] = [
      Buffer.concat([PKCS8_PREFIX, mine.subarray()]),
      Buffer.concat([SPKI_PREFIX, theirs.subarray()]),
    ]
    return diffieHellman({
      privateKey: createPrivateKey({ key: privateBytes, format: 'der', type: 'pkcs8' }),
      publicKey: createPublicKey({ key: publicBytes, format: 'der', type: 'spki' }),
    })
  },

  chaCha20Poly1305Encrypt: (plain, nonce, header, key) => cipher.seal(key, nonce, plain.subarray(), header),

  chaCha20Poly1305Decrypt(sealed, nonce, header, key) {
    const plain = cipher.open(key, nonce, sealed.subarray(), header)
    if (plain === undefined) throw new Error('A record was changed on its way.')
    return plain
  },
}
