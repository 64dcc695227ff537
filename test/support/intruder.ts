/**
 * A peer of a town that speaks our frames and keeps none of our rules: it says what it is told to say, when it is told
 * to, under any key and from any host. For attacks on the meaning; `mesh-stranger.ts` attacks the wire.
 */
import type { Hello } from '../../src/envelope/hello.ts'
import {
  encodeMessageFrame,
  type InstantMessage,
  type MessageFrame,
  openMessageFrame,
} from '../../src/envelope/message-frame.ts'
import { messageIdFromBytes } from '../../src/envelope/message-id.ts'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { BEAT_FAR_MS, OLDEST_VERSION, VERSION } from '../../src/envelope/protocol.ts'
import type { Channel, ChannelKind, Clock, Entropy, Link, Mesh } from '../../src/ports.ts'
import { inboxAddress } from '../../src/principal/address.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import type { Town } from './town.ts'

type Letter = Exclude<MessageFrame, { kind: 'unknown' }>

export interface Intruder {
  readonly peer: PeerId
  readonly mesh: Mesh
  readonly link: Link
  readonly messages: Channel
  readonly presence: Channel
  /** What came on the message channel, hellos left out. */
  readonly letters: MessageFrame[]
  /** Kinds of what came on the presence channel; of a goodbye, why. */
  readonly heard: string[]
  say(kind: ChannelKind, ...frames: Uint8Array[]): void
  write(...letters: Letter[]): void
  /** Both hellos. */
  greet(changed?: Partial<Hello>): void
  hello(changed?: Partial<Hello>): Hello
  /** A message of mine to the one I came to. */
  message(text: string, changed?: Partial<InstantMessage>): { kind: 'message' } & InstantMessage
  leave(): Promise<void>
}

/** Where it goes about: a town, or the network of this host (`loopbackHaunt`). */
export interface Haunt extends Pick<Town, 'meshHash' | 'pass'> {
  readonly clock: Clock
  readonly entropy: Entropy
  readonly world: { mesh(peer: PeerId, options?: { host?: string }): Mesh }
}

/** To whom it comes. */
export interface Target {
  readonly peerId: PeerId
  readonly mesh: Pick<Mesh, 'listening'>
}

export interface Intrusion {
  /** A fresh one by default. */
  key?: Uint8Array
  /** Two of one host share its address; by default each has its own. */
  host?: string
  /** Without hellos. */
  silent?: boolean
  /** Sees each frame of the presence channel as it came. */
  onPresence?(bytes: Uint8Array): void
  /** Gets the mesh before anything is dialled. */
  onMesh?(mesh: Mesh): void
}

/** Links to `target` and opens both channels. */
export async function intruder(place: Haunt, target: Target, how: Intrusion = {}): Promise<Intruder> {
  const peer = principalOf(how.key ?? (await makeKey())).peerId
  const mesh = place.world.mesh(peer, how.host === undefined ? {} : { host: how.host })
  how.onMesh?.(mesh)
  await mesh.start()
  const { signal } = new AbortController()
  const inTime = async <Result>(work: Promise<Result>): Promise<Result> => {
    work.catch(() => {}) // told when it is awaited
    await place.pass(5)
    return work
  }
  const link = await inTime(mesh.dial(target.peerId, target.mesh.listening(), { signal }))
  const [presence, messages] = await inTime(
    Promise.all([link.open('presence', { signal }), link.open('messages', { signal })]),
  )
  // The one rule it keeps: it seems alive.
  const beat = (echo: boolean) =>
    presence.send(encodePresenceFrame({ kind: 'beat', echo, grant: 0, counter: 0 }))
  const beatOn = (): void => {
    if (presence.closed) return
    beat(false)
    place.clock.wake(place.clock.monotonic() + 1_000, beatOn)
  }
  const letters: MessageFrame[] = []
  const heard: string[] = []
  presence.onFrame((bytes) => {
    const frame = openPresenceFrame(bytes)
    how.onPresence?.(bytes)
    heard.push(frame.kind === 'goodbye' ? frame.why : frame.kind)
    if (frame.kind === 'beat' && !frame.echo) beat(true)
  })
  messages.onFrame((bytes) => {
    const frame = openMessageFrame(bytes, target.peerId)
    if (frame.kind !== 'hello') letters.push(frame)
  })
  const self: Intruder = {
    peer,
    mesh,
    link,
    messages,
    presence,
    letters,
    heard,
    say(kind, ...frames) {
      for (const frame of frames) (kind === 'presence' ? presence : messages).send(frame)
    },
    write: (...all) => self.say('messages', ...all.map(encodeMessageFrame)),
    greet(changed) {
      self.say('presence', encodePresenceFrame({ kind: 'hello', ...self.hello(changed) }))
      self.say('messages', encodeMessageFrame({ kind: 'hello', ...self.hello(changed) }))
      if (peer < target.peerId) beatOn()
    },
    hello: (changed = {}) => ({
      version: VERSION,
      oldest: OLDEST_VERSION,
      instance: '00'.repeat(16),
      mesh: place.meshHash,
      visiting: false,
      beatInterval: BEAT_FAR_MS,
      presence: true,
      messages: true,
      ...changed,
    }),
    message: (text, changed = {}) => ({
      kind: 'message',
      id: anyId(place),
      to: inboxAddress(target.peerId),
      sentAt: place.clock.now(),
      contentType: 'text/plain',
      body: new TextEncoder().encode(text),
      untilOpen: false,
      ...changed,
    }),
    leave: () => mesh.stop(),
  }
  if (how.silent !== true) {
    self.greet()
    await place.pass(5)
  }
  return self
}

/** An id that carries no clock. */
export const anyId = (place: Pick<Haunt, 'entropy'>): MessageId => messageIdFromBytes(place.entropy.bytes(16))
