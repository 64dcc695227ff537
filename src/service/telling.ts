/**
 * Telling senders what became of their messages after the first receipt: a request that was accepted, a message that
 * was read (RFC 5438 display notification, the reader's choice). A change of disposition is owed like a message: the
 * row says what it is and what was told last, and each link-up, or the change itself, tells the rest. A receipt is not
 * answered: what left just before its link was lost may not have come, and counts as untold again.
 */
import { encodeMessageFrame } from '../envelope/message-frame.ts'
import { RECEIPT_IDS_LIMIT } from '../envelope/protocol.ts'
import type { Channel, InboxRow } from '../ports.ts'
import { inboxAddress } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Discretion } from './discretion.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'

export interface Telling {
  /** The person has read these; durable when it resolves. Their senders are told, where the person chose so. */
  read(rows: readonly InboxRow[]): Promise<void>
  /** Tells `peer` what it was not told yet, if it may hear it now. */
  untold(peer: PeerId): Promise<void>
  /** I am open again: what was not to be told meanwhile is told. */
  reopened(): Promise<void>
}

/** A proof of the peer's life this long after a receipt left comes behind it: longer than a frame is under way. A guess. */
const COME_AFTER_MS = 1_000
/** Untold dispositions read from the store at once: some 100 bytes of receipt each. A guess. */
const UNTOLD_AT_ONCE = 1_000

export function createTelling(
  house: House,
  parts: {
    links?: Links
    discretion: Discretion
    /** A contact, or somebody accepted. */
    welcomes: (peer: PeerId) => boolean
    /** The view that this peer gets of me says open (fault M9). */
    seesMeOpen: (peer: PeerId) => boolean
  },
): Telling {
  const { store, clock, self } = house
  const { links, discretion, welcomes, seesMeOpen } = parts
  /** The newest channel of each peer: receipts go there. */
  const channels = new Map<PeerId, Channel>()
  /** One telling per peer at a time, so that nothing is told twice; the last of each. */
  const turns = new Map<PeerId, Promise<void>>()
  /** What each peer was told, and has not proved to be there for since: a pulled cable takes it along. */
  const underWay = new Map<PeerId, { leftAt: number; rows: readonly Left[] }[]>()

  const inTurn = (peer: PeerId, work: () => Promise<void>): Promise<void> => {
    const before = turns.get(peer) ?? Promise.resolve()
    const turn: Promise<void> = before
      .catch(() => {})
      .then(work)
      .finally(() => {
        if (turns.get(peer) === turn) turns.delete(peer)
      })
    turns.set(peer, turn)
    return turn
  }

  const untold = (peer: PeerId): Promise<void> => inTurn(peer, () => tellAll(peer))

  const came = (peer: PeerId): void => {
    const left = underWay.get(peer)
    if (left === undefined) return
    const still = left.filter(({ leftAt }) => clock.monotonic() < leftAt + COME_AFTER_MS)
    if (still.length === 0) underWay.delete(peer)
    else underWay.set(peer, still)
  }

  /** The channel ended: what it may have taken along is told again over the next one. The sender takes a repeat for none. */
  const mayBeLost = (peer: PeerId): void => {
    if (underWay.has(peer)) house.inBackground(inTurn(peer, () => takeBack(peer)))
  }

  const takeBack = async (peer: PeerId): Promise<void> => {
    const rows = (underWay.get(peer) ?? []).flatMap((left) => left.rows)
    underWay.delete(peer)
    // Whoever does not tell any more has told what he told.
    const again = rows.filter((row) => row.disposition !== 'displayed' || discretion.displayReceipts())
    const asBefore = again.flatMap(({ seq, told }) => (told === undefined ? [] : { seq, disposition: told }))
    if (asBefore.length > 0) await store.inbox.told(asBefore)
  }

  const tellAll = async (peer: PeerId): Promise<void> => {
    for (let told = UNTOLD_AT_ONCE; told === UNTOLD_AT_ONCE; ) told = await tellSome(peer)
  }

  const tellSome = async (peer: PeerId): Promise<number> => {
    const channel = channels.get(peer)
    if (channel === undefined) return 0
    const rows = await store.inbox.untold(peer, UNTOLD_AT_ONCE)
    const told = rows.filter(({ disposition }) => {
      // Nothing new is said to somebody who sees me closed: a tick would betray that I am here.
      if (disposition !== 'held' && !seesMeOpen(peer)) return false
      return disposition !== 'displayed' || (discretion.displayReceipts() && welcomes(peer))
    })
    for (const alike of together(told)) channel.send(receiptOf(alike))
    if (told.length === 0) return 0
    const left = { leftAt: clock.monotonic(), rows: told.map(leftOf) }
    underWay.set(peer, [...(underWay.get(peer) ?? []), left])
    await store.inbox.told(told)
    return told.length
  }

  const receiptOf = ([first, ...others]: Alike): Uint8Array =>
    encodeMessageFrame({
      kind: 'receipt',
      ids: [first, ...others].map((row) => row.id),
      inbox: inboxAddress(self.peerId, first.label),
      disposition: first.disposition,
      at: clock.now(),
    })

  links?.listen({
    messagesUp(peer, channel) {
      if (channels.get(peer) !== channel) mayBeLost(peer)
      channels.set(peer, channel)
      house.inBackground(untold(peer))
    },
    messagesDown(peer) {
      channels.delete(peer)
      mayBeLost(peer)
    },
    answered: came,
  })

  return {
    async read(rows) {
      const unread = rows.filter((row) => row.unread)
      if (unread.length === 0) return
      // Requests and strangers' messages are read in silence, for good: a later yes does not tell of it.
      const mayTell = ({ peer, disposition }: InboxRow): boolean =>
        discretion.displayReceipts() && disposition === 'delivered' && welcomes(peer)
      const seqs = (some: readonly InboxRow[]): number[] => some.map((row) => row.seq)
      const [displayed, silent] = [unread.filter(mayTell), unread.filter((row) => !mayTell(row))]
      // In one turn, so in one commit.
      await Promise.all([store.inbox.markDisplayed(seqs(displayed)), store.inbox.markRead(seqs(silent))])
      for (const peer of new Set(displayed.map((row) => row.peer))) house.inBackground(untold(peer))
    },
    untold,
    async reopened() {
      await Promise.all([...channels.keys()].map(untold))
    },
  }
}

/** What is kept of a row whose receipt left: enough to take it back, and no body. */
type Left = Pick<InboxRow, 'seq' | 'disposition' | 'told'>

const leftOf = ({ seq, disposition, told }: InboxRow): Left => ({
  seq,
  disposition,
  ...(told === undefined ? {} : { told }),
})

/** Rows that one receipt can tell. */
type Alike = [InboxRow, ...InboxRow[]]

/** In order; neighbours of one inbox that fared alike share a receipt. */
function together(rows: readonly InboxRow[]): Alike[] {
  const alike: Alike[] = []
  for (const row of rows) {
    const last = alike.at(-1)
    const shares =
      last !== undefined &&
      last.length < RECEIPT_IDS_LIMIT &&
      last[0].disposition === row.disposition &&
      last[0].label === row.label
    if (shares) last.push(row)
    else alike.push([row])
  }
  return alike
}
