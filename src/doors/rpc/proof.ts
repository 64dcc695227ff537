/**
 * What both sides of the door prove before anything is said: that they can read the secret in the home. A folder
 * of mode 0700 protects a socket on Unix; named pipes and ports have no such folder, so the proof is the same
 * everywhere.
 */
import { createHmac } from 'node:crypto'
import { type Prover, wordsOf } from './proof-bytes.ts'

/** Proves `secret`, in Node. */
export function proverOf(secret: Uint8Array): Prover {
  return (side, { client, server }) =>
    createHmac('sha256', secret).update(wordsOf(side)).update(client).update(server).digest()
}
