/**
 * One question and one answer on a stream of their own: it-pipe with length prefixes over a libp2p stream. The stream
 * is adapted, because it-pipe speaks iterables and a libp2p 3 stream speaks events. Both sides bound size and time.
 */
import type { Stream } from '@libp2p/interface'
import { messageStreamToDuplex } from '@libp2p/utils'
import { decode, encode } from 'it-length-prefixed'
import { pipe } from 'it-pipe'
import { ANSWER_WITHIN_MS, FRAME_LIMIT, QUESTION_LIMIT } from '../envelope/protocol.ts'

type Chunks = AsyncIterable<{ subarray(): Uint8Array }>

/** Asks over `stream`, which is then over. Rejects where no answer of a fair size comes before `signal` fires. */
export async function askOver(
  stream: Stream,
  question: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const giveUp = () => stream.abort(new Error('the question was given up'))
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    signal.throwIfAborted()
    return await pipe(
      [question],
      (source) => encode(source),
      messageStreamToDuplex(stream),
      (source) => decode(source, { maxDataLength: FRAME_LIMIT }),
      first,
    )
  } catch (cause) {
    stream.abort(cause instanceof Error ? cause : new Error('no answer'))
    throw cause
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Answers the question that comes over `stream`, or ends the stream without a word. Never rejects. */
export async function answerOver(
  stream: Stream,
  answer: (question: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  const late = setTimeout(() => stream.abort(new Error('no answer in time')), ANSWER_WITHIN_MS)
  try {
    const duplex = messageStreamToDuplex(stream)
    await pipe(
      duplex,
      (source) => decode(source, { maxDataLength: QUESTION_LIMIT }),
      async function* (source: Chunks) {
        yield await answer(await first(source))
      },
      (source) => encode(source),
      duplex,
    )
  } catch (cause) {
    stream.abort(cause instanceof Error ? cause : new Error('no answer'))
  } finally {
    clearTimeout(late)
  }
}

async function first(source: Chunks): Promise<Uint8Array> {
  for await (const chunk of source) return chunk.subarray()
  throw new Error('the stream ended before it said anything')
}
