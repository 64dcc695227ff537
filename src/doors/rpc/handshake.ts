/**
 * The three lines before anything is said: client `{nigh:1, nonce}`, server `{nigh:1, nonce, proof}`, client
 * `{proof}`. An impostor on either side sees one nonce, and a proof that fits no other conversation.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { type Lines, linesOf } from './lines.ts'
import { bytesOfHex, isProof, NONCE_BYTES, proofOf } from './proof.ts'

/** Longest line before the proof: a nonce and a proof in hex are 200 bytes. */
export const LINE_BEFORE_PROOF = 1024
/** Longest line of a client after it: 64 KiB of text may take six bytes a character as JSON. */
export const LINE_AFTER_PROOF = 1024 * 1024
/** Both sides hang up when the handshake takes longer, ms. A guess that forgives a busy machine. */
export const HANDSHAKE_WITHIN_MS = 5_000

/** The server's side. Resolves when the client has proved itself; otherwise the socket is ended and nothing said. */
export async function proveToClient(socket: Socket, secret: Uint8Array): Promise<Lines | undefined> {
  return within(socket, async (lines) => {
    const client = nonceOf(await lines.next())
    if (client === undefined) return false
    const server = randomBytes(NONCE_BYTES)
    const proof = proofOf(secret, 'server', { client, server }).toString('hex')
    say(socket, { nigh: 1, nonce: server.toString('hex'), proof })
    const answer = objectOf(await lines.next())
    return isProof(answer?.proof, proofOf(secret, 'client', { client, server }))
  })
}

/** The client's side. It proves nothing to a server that did not prove itself first. */
export async function proveToServer(socket: Socket, secret: Uint8Array): Promise<Lines | undefined> {
  return within(socket, async (lines) => {
    const client = randomBytes(NONCE_BYTES)
    say(socket, { nigh: 1, nonce: client.toString('hex') })
    const line = await lines.next()
    const server = nonceOf(line)
    if (server === undefined) return false
    if (!isProof(objectOf(line)?.proof, proofOf(secret, 'server', { client, server }))) return false
    say(socket, { proof: proofOf(secret, 'client', { client, server }).toString('hex') })
    return true
  })
}

async function within(socket: Socket, shake: (lines: Lines) => Promise<boolean>): Promise<Lines | undefined> {
  const lines = linesOf(socket, LINE_BEFORE_PROOF)
  const late = setTimeout(() => socket.destroy(), HANDSHAKE_WITHIN_MS)
  try {
    if (await shake(lines)) return lines
  } catch {
    // ended early or said nonsense: both are answered by silence
  } finally {
    clearTimeout(late)
  }
  socket.destroy()
  return undefined
}

function say(socket: Socket, line: object): void {
  socket.write(`${JSON.stringify(line)}\n`)
}

function nonceOf(line: string): Buffer | undefined {
  const said = objectOf(line)
  return said?.nigh === 1 ? bytesOfHex(said.nonce, NONCE_BYTES) : undefined
}

function objectOf(line: string): Record<string, unknown> | undefined {
  const said: unknown = JSON.parse(line)
  return typeof said === 'object' && said !== null && !Array.isArray(said)
    ? (said as Record<string, unknown>)
    : undefined
}
