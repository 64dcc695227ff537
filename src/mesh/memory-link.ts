/**
 * Two ends of one link in memory, with the channels between them: as over libp2p, the dialler opens, either
 * side closes, and the other side learns of it one latency later.
 */
import { ANSWER_WITHIN_MS, FRAME_LIMIT, QUESTION_LIMIT, QUESTIONS_AT_ONCE } from '../envelope/protocol.ts'
import type { Channel, ChannelKind, Clock, Link } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { aborted, linkGone, tooLarge } from './failures.ts'
import { CHANNELS_PER_KIND } from './link.ts'
import { type Ending, ending, type Listeners, listeners, type OnFault } from './listeners.ts'
import { type Pipe, pipe, type Wire } from './memory-pipe.ts'

export interface MemoryEnd {
  peer: PeerId
  number: number
  remote: Link['remote']
  onFault: OnFault
  /** Answers the other side's questions. */
  answer: (link: Link, question: Uint8Array) => Promise<Uint8Array>
}

export interface LinkPair {
  dialler: MemoryLink
  acceptor: MemoryLink
}

export interface MemoryLink extends Link {
  /** The other side is gone: this end closes, without a word to it. */
  lose(): void
  /** This side is gone: the other end learns of it from its kernel. */
  vanish(): void
}

export interface LinkPairOptions {
  clock: Clock
  wire: Wire
  /** What the dialler sees, and what the acceptor sees. */
  dialler: MemoryEnd
  acceptor: MemoryEnd
}

export function linkPair({ clock, wire, dialler, acceptor }: LinkPairOptions): LinkPair {
  const near = half(dialler, true)
  const far = half(acceptor, false)
  near.other = far
  far.other = near
  near.open = open
  return { dialler: near.link, acceptor: far.link }

  function half(end: MemoryEnd, outbound: boolean): Half {
    const own: Half = {
      channels: new Set(),
      told: listeners(end.onFault),
      early: [],
      ended: ending(end.onFault),
      other: undefined,
      open: () => Promise.reject(linkGone(end.peer)),
      asking: 0,
      answer: end.answer,
      onFault: end.onFault,
      link: undefined as unknown as MemoryLink,
    }
    own.link = {
      number: end.number,
      peer: end.peer,
      outbound,
      remote: end.remote,
      get closed() {
        return own.ended.ended
      },
      open: (kind, { signal }) => own.open(kind, signal),
      ask: (question, { signal }) => ask(own, question, signal),
      onChannel(listener) {
        const leave = own.told.add(listener)
        for (const channel of own.early.splice(0)) own.told.tell(channel)
        return leave
      },
      onClose: own.ended.add,
      close: () => finish(own),
      lose() {
        for (const channel of [...own.channels]) channel.drop()
        own.ended.end()
      },
      vanish() {
        own.link.lose()
        wire.carry(() => own.other?.link.lose())
      },
    }
    return own
  }

  /** A question on its way, its answer on its way back; without one the stream just ends. */
  function ask(own: Half, question: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const { peer } = own.link
    if (question.byteLength > QUESTION_LIMIT)
      return Promise.reject(tooLarge(question.byteLength, QUESTION_LIMIT))
    if (signal.aborted) return Promise.reject(aborted(peer, signal))
    if (own.ended.ended || own.asking >= QUESTIONS_AT_ONCE) return Promise.reject(linkGone(peer))
    return new Promise((resolve, reject) => {
      own.asking += 1
      const over = (settle: () => void): void => {
        if (isOver) return
        isOver = true
        own.asking -= 1
        signal.removeEventListener('abort', onAbort)
        leave()
        settle()
      }
      let isOver = false
      const onAbort = () => over(() => reject(aborted(peer, signal)))
      const none = () => over(() => reject(linkGone(peer)))
      const leave = own.ended.add(none)
      signal.addEventListener('abort', onAbort, { once: true })
      const bytes = question.slice()
      wire.carry(() => {
        const { other } = own
        if (other === undefined || other.ended.ended) return wire.carry(none)
        const late = clock.wake(clock.monotonic() + ANSWER_WITHIN_MS, () => wire.carry(none))
        Promise.resolve()
          .then(() => other.answer(other.link, bytes))
          .then((answer) => {
            if (answer.byteLength > FRAME_LIMIT) throw tooLarge(answer.byteLength)
            const back = answer.slice()
            wire.carry(() => over(() => resolve(back)))
          })
          .catch(() => wire.carry(none))
          .finally(late)
      })
    })
  }

  function finish(own: Half): void {
    if (own.ended.ended) return
    // Each channel's last frames go first, then its end, then the link's: whoever reads an end reads no further.
    const inOrder = [...own.channels].sort((one, other) => other.backlog - one.backlog)
    for (const channel of inOrder) channel.close()
    own.ended.end()
    wire.carry(() => own.other?.link.lose())
  }

  function open(kind: ChannelKind, signal: AbortSignal): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(aborted(dialler.peer, signal))
      const gone = () => reject(linkGone(dialler.peer))
      if (signal.aborted) return onAbort()
      if (near.ended.ended) return gone()
      signal.addEventListener('abort', onAbort, { once: true })
      const leave = near.ended.add(gone)
      wire.carry(() => {
        const open = [...far.channels].filter((channel) => channel.kind === kind).length
        const refused = far.ended.ended || open >= CHANNELS_PER_KIND
        const channels = refused ? undefined : channelPair(kind)
        if (channels !== undefined) {
          far.channels.add(channels.accepted)
          if (far.told.size === 0) far.early.push(channels.accepted)
          else far.told.tell(channels.accepted)
        }
        wire.carry(() => {
          leave()
          signal.removeEventListener('abort', onAbort)
          if (channels === undefined) return gone()
          if (near.ended.ended || signal.aborted) return channels.opened.drop()
          near.channels.add(channels.opened)
          resolve(channels.opened)
        })
      })
    })
  }

  function channelPair(kind: ChannelKind): { opened: MemoryChannel; accepted: MemoryChannel } {
    const there = pipe({
      clock,
      wire,
      onEnd: () => accepted.drop(),
      onThrow: (fault) => broke(accepted, far, fault),
      onStuck: () => opened.reset(),
    })
    const back = pipe({
      clock,
      wire,
      onEnd: () => opened.drop(),
      onThrow: (fault) => broke(opened, near, fault),
      onStuck: () => accepted.reset(),
    })
    const opened: MemoryChannel = channel(kind, near, there, back, () => accepted)
    const accepted: MemoryChannel = channel(kind, far, back, there, () => opened)
    return { opened, accepted }
  }

  function broke(at: MemoryChannel, own: Half, fault: unknown): void {
    at.reset()
    own.onFault(fault)
  }

  function channel(
    kind: ChannelKind,
    own: Half,
    out: Pipe,
    into: Pipe,
    other: () => MemoryChannel,
  ): MemoryChannel {
    const ended = ending(own.onFault)
    function end(): void {
      own.channels.delete(self)
      ended.end()
    }
    const self: MemoryChannel = {
      kind,
      link: own.link,
      get closed() {
        return ended.ended
      },
      get backlog() {
        return ended.ended ? 0 : out.backlog
      },
      send(frame) {
        if (ended.ended) return
        if (frame.byteLength > FRAME_LIMIT) throw tooLarge(frame.byteLength)
        out.send(frame)
      },
      drained: () => out.drained(),
      onFrame: (listener) => into.onFrame(listener),
      onClose: ended.add,
      pause: () => into.pause(),
      resume: () => into.resume(),
      close() {
        if (ended.ended) return
        into.cut()
        out.end()
        end()
      },
      reset() {
        if (ended.ended) return
        into.cut()
        out.cut()
        end()
        wire.carry(() => other().drop())
      },
      drop() {
        into.cut()
        out.cut()
        end()
      },
    }
    return self
  }
}

interface MemoryChannel extends Channel {
  /** Ends both directions at once and lets the other side know. */
  reset(): void
  /** The other side is gone. */
  drop(): void
}

interface Half {
  channels: Set<MemoryChannel>
  told: Listeners<[Channel]>
  early: Channel[]
  ended: Ending
  other: Half | undefined
  open: (kind: ChannelKind, signal: AbortSignal) => Promise<Channel>
  /** Questions of this side that are unanswered. */
  asking: number
  answer: MemoryEnd['answer']
  onFault: OnFault
  link: MemoryLink
}
