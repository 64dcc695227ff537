/** A message's text from the command line or from stdin, judged before anything is started. */
import { BODY_LIMIT } from '../../envelope/protocol.ts'
import { NighError } from '../../errors.ts'
import type { Surroundings } from './surroundings.ts'

const MESSAGE = {
  limit: BODY_LIMIT,
  tooLarge: 'The text is larger than 64 KiB, the most one message may hold. Shorten or split it.',
  prompt: 'Type the message; Ctrl-D on an empty line sends it, Ctrl-C does not.',
}

/** `example` is the command as it could have been. `given`, or where that is absent or `-` all of stdin without its last line end (which echo and editors add). */
export async function textOf(
  given: string | undefined,
  around: Surroundings,
  example: string,
): Promise<string> {
  const text = given === undefined || given === '-' ? await readStdin(around, MESSAGE) : given
  if (text.trim() === '')
    throw new NighError('empty-text', `There is no text to send. Write it, as in: ${example}`)
  if (new TextEncoder().encode(text).length > BODY_LIMIT) throw new NighError('too-large', MESSAGE.tooLarge)
  return text
}

/** All of stdin as text, without its last line end. Beyond `limit` bytes it is read no further. */
export async function readStdin(
  { stdin, stderr }: Surroundings,
  { limit, tooLarge, prompt }: { limit: number; tooLarge: string; prompt: string },
): Promise<string> {
  if (stdin.isTTY) stderr.write(`${prompt}\n`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += chunk.length
    // A line end more than the limit is still within it.
    if (size > limit + 2) throw new NighError('too-large', tooLarge)
    chunks.push(chunk)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
    return text.replace(/\r?\n$/, '')
  } catch {
    throw new NighError(
      'undecodable-text',
      'What came on stdin is no UTF-8 text, and only text is understood.',
    )
  }
}
