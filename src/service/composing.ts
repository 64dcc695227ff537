/**
 * That somebody is writing (RFC 3994), between two people who know each other. It travels on a message channel that
 * is up anyway, is never stored and never owed: what cannot be said now is not said. It never carries a text.
 */
import type { ComposingState } from '../agent.ts'
import { type Composing as ComposingFrame, encodeMessageFrame } from '../envelope/message-frame.ts'
import { COMPOSING_REFRESH_S } from '../envelope/protocol.ts'
import { type Indicated, type Indication, indicated, NOT_WRITING, nextLook } from '../inbox/composing.ts'
import type { Channel } from '../ports.ts'
import { inboxAddress } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import {
  NOT_TYPING,
  nextLook as nextWord,
  type Typing,
  type TypingEvent,
  typing,
} from '../sender/composing.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Discretion } from './discretion.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'

export interface Composing {
  /** I typed something to this inbox, or gave my draft up. */
  typed(to: { peer: PeerId; label: string }, state: ComposingState): void
  /** A message of mine leaves for `peer`: it ends the indication by itself. */
  sent(peer: PeerId): void
}

export function createComposing(
  house: House,
  parts: {
    links?: Links
    acquaintances: Acquaintances
    discretion: Discretion
    /** A contact, or somebody accepted. */
    welcomes: (peer: PeerId) => boolean
    /** The view that this peer gets of me says open (fault M9). */
    seesMeOpen: (peer: PeerId) => boolean
    /** The peer once took a message of mine. */
    trusts: (peer: PeerId) => boolean
  },
): Composing {
  const { clock, agenda, self } = house
  const { links, acquaintances, discretion, welcomes, seesMeOpen, trusts } = parts
  /** The newest channel of each peer. */
  const channels = new Map<PeerId, Channel>()
  const mine = new Map<PeerId, { state: Typing; inbox: string }>()
  const theirs = new Map<PeerId, Indicated>()
  /** Appointments made: an earlier one is kept and finds out for itself, so that a flood of frames makes none. */
  const looks = new Map<string, number>()
  const ownInbox = inboxAddress(self.peerId)

  const lookAt = (name: string, at: number | undefined, look: () => void): void => {
    const planned = looks.get(name)
    if (at === undefined || (planned !== undefined && planned <= at)) return
    looks.set(name, at)
    agenda.at(name, at, () => {
      looks.delete(name)
      look()
    })
  }

  const maySayTo = (peer: PeerId): boolean =>
    discretion.composing() &&
    acquaintances.contact(peer) !== undefined &&
    welcomes(peer) &&
    trusts(peer) &&
    seesMeOpen(peer)

  const write = (peer: PeerId, event: TypingEvent): void => {
    const known = mine.get(peer)
    const channel = channels.get(peer)
    if (known === undefined || channel === undefined) return
    // Who may not know it is not told that it ended either.
    const { state, say } = typing(known.state, maySayTo(peer) ? event : 'over', clock.monotonic())
    mine.set(peer, { ...known, state })
    if (say !== undefined) channel.send(encodeMessageFrame(frameOf(say, known.inbox)))
    lookAt(`writing to ${peer}`, nextWord(state), () => write(peer, 'tick'))
  }

  const hear = (peer: PeerId, indication: Indication): void => {
    const { state, show } = indicated(theirs.get(peer) ?? NOT_WRITING, indication, clock.monotonic())
    theirs.set(peer, state)
    if (show !== undefined) tell(peer, show)
    lookAt(`${peer} writes`, nextLook(state), () => hear(peer, { kind: 'tick' }))
  }

  const tell = (peer: PeerId, state: ComposingState): void => {
    const at = new Date(clock.now()).toISOString()
    house.tell({ event: 'composing', at, seq: 0, who: acquaintances.person(peer), state })
  }

  const heard = (peer: PeerId, { state, refresh, inbox }: ComposingFrame): void => {
    // An inbox that takes no message from somebody shows no sign of one.
    if (inbox !== ownInbox || !welcomes(peer) || !seesMeOpen(peer)) return
    hear(peer, state === 'idle' ? { kind: 'idle' } : { kind: 'active', ...(refresh && { refresh }) })
  }

  links?.listen({
    messagesUp(peer, channel) {
      channels.set(peer, channel)
      // Another channel: what was said on the one before is over.
      write(peer, 'over')
    },
    messagesDown(peer) {
      channels.delete(peer)
      mine.delete(peer)
      if (theirs.has(peer)) hear(peer, { kind: 'over' })
      theirs.delete(peer)
    },
    letter(peer, letter) {
      if (letter.kind === 'message' && theirs.has(peer)) hear(peer, { kind: 'over' })
      if (letter.kind === 'composing') heard(peer, letter)
    },
  })

  return {
    typed({ peer, label }, state) {
      if (!channels.has(peer)) return
      mine.set(peer, { state: mine.get(peer)?.state ?? NOT_TYPING, inbox: inboxAddress(peer, label) })
      write(peer, state === 'active' ? 'key' : 'stopped')
    },
    sent: (peer) => write(peer, 'over'),
  }
}

function frameOf(state: ComposingState, inbox: string): { kind: 'composing' } & ComposingFrame {
  return { kind: 'composing', state, inbox, ...(state === 'active' ? { refresh: COMPOSING_REFRESH_S } : {}) }
}
