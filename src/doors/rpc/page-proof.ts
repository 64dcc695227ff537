/** As proof.ts, in a page: its cryptography answers later, and only where the page is of this host or came by TLS. */
import { type Prover, wordsOf } from './proof-bytes.ts'

/** Proves `secret` with the cryptography of browsers. */
export function pageProverOf(secret: Uint8Array<ArrayBuffer>): Prover {
  const key = crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return async (side, { client, server }) => {
    const words = new TextEncoder().encode(wordsOf(side))
    const signed = new Uint8Array(words.length + client.length + server.length)
    signed.set(words)
    signed.set(client, words.length)
    signed.set(server, words.length + client.length)
    return new Uint8Array(await crypto.subtle.sign('HMAC', await key, signed))
  }
}
