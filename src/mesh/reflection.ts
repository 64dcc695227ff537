/**
 * Whether the other end of a handshake is this very process: a port that somebody forwards to ours completes it under our
 * own key, and is no other home of ours (fault P16). Each process has a Noise key of its own, made for its life, which
 * nobody else can use: whoever shows it is ourselves.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { KEY_BYTES } from '../envelope/cipher.ts'
import type { NoiseCrypto } from './noise-crypto.ts'

export interface Reflection {
  /** What Noise is to be made with. */
  readonly noise: { crypto: NoiseCrypto; staticNoiseKey: Uint8Array }
  /** Runs `dial`, and says whether the handshake in it was with ourselves. */
  watched<Result>(dial: () => Promise<Result>): Promise<{ result: Result; isOurselves: boolean }>
}

export function reflection(crypto: NoiseCrypto): Reflection {
  const staticNoiseKey = new Uint8Array(randomBytes(KEY_BYTES))
  const ours = Buffer.from(crypto.generateX25519KeyPairFromSeed(staticNoiseKey).publicKey)
  const handshakes = new AsyncLocalStorage<{ isOurselves: boolean }>()
  return {
    noise: {
      staticNoiseKey,
      crypto: {
        ...crypto,
        generateX25519SharedKey(mine, theirs) {
          const handshake = handshakes.getStore()
          if (handshake !== undefined && ours.equals(theirs.subarray())) handshake.isOurselves = true
          return crypto.generateX25519SharedKey(mine, theirs)
        },
      },
    },
    async watched(dial) {
      const handshake = { isOurselves: false }
      const result = await handshakes.run(handshake, dial)
      return { result, isOurselves: handshake.isOurselves }
    },
  }
}
