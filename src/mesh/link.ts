/**
 * One libp2p connection as a Link: the dialler opens the two channels, the other side is told of them, and
 * whatever else a peer tries to open on it is refused.
 */
import { isIPv4, isIPv6 } from 'node:net'
import type { Connection, Stream } from '@libp2p/interface'
import { FETCH_PROTOCOL, MESSAGES_PROTOCOL, PRESENCE_PROTOCOL, QUESTION_LIMIT } from '../envelope/protocol.ts'
import type { Channel, ChannelKind, Link } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { type StreamChannel, streamChannel } from './channel.ts'
import { aborted, linkGone, tooLarge } from './failures.ts'
import { ending, listeners, type OnFault } from './listeners.ts'
import { answerOver, askOver } from './question.ts'

/** Channels of one kind that a dialler may have open at once: one in use, one replacing it, and room for a race. */
export const CHANNELS_PER_KIND = 4
/** A link that is closed gets this long to hand over its last bytes (a goodbye), then it is cut. */
const CLOSE_WITHIN_MS = 500

const PROTOCOLS: Record<ChannelKind, string> = { presence: PRESENCE_PROTOCOL, messages: MESSAGES_PROTOCOL }

export interface ConnectionLink extends Link {
  /** A stream that the other side opened. */
  accept(kind: ChannelKind, stream: Stream): void
  /** A question that the other side asks. */
  question(stream: Stream): void
  /** The connection is gone. */
  lost(): void
  /** Ends it as `close` does; resolves when nothing of it is left. */
  finish(): Promise<void>
}

export interface LinkOptions {
  connection: Connection
  number: number
  outbound: boolean
  onFault: OnFault
  /** Answers the other side's questions. */
  answer: (link: Link, question: Uint8Array) => Promise<Uint8Array>
  drainWithinMs?: number
}

export function connectionLink(options: LinkOptions): ConnectionLink {
  const { connection, number, outbound, onFault } = options
  const channels = new Set<StreamChannel>()
  const toldChannels = listeners<[Channel]>(onFault)
  const ended = ending(onFault)
  /** Channels that came before anybody asked for them; the protocol's limit on streams bounds them. */
  let early: Channel[] = []
  let finishing: Promise<void> | undefined

  function track(kind: ChannelKind, stream: Stream): StreamChannel {
    const { drainWithinMs } = options
    const channel = streamChannel({
      kind,
      link,
      stream,
      onFault,
      ...(drainWithinMs === undefined ? {} : { drainWithinMs }),
    })
    channels.add(channel)
    channel.onClose(() => channels.delete(channel))
    return channel
  }

  async function newStream(protocol: string, signal: AbortSignal): Promise<Stream> {
    const stream = await connection.newStream(protocol, { signal })
    // A refusal may ride in with the answer to the negotiation: the stream then comes dead, and says nothing more.
    if (stream.status !== 'open') throw new Error(`the stream came ${stream.status}`)
    return stream
  }

  async function open(kind: ChannelKind, signal: AbortSignal): Promise<Channel> {
    if (signal.aborted) throw aborted(link.peer, signal)
    if (!outbound || ended.ended) throw linkGone(link.peer)
    try {
      const stream = await newStream(PROTOCOLS[kind], signal)
      if (ended.ended || signal.aborted) {
        stream.abort(new Error('nobody waits for this channel any more'))
        throw new Error('too late')
      }
      return track(kind, stream)
    } catch (cause) {
      throw signal.aborted ? aborted(link.peer, signal) : linkGone(link.peer, cause)
    }
  }

  async function ask(question: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    if (question.byteLength > QUESTION_LIMIT) throw tooLarge(question.byteLength, QUESTION_LIMIT)
    if (signal.aborted) throw aborted(link.peer, signal)
    if (ended.ended) throw linkGone(link.peer)
    try {
      return await askOver(await newStream(FETCH_PROTOCOL, signal), question, signal)
    } catch (cause) {
      throw signal.aborted ? aborted(link.peer, signal) : linkGone(link.peer, cause)
    }
  }

  /** The end of a channel may close its link, from within this very call: the one closing then goes on, and waits for all. */
  function finish(): Promise<void> {
    if (finishing !== undefined) return finishing
    const { promise, resolve } = Promise.withResolvers<void>()
    finishing = promise
    void finishAll().then(resolve)
    return promise
  }

  async function finishAll(): Promise<void> {
    // What was said last leaves before any channel ends: whoever reads an end closes the link, and reads no further.
    const inOrder = [...channels].sort((one, other) => other.backlog - one.backlog)
    const closings = inOrder.map((channel) => channel.finish())
    ended.end()
    const signal = AbortSignal.timeout(CLOSE_WITHIN_MS)
    await Promise.race([Promise.all(closings), past(signal)])
    try {
      await connection.close({ signal })
    } catch (fault) {
      connection.abort(fault instanceof Error ? fault : new Error(String(fault)))
    }
  }

  const link: ConnectionLink = {
    number,
    peer: connection.remotePeer.toString() as PeerId,
    outbound,
    remote: remoteOf(connection),
    get closed() {
      return ended.ended
    },
    open: (kind, { signal }) => open(kind, signal),
    ask: (question, { signal }) => ask(question, signal),
    onChannel(listener) {
      const leave = toldChannels.add(listener)
      const waiting = early
      early = []
      for (const channel of waiting) toldChannels.tell(channel)
      return leave
    },
    onClose: ended.add,
    close() {
      void finish()
    },
    accept(kind, stream) {
      if (outbound || ended.ended || stream.status !== 'open') {
        stream.abort(new Error('only the dialler opens channels'))
        return
      }
      const channel = track(kind, stream)
      if (toldChannels.size === 0) early.push(channel)
      else toldChannels.tell(channel)
    },
    question(stream) {
      if (ended.ended) stream.abort(new Error('the link is over'))
      else void answerOver(stream, (question) => options.answer(link, question))
    },
    lost() {
      ended.end()
    },
    finish,
  }
  return link
}

/** Where the other side of `connection` is, as seen from here. */
function remoteOf(connection: Connection): Link['remote'] {
  let host = ''
  let port = 0
  for (const { name, value } of connection.remoteAddr.getComponents()) {
    if (value !== undefined && host === '' && (isIPv4(value) || isIPv6(value))) host = value
    if (name === 'tcp' && port === 0) port = Number(value)
  }
  return { host, port, relayed: !connection.direct }
}

function past(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
