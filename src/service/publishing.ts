/** Publishing: my presence changes, every view that somebody reads is rendered, sealed and handed to the carrier. */
import type { OwnStatus, StatusChange } from '../agent.ts'
import { ACTIVITIES_LIMIT, ACTIVITY_LIMIT, NOTE_LIMIT } from '../envelope/protocol.ts'
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
import { render, type ViewName } from '../presentity/views.ts'
import type { House } from './house.ts'

export interface Publishing {
  load(): Promise<void>
  /** What stands now. */
  presentity(): Presentity
  status(): OwnStatus
  /** Stores the change, then tells everybody who may know. */
  change(change: StatusChange): Promise<OwnStatus>
  rename(name: string): Promise<void>
  rendition(view: ViewName): ReturnType<typeof render>
  times(): Times
}

/** Keys in the store's settings. */
const STATUS = 'status'
const NAME = 'name'

export function createPublishing(
  house: House,
  options: { grants: Grants; inboxAccepts: () => boolean; named: (name: string) => void; opened: () => void },
): Publishing {
  const { store, clock, agenda, self, mesh } = house
  const { grants, inboxAccepts, named, opened } = options
  let stored: StoredStatus = PLAIN_OPEN
  let name = ''
  let wasOpen = true
  let turn: Promise<unknown> = Promise.resolve()

  const presentity = (): Presentity => ({
    peerId: self.peerId,
    name,
    status: statusAt(stored, clock.now()),
    inboxAccepts: inboxAccepts(),
  })

  const times = (): Times => ({ now: clock.monotonic(), wall: clock.now() })

  /** One change leaves as one batch in random order, so that order tells nothing about views (fault P2). */
  const announce = (): void => {
    const isOpen = derivedBasic(presentity()) === 'open'
    if (isOpen && !wasOpen) opened()
    wasOpen = isOpen
    if (mesh === undefined) return
    const announcements = grants
      .inUse(clock.monotonic())
      .flatMap((view) => grants.announce(view, render(view, presentity()), times()) ?? [])
    for (const announcement of shuffled(announcements, house.entropy.fraction))
      house.inBackground(mesh.carrier.publish(announcement))
  }

  /** A timed status ends by itself. Wall time decides: the person named an hour, not a duration. */
  const awaitEnd = (): void => {
    if (stored.until === undefined) return agenda.cancel('status ends')
    const left = Math.min(Math.max(0, stored.until - clock.now()), LOOK_AGAIN_MS)
    agenda.at('status ends', clock.monotonic() + left, () => {
      announce()
      if (stored.until !== undefined && stored.until > clock.now()) awaitEnd()
    })
  }

  return {
    async load() {
      const [status, called] = await Promise.all([store.settings.get(STATUS), store.settings.get(NAME)])
      if (status !== undefined) stored = JSON.parse(status) as StoredStatus
      name = called ?? ''
      named(name)
      wasOpen = derivedBasic(presentity()) === 'open'
      awaitEnd()
    },

    presentity,
    times,
    status: () => readableStatus(statusAt(stored, clock.now())),
    rendition: (view) => render(view, presentity()),

    change(change) {
      // One after another: each merges into what the one before left.
      const mine = turn.then(async () => {
        const next = changeStatus(statusAt(stored, clock.now()), checked(change))
        await store.settings.set(STATUS, JSON.stringify(next))
        stored = next
        announce()
        awaitEnd()
        return readableStatus(next)
      })
      turn = mine.catch(() => {})
      return mine
    },

    async rename(next) {
      await store.settings.set(NAME, next)
      name = next
      named(name)
      announce()
    },
  }
}

/** The wall clock may be set while we wait: look again at least this often. */
const LOOK_AGAIN_MS = 60_000

function checked(change: StatusChange): StatusChange {
  const { note, activities, until } = change
  if (typeof note === 'string' && note.length > NOTE_LIMIT)
    throw new NighError('usage', `A note has at most ${NOTE_LIMIT} characters; this one has ${note.length}.`)
  if (activities !== undefined && activities.length > ACTIVITIES_LIMIT)
    throw new NighError(
      'usage',
      `At most ${ACTIVITIES_LIMIT} activities fit; there are ${activities.length}.`,
    )
  const tooLong = activities?.find((activity) => activity.length === 0 || activity.length > ACTIVITY_LIMIT)
  if (tooLong !== undefined)
    throw new NighError(
      'usage',
      `An activity has 1 to ${ACTIVITY_LIMIT} characters; one has ${tooLong.length}.`,
    )
  if (typeof until === 'string' && Number.isNaN(Date.parse(until)))
    throw new NighError(
      'usage',
      `${JSON.stringify(until)} is no time that can be read (RFC 3339 is understood).`,
    )
  return change
}

function shuffled<Item>(items: readonly Item[], fraction: () => number): Item[] {
  return items
    .map((item) => ({ item, rank: fraction() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}
