/**
 * What both sides of the door prove before anything is said: that they can read the secret in the home. A folder
 * of mode 0700 protects a socket on Unix; named pipes and ports have no such folder, so the proof is the same
 * everywhere.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { NONCE_BYTES, type Prover, wordsOf } from './proof-bytes.ts'

/** Proves `secret`, in Node, whose cryptography for pages takes each command longer to load than all it has to prove. */
export function proverOf(secret: Uint8Array): Prover {
  const prove = (...[side, { client, server }]: Parameters<Prover>) =>
    createHmac('sha256', secret).update(wordsOf(side)).update(client).update(server).digest()
  return Object.assign(prove, { nonce: () => randomBytes(NONCE_BYTES) })
}
