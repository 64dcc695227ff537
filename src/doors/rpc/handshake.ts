/**
 * The three lines before anything is said: client `{nigh:1, nonce}`, server `{nigh:1, nonce, proof}`, client
 * `{proof}`. An impostor on either side sees one nonce, and a proof that fits no other conversation. Runs in pages as
 * well: what computes nonces and proofs is given.
 */
import { bytesOfHex, hexOf, isSame, NONCE_BYTES, type Prover } from './proof-bytes.ts'
import type { Wire } from './wire.ts'

/** Longest line before the proof: a nonce and a proof in hex are 200 bytes. */
export const LINE_BEFORE_PROOF = 1024
/** Longest line of a client after it: 64 KiB of text may take six bytes a character as JSON. */
export const LINE_AFTER_PROOF = 1024 * 1024
/** Both sides hang up when the handshake takes longer, ms. A guess that forgives a busy machine. */
export const HANDSHAKE_WITHIN_MS = 5_000
/** Longest name of a session. */
const SESSION_LIMIT = 64

/**
 * The server's side. `proverOf` gives what proves the secret of the session that the client names (none: the home's);
 * without one nothing is said. Resolves with whether the client has proved itself; otherwise the wire is ended.
 */
export async function proveToClient(
  wire: Wire,
  proverOf: (session: string | undefined) => Prover | undefined,
): Promise<boolean> {
  return within(wire, async () => {
    const hello = objectOf(await wire.next())
    const client = nonceOf(hello)
    const prove = proverOf(sessionOf(hello))
    if (client === undefined || prove === undefined) return false
    const server = prove.nonce()
    const proof = hexOf(await prove('server', { client, server }))
    say(wire, { nigh: 1, nonce: hexOf(server), proof })
    const answer = objectOf(await wire.next())
    return isProof(answer?.proof, await prove('client', { client, server }))
  })
}

/** The client's side. It proves nothing to a server that did not prove itself first. */
export async function proveToServer(wire: Wire, prove: Prover, session?: string): Promise<boolean> {
  return within(wire, async () => {
    const client = prove.nonce()
    say(wire, { nigh: 1, nonce: hexOf(client), ...(session === undefined ? {} : { session }) })
    const hello = objectOf(await wire.next())
    const server = nonceOf(hello)
    if (server === undefined) return false
    if (!isProof(hello?.proof, await prove('server', { client, server }))) return false
    say(wire, { proof: hexOf(await prove('client', { client, server })) })
    return true
  })
}

async function within(wire: Wire, shake: () => Promise<boolean>): Promise<boolean> {
  const late = setTimeout(() => wire.destroy(), HANDSHAKE_WITHIN_MS)
  try {
    if (await shake()) return !wire.closed
  } catch {
    // ended early or said nonsense: both are answered by silence
  } finally {
    clearTimeout(late)
  }
  wire.destroy()
  return false
}

function say(wire: Wire, line: object): void {
  wire.send(JSON.stringify(line))
}

function isProof(given: unknown, expected: Uint8Array): boolean {
  const bytes = bytesOfHex(given, expected.length)
  return bytes !== undefined && isSame(bytes, expected)
}

function nonceOf(said: Record<string, unknown> | undefined): Uint8Array | undefined {
  return said?.nigh === 1 ? bytesOfHex(said.nonce, NONCE_BYTES) : undefined
}

function sessionOf(said: Record<string, unknown> | undefined): string | undefined {
  const session = said?.session
  if (session === undefined) return undefined
  if (typeof session !== 'string' || session.length > SESSION_LIMIT) throw new Error('no session')
  return session
}

function objectOf(line: string): Record<string, unknown> | undefined {
  const said: unknown = JSON.parse(line)
  return typeof said === 'object' && said !== null && !Array.isArray(said)
    ? (said as Record<string, unknown>)
    : undefined
}
