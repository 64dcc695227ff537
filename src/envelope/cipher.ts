/**
 * ChaCha20-Poly1305 (RFC 8439), as node:crypto has it and, where that lacks it, in JavaScript: Electron builds on
 * BoringSSL, which shows Node no such cipher. Both answer the same bytes.
 */
import { createCipheriv, createDecipheriv, createSecretKey, getCiphers, type KeyObject } from 'node:crypto'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'

const NAME = 'chacha20-poly1305'
export const KEY_BYTES = 32
export const TAG_BYTES = 16

export interface Cipher {
  /** Ciphertext and tag. A nonce (12 bytes) must never repeat under one key. */
  seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, header: Uint8Array): Uint8Array
  /** The plain text, or undefined when key, nonce, header or any byte differs. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, header: Uint8Array): Uint8Array | undefined
}

/** Keys as node:crypto likes them: to hand it the bytes with every call costs three times the cipher itself. */
const secretKeys = new WeakMap<Uint8Array, KeyObject>()

function secretKey(key: Uint8Array): KeyObject {
  const known = secretKeys.get(key) ?? createSecretKey(key)
  secretKeys.set(key, known)
  return known
}

export const nativeCipher: Cipher = {
  seal(key, nonce, plain, header) {
    const cipher = createCipheriv(NAME, secretKey(key), nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(header, { plaintextLength: plain.length })
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  },

  open(key, nonce, sealed, header) {
    if (sealed.length < TAG_BYTES) return undefined
    const decipher = createDecipheriv(NAME, secretKey(key), nonce, { authTagLength: TAG_BYTES })
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
    decipher.setAAD(header, { plaintextLength: sealed.length - TAG_BYTES })
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
    } catch {
      return undefined
    }
  },
}

export const portableCipher: Cipher = {
  seal: (key, nonce, plain, header) => chacha20poly1305(key, nonce, header).encrypt(plain),

  open(key, nonce, sealed, header) {
    try {
      return chacha20poly1305(key, nonce, header).decrypt(sealed)
    } catch {
      return undefined
    }
  },
}

/** The quicker one that is to be had. */
export const cipher: Cipher = getCiphers().includes(NAME) ? nativeCipher : portableCipher
