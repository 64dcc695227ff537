/**
 * One link's life in the hallway: two channels, a hello each way on both, then beats on the presence channel. What
 * the peer says beyond that is handed on. A link that says nothing, or nonsense, is closed.
 */

import type { Goodbye, GoodbyeWhy } from '../envelope/hello.ts'
import { type Hello, understands } from '../envelope/hello.ts'
import { encodeMessageFrame, openMessageFrame } from '../envelope/message-frame.ts'
import { encodePresenceFrame, openPresenceFrame, type PresenceFrame } from '../envelope/presence-frame.ts'
import { BEAT_FAR_MS, HELLO_WITHIN_MS, UNREAD_LIMIT } from '../envelope/protocol.ts'
import {
  beat,
  firstPulse,
  nextTick,
  type Pulse,
  type PulseAct,
  type PulseEvent,
} from '../neighbourhood/beat.ts'
import type { Channel, Link } from '../ports.ts'
import type { House } from './house.ts'
import type { Letter, PresenceNews } from './links.ts'

export interface LinkSession {
  readonly link: Link
  /** The peer's hello on the presence channel, once it was read. */
  readonly hello: Hello | undefined
  /** The message channel, once its hello was read. */
  readonly messages: Channel | undefined
  /** Monotonic ms. */
  readonly upAt: number
  /** See doubles.ts: the latest proof that this link works both ways. */
  readonly provenAt: number | undefined
  /** Two beats were missed. */
  readonly silent: boolean
  say(frame: Exclude<PresenceFrame, { kind: 'unknown' }>): void
  /** Wishes another interval between beats, and says so. */
  wish(interval: number): void
  /** A second link came up: beat now, so that it shows which of them works. */
  prove(): void
  /** Our own host slept or its network changed. */
  resumed(): void
  /** Says why on both channels, then closes the link. */
  part(why: GoodbyeWhy): void
}

export interface LinkSessionListener {
  hello(session: LinkSession): void
  messagesUp(session: LinkSession, channel: Channel): void
  messagesDown(session: LinkSession): void
  presence(session: LinkSession, frame: PresenceNews): void
  letter(session: LinkSession, letter: Letter, channel: Channel): void
  standing(session: LinkSession, standing: { grant: number; counter: number }): void
  proven(session: LinkSession): void
  pulse(session: LinkSession, change: 'live' | 'unknown'): void
  goodbye(session: LinkSession, goodbye: Goodbye): void
  /** Their hello is of another version or mesh: they were told so. */
  unfit(session: LinkSession, why: 'other-version' | 'other-mesh', theirs: Hello): void
  closed(session: LinkSession): void
}

export function createLinkSession(
  house: House,
  link: Link,
  options: {
    /** Ours, with the interval that is wished on this link. */
    hello: (beatInterval: number) => Hello
    /** What our beats tell of the grant this peer holds. */
    standing: () => { grant: number; counter: number } | undefined
    listener: LinkSessionListener
  },
): LinkSession {
  const { clock, agenda, self } = house
  const { listener } = options
  const upAt = clock.monotonic()
  let presence: Channel | undefined
  let messages: Channel | undefined
  let messagesReady = false
  let hello: Hello | undefined
  let pulse: Pulse | undefined
  let provenAt: number | undefined
  /** When the beat that waits for its echo left. */
  let beatLeftAt: number | undefined
  let wished = BEAT_FAR_MS

  const say = (frame: Exclude<PresenceFrame, { kind: 'unknown' }>): void => {
    presence?.send(encodePresenceFrame(frame))
    if (frame.kind === 'grant') feel({ kind: 'sent' })
  }

  const act = (what: PulseAct): void => {
    switch (what) {
      case 'beat':
        beatLeftAt ??= clock.monotonic()
        return say({ kind: 'beat', echo: false, ...(options.standing() ?? NOTHING) })
      case 'echo':
        return say({ kind: 'beat', echo: true, ...(options.standing() ?? NOTHING) })
      case 'live':
      case 'unknown':
        return listener.pulse(session, what)
      case 'close':
        return link.close()
    }
  }

  const feel = (event: PulseEvent): void => {
    if (pulse === undefined) return
    const { state, acts } = beat(pulse, event, clock.monotonic())
    pulse = state
    for (const what of acts) act(what)
    if (!link.closed) agenda.at(`pulse ${link.number}`, nextTick(pulse), () => feel({ kind: 'tick' }))
  }

  const begin = (theirs: Hello): void => {
    agenda.cancel(`hello ${link.number}`)
    hello = theirs
    pulse = firstPulse({
      self: self.peerId,
      peer: link.peer,
      selfVisiting: house.visiting,
      peerVisiting: theirs.visiting,
      mineMs: wished,
      theirsMs: theirs.beatInterval,
      now: clock.monotonic(),
    })
    feel({ kind: 'tick' })
    listener.hello(session)
  }

  /** Who speaks another version or belongs to another mesh is told so, once. */
  const acceptable = (theirs: Hello): boolean => {
    const why = !understands(theirs)
      ? 'other-version'
      : theirs.mesh !== house.meshHash
        ? 'other-mesh'
        : undefined
    if (why === undefined) return true
    listener.unfit(session, why, theirs)
    session.part(why)
    return false
  }

  const onHello = (theirs: Hello): void => {
    if (hello === undefined) {
      if (acceptable(theirs)) begin(theirs)
      return
    }
    // A later hello of the same instance changes the wish; of another one it is nonsense.
    if (theirs.instance !== hello.instance) return link.close()
    feel({ kind: 'wish', theirsMs: theirs.beatInterval })
  }

  const proven = (at: number): void => {
    provenAt = at
    listener.proven(session)
  }

  const onPresenceFrame = (bytes: Uint8Array): void => {
    const frame = openPresenceFrame(bytes)
    if (frame.kind === 'hello') return onHello(frame)
    if (frame.kind === 'goodbye') return listener.goodbye(session, frame)
    if (hello === undefined) return link.close() // nothing may come before it
    feel({ kind: 'heard', what: frame.kind === 'beat' ? (frame.echo ? 'echo' : 'beat') : 'other' })
    if (frame.kind === 'beat') {
      if (!frame.echo) proven(clock.monotonic())
      else if (beatLeftAt !== undefined) {
        proven(beatLeftAt)
        beatLeftAt = undefined
      }
      return listener.standing(session, frame)
    }
    if (frame.kind !== 'unknown') listener.presence(session, frame)
  }

  /** Whoever goes on asking and does not read the answers is not read either, until those have left (fault M11). */
  const waitForReader = (channel: Channel): void => {
    if (channel.backlog <= UNREAD_LIMIT) return
    channel.pause()
    void channel.drained().then(() => channel.resume())
  }

  const takePresence = (channel: Channel): void => {
    if (presence !== undefined) return channel.close()
    presence = channel
    // Before anything is read: what waits in the channel may be answered at once, and the hello comes first.
    say({ kind: 'hello', ...options.hello(wished) })
    channel.onFrame((bytes) => {
      onPresenceFrame(bytes)
      waitForReader(channel)
    })
    channel.onClose(() => link.close())
  }

  const takeMessages = (channel: Channel): void => {
    if (messages !== undefined) return channel.close()
    messages = channel
    channel.send(encodeMessageFrame({ kind: 'hello', ...options.hello(wished) }))
    channel.onFrame((bytes) => {
      const frame = openMessageFrame(bytes, link.peer)
      if (frame.kind === 'hello') {
        if (messagesReady || !acceptable(frame)) return
        messagesReady = true
        return listener.messagesUp(session, channel)
      }
      if (!messagesReady) return channel.close()
      if (frame.kind === 'goodbye') return listener.goodbye(session, frame)
      if (frame.kind !== 'unknown') listener.letter(session, frame, channel)
      waitForReader(channel)
    })
    channel.onClose(() => {
      const wasReady = messagesReady
      messages = undefined
      messagesReady = false
      if (wasReady) listener.messagesDown(session)
      // A message channel that ends alone (nonsense in it, a stalled write) takes its link along: the dialler comes again.
      link.close()
    })
  }

  const session: LinkSession = {
    link,
    upAt,
    get hello() {
      return hello
    },
    get messages() {
      return messagesReady ? messages : undefined
    },
    get provenAt() {
      return provenAt
    },
    get silent() {
      return pulse?.unknown ?? true
    },
    say,
    wish(interval) {
      if (interval === wished) return
      wished = interval
      say({ kind: 'hello', ...options.hello(interval) })
      feel({ kind: 'wish', mineMs: interval })
    },
    prove: () => feel({ kind: 'prove' }),
    resumed: () => feel({ kind: 'resumed' }),
    part(why) {
      say({ kind: 'goodbye', why })
      // Where only the message channel is open yet, it is said there.
      if (presence === undefined) messages?.send(encodeMessageFrame({ kind: 'goodbye', why }))
      link.close() // lets what was said reach the other side first, for a bounded time
    },
  }

  agenda.at(`hello ${link.number}`, upAt + HELLO_WITHIN_MS, () => link.close())
  link.onChannel((channel) => (channel.kind === 'presence' ? takePresence(channel) : takeMessages(channel)))
  link.onClose(() => {
    agenda.cancel(`hello ${link.number}`)
    agenda.cancel(`pulse ${link.number}`)
    listener.closed(session)
  })
  if (link.outbound) {
    const signal = AbortSignal.timeout(HELLO_WITHIN_MS)
    house.inBackground(
      Promise.all([
        link.open('presence', { signal }).then(takePresence),
        link.open('messages', { signal }).then(takeMessages),
      ]).catch(() => link.close()),
    )
  }
  return session
}

const NOTHING = { grant: 0, counter: 0 }
