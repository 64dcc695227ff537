/** Publishing: my presence changes, every view that somebody reads is rendered, sealed and handed to the carrier. */
import { isDeepStrictEqual } from 'node:util'
import type { OwnStatus, OwnTuple, StatusChange, UserInput } from '../agent.ts'
import { encodeDocument } from '../envelope/presence-information.ts'
import { DOCUMENT_LIMIT } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { StoredStatus } from '../ports.ts'
import type { Grants, Times } from '../presentity/grants.ts'
import {
  changeStatus,
  derivedBasic,
  PLAIN_OPEN,
  type Presentity,
  readableStatus,
  statusAt,
} from '../presentity/presentity.ts'
import { inputNow, type Seats, seated, seatsEnd } from '../presentity/seats.ts'
import {
  checkActivities,
  checkInput,
  checkNotes,
  instantMs,
  type KeptTuple,
  tuplesAt,
  withTuple,
} from '../presentity/tuples.ts'
import { render, type ViewName } from '../presentity/views.ts'
import type { House } from './house.ts'

export interface Publishing {
  load(): Promise<void>
  /** What stands now. */
  presentity(): Presentity
  status(): OwnStatus
  /** Stores the change, then tells everybody who may know. */
  change(change: StatusChange): Promise<OwnStatus>
  /** A seat tells whether somebody is at its keys, or with `null` that it is none any more. Nothing of it is stored. */
  seated(seat: string, input: UserInput | null): Promise<void>
  tuples(): OwnTuple[]
  /** Stores the tuple, then tells everybody who may know. Rejects with `usage` or `too-large`. */
  publish(tuple: OwnTuple): Promise<OwnTuple>
  withdraw(id: string): Promise<OwnTuple>
  rename(name: string): Promise<void>
  /** Tells those who read this view that it is another, where it is, together with what else is to leave then. */
  announce(view: ViewName, more?: readonly Uint8Array[]): void
  rendition(view: ViewName): ReturnType<typeof render>
  times(): Times
}

/** Keys in the store's settings. */
const STATUS = 'status'
const TUPLES = 'tuples'
const ELISION = 'elision'
const NAME = 'name'

export function createPublishing(
  house: House,
  options: { grants: Grants; inboxAccepts: () => boolean; named: (name: string) => void; opened: () => void },
): Publishing {
  const { store, clock, agenda, self, mesh } = house
  const { grants, inboxAccepts, named, opened } = options
  let stored: StoredStatus = PLAIN_OPEN
  let tuples: readonly KeptTuple[] = []
  let elision = false
  let told: UserInput | undefined
  let seats: Seats = new Map()
  let name = ''
  let wasOpen = true
  let turn: Promise<unknown> = Promise.resolve()

  const withInput = (of: UserInput | undefined, at: Seats): Pick<Presentity, 'userInput'> => {
    const userInput = inputNow(of, at, clock.monotonic())
    return userInput === undefined ? {} : { userInput }
  }

  const presentity = (): Presentity => ({
    peerId: self.peerId,
    name,
    status: statusAt(stored, clock.now()),
    inboxAccepts: inboxAccepts(),
    // Most who ask want the status only.
    get tuples() {
      return tuplesAt(tuples, clock.now())
    },
    elision,
    ...withInput(told, seats),
  })

  const times = (): Times => ({ now: clock.monotonic(), wall: clock.now() })

  /** One change leaves as one batch in random order, so that order tells nothing about views (fault P2). */
  const announce = (): void => {
    const isOpen = derivedBasic(presentity()) === 'open'
    if (isOpen && !wasOpen) opened()
    wasOpen = isOpen
    tellReaders(grants.inUse(clock.monotonic()))
  }

  const tellReaders = (views: readonly ViewName[], more: readonly Uint8Array[] = []): void => {
    if (mesh === undefined) return
    const announcements = views.flatMap(
      (view) => grants.announce(view, render(view, presentity()), times()) ?? [],
    )
    for (const announcement of shuffled([...announcements, ...more], house.entropy.fraction))
      house.inBackground(mesh.carrier.publish(announcement))
  }

  /** A timed status or tuple ends by itself. Wall time decides: the person named an hour, not a duration. */
  const awaitEnd = (): void => {
    const ends = [stored.until, ...tuples.map(({ until }) => until && Date.parse(until))].filter(isNumber)
    const next = Math.min(...ends.filter((end) => end > clock.now()))
    if (next === Number.POSITIVE_INFINITY) return agenda.cancel('presence ends')
    agenda.at('presence ends', clock.monotonic() + Math.min(next - clock.now(), LOOK_AGAIN_MS), () => {
      announce()
      awaitEnd()
    })
  }

  /** Others are told only where it comes to something else. */
  const takeSeats = (next: Seats, shown: UserInput | undefined): void => {
    seats = next
    if (!isDeepStrictEqual(presentity().userInput, shown)) announce()
    awaitSeats()
  }

  /** A seat that tells nothing any more is none. */
  const awaitSeats = (): void => {
    const end = seatsEnd(seats)
    if (end === Number.POSITIVE_INFINITY) return agenda.cancel('seat ends')
    // Until then it counted, whatever the clock says by now.
    const shown = presentity().userInput
    agenda.at('seat ends', end, () => {
      const left = new Map([...seats].filter(([, { until }]) => until > clock.monotonic()))
      takeSeats(left, shown)
    })
  }

  /** One after another: each merges into what the one before left. */
  const inTurn = <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }

  const keepTuples = async (next: readonly KeptTuple[]): Promise<void> => {
    await store.settings.set(TUPLES, next.length === 0 ? undefined : JSON.stringify(next))
    tuples = next
    announce()
    awaitEnd()
  }

  return {
    async load() {
      const [status, called, published, elided] = await Promise.all(
        [STATUS, NAME, TUPLES, ELISION].map((key) => store.settings.get(key)),
      )
      if (status !== undefined) stored = JSON.parse(status) as StoredStatus
      if (published !== undefined) tuples = JSON.parse(published) as KeptTuple[]
      elision = elided !== undefined
      name = called ?? ''
      named(name)
      wasOpen = derivedBasic(presentity()) === 'open'
      awaitEnd()
    },

    presentity,
    times,
    status: () => readableStatus(presentity()),
    rendition: (view) => render(view, presentity()),
    announce: (view, more) => tellReaders([view], more),

    change: (change) =>
      inTurn(async () => {
        const status = changeStatus(statusAt(stored, clock.now()), change)
        const input = change.userInput === undefined ? told : (change.userInput ?? undefined)
        checkChange(change, status)
        const { userInput: _, ...rest } = presentity()
        checkSize({ ...rest, status, ...withInput(input, seats) })
        const elides = change.elision ?? elision
        await Promise.all([
          store.settings.set(STATUS, JSON.stringify(status)),
          ...(elides === elision ? [] : [store.settings.set(ELISION, elides ? 'on' : undefined)]),
        ])
        stored = status
        elision = elides
        told = input
        announce()
        awaitEnd()
        return readableStatus(presentity())
      }),

    seated: (seat, input) =>
      inTurn(async () => {
        checkInput(input)
        const next = seated(seats, seat, input, clock.monotonic())
        const { userInput: shown, ...rest } = presentity()
        checkSize({ ...rest, ...withInput(told, next) })
        takeSeats(next, shown)
      }),

    tuples: () => structuredClone(tuplesAt(tuples, clock.now())),

    publish: (tuple) =>
      inTurn(async () => {
        const next = withTuple(tuplesAt(tuples, clock.now()), tuple, clock.now())
        checkSize({ ...presentity(), tuples: next })
        await keepTuples(next)
        return structuredClone(next.find(({ id }) => id === tuple.id) ?? tuple)
      }),

    withdraw: (id) =>
      inTurn(async () => {
        const standing = tuplesAt(tuples, clock.now())
        const tuple = standing.find((each) => each.id === id)
        if (tuple === undefined) throw noSuchTuple(id, standing)
        await keepTuples(standing.filter((each) => each !== tuple))
        return tuple
      }),

    rename: (next) =>
      inTurn(async () => {
        checkSize({ ...presentity(), name: next })
        await store.settings.set(NAME, next)
        name = next
        named(name)
        announce()
      }),
  }
}

/** The wall clock may be set while we wait: look again at least this often. */
const LOOK_AGAIN_MS = 60_000

/** The largest an edition can be: its numbers take up room, too. */
const LARGEST_EDITION = {
  epoch: Number.MAX_SAFE_INTEGER,
  version: Number.MAX_SAFE_INTEGER,
  publishedAt: Number.MAX_SAFE_INTEGER,
}
/** Ids named to somebody who named none that is there; more would be a list to search. */
const NAMED_LIMIT = 10

function checkChange(change: StatusChange, after: StoredStatus): void {
  checkNotes(change.note, change.notes)
  checkInput(change.userInput)
  checkActivities(after.activities, after.basic)
  if (typeof change.until === 'string') instantMs(change.until)
}

/** Whoever sees most must be able to be given it whole; an address that is withheld now comes back. */
function checkSize(presentity: Presentity): void {
  const largest = render('contacts', { ...presentity, elision: false })
  const bytes = encodeDocument(largest, LARGEST_EDITION).length
  if (bytes > DOCUMENT_LIMIT)
    throw new NighError(
      'too-large',
      `Your presence would take ${bytes} bytes, and at most ${DOCUMENT_LIMIT} reach anybody. Shorten notes or markup, or withdraw a tuple.`,
    )
}

function noSuchTuple(id: string, tuples: readonly KeptTuple[]): NighError {
  const ids = tuples.slice(0, NAMED_LIMIT).map((tuple) => JSON.stringify(tuple.id))
  const more = tuples.length > NAMED_LIMIT ? ` and ${tuples.length - NAMED_LIMIT} more` : ''
  const there =
    ids.length === 0 ? 'You publish none beside that of your inbox.' : `There are: ${ids.join(', ')}${more}.`
  return new NighError('usage', `You publish no tuple ${JSON.stringify(id.slice(0, 80))}. ${there}`)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function shuffled<Item>(items: readonly Item[], fraction: () => number): Item[] {
  return items
    .map((item) => ({ item, rank: fraction() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}
