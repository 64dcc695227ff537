/**
 * Two people who compare their safety words aloud know that nobody sits between them. Twelve words of 256 are
 * 96 bits of a hash of the public key: a made key with the same words would take 2^96 tries, and even one that
 * agrees in four words takes 2^32, so all twelve are to be compared.
 */
import { createHash } from 'node:crypto'
import type { PeerId } from './ids.ts'
import { publicKeyOf } from './principal.ts'
import { SAFETY_WORDS } from './safety-words.ts'

/** Words per key; 8 bits each. */
export const WORDS_PER_KEY = 12

/** Twelve words, separated by spaces, the same everywhere for the same key. */
export function safetyWords(peer: PeerId): string {
  const hash = createHash('sha256').update(DOMAIN_SAFETY_WORDS).update(publicKeyOf(peer)).digest()
  return Array.from(hash.subarray(0, WORDS_PER_KEY), (byte) => SAFETY_WORDS[byte]).join(' ')
}

/** Hashed first, so that these bits of the hash serve nothing else. */
const DOMAIN_SAFETY_WORDS = 'nigh safety words 1'
