/** As proof.ts, in a page: its cryptography answers later, and only where the page is of this host or came by TLS. */
import { NONCE_BYTES, type Prover, wordsOf } from './proof-bytes.ts'

/** Proves `secret` with the cryptography of browsers. */
export function pageProverOf(secret: Uint8Array<ArrayBuffer>): Prover {
  const key = crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const prove = async (...[side, { client, server }]: Parameters<Prover>) => {
    const words = new TextEncoder().encode(wordsOf(side))
    const signed = new Uint8Array(words.length + client.length + server.length)
    signed.set(words)
    signed.set(client, words.length)
    signed.set(server, words.length + client.length)
    return new Uint8Array(await crypto.subtle.sign('HMAC', await key, signed))
  }
  return Object.assign(prove, { nonce: () => crypto.getRandomValues(new Uint8Array(NONCE_BYTES)) })
}
