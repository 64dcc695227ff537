/**
 * Is the other side still there? The smaller id beats, the larger echoes, and whatever else travels counts as
 * well. Silence is counted in intervals since anything was heard: two are `unknown`, four end the link. Time in
 * which our own loop slept is not the other's silence (fault N2: a loop blocked for 1.5 s makes nobody unknown).
 *
 *     const { state, acts } = beat(before, { kind: 'tick' }, now)
 *     agenda.wake(nextTick(state))
 */
import {
  BEAT_CLOSE_MS,
  BEAT_FAR_MS,
  CLOSE_BEATS_LIMIT,
  MISSES_CLOSE,
  MISSES_UNKNOWN,
  SLEEP_GAP_MS,
} from '../envelope/protocol.ts'
import type { PeerId } from '../principal/ids.ts'

/** One presence channel's pulse. Plain and frozen: `beat` makes the next one. All times are monotonic ms. */
export interface Pulse {
  /** We beat; else we echo. */
  readonly beats: boolean
  readonly mineMs: number
  readonly theirsMs: number
  /** When anything last came, moved on by what our loop slept. */
  readonly heardAt: number
  /** When a frame with the counter, other than a beat, last left. */
  readonly sentAt: number
  /** When the next beat is due. */
  readonly beatAt: number
  readonly echoedAt: number
  /** An echo that came too soon after the last one waits until then. */
  readonly echoAt?: number
  readonly misses: number
  readonly unknown: boolean
  /** After a sleep: unless something comes by then, `unknown`. */
  readonly doubtAt?: number
}

export type PulseEvent =
  /** A frame came on the presence channel. `beat` asks for an echo. */
  | { kind: 'heard'; what: 'beat' | 'echo' | 'other' }
  /** A frame that carries (grant number, counter), other than a beat or echo, was sent. */
  | { kind: 'sent' }
  /** The deadline of `nextTick`; coming early does no harm. */
  | { kind: 'tick' }
  /** Either side wishes another interval; the shorter counts. */
  | { kind: 'wish'; mineMs?: number; theirsMs?: number }
  /** A second link came up: which of them works is to be known now (see doubles). */
  | { kind: 'prove' }
  /** This host slept, or its network changed. */
  | { kind: 'resumed' }

/** `unknown` and `live` are told once per change; after `close` the pulse is of no more use. */
export type PulseAct = 'beat' | 'echo' | 'unknown' | 'live' | 'close'

/** A channel whose two hellos have been read. The first beat is due at once: it is what shows that a link works. */
export function firstPulse(between: {
  self: PeerId
  peer: PeerId
  mineMs: number
  theirsMs: number
  /** A peer that is here for one command starts no beats, so whoever stays does. */
  selfVisiting?: boolean
  peerVisiting?: boolean
  now: number
}): Pulse {
  const { selfVisiting = false, peerVisiting = false } = between
  return {
    beats: selfVisiting === peerVisiting ? between.self < between.peer : peerVisiting,
    mineMs: bounded(between.mineMs),
    theirsMs: bounded(between.theirsMs),
    heardAt: between.now,
    sentAt: Number.NEGATIVE_INFINITY,
    beatAt: between.now,
    echoedAt: Number.NEGATIVE_INFINITY,
    misses: 0,
    unknown: false,
  }
}

/** The next state, and what the hallway does now, in this order. */
export function beat(pulse: Pulse, event: PulseEvent, now: number): { state: Pulse; acts: PulseAct[] } {
  switch (event.kind) {
    case 'heard':
      return heard(pulse, event.what, now)
    case 'sent':
      return { state: { ...pulse, sentAt: now }, acts: [] }
    case 'tick':
      return tick(pulse, now)
    case 'wish':
      return { state: wished(pulse, event, now), acts: [] }
    case 'prove':
      return { state: { ...pulse, beatAt: now + intervalOf(pulse) }, acts: ['beat'] }
    case 'resumed':
      return {
        state: {
          ...pulse,
          heardAt: now,
          misses: 0,
          beatAt: now + intervalOf(pulse),
          doubtAt: now + DOUBT_MS,
        },
        acts: ['beat'],
      }
  }
}

/** When `tick` is due. */
export function nextTick(pulse: Pulse): number {
  const missAt = pulse.heardAt + intervalOf(pulse) * (pulse.misses + 1) + echoWaitOf(pulse)
  return Math.min(
    missAt,
    pulse.beats ? pulse.beatAt : missAt,
    pulse.doubtAt ?? missAt,
    pulse.echoAt ?? missAt,
  )
}

/** The shorter of both wishes. */
export function intervalOf(pulse: Pulse): number {
  return Math.min(pulse.mineMs, pulse.theirsMs)
}

/** Whom to beat every 2 s: people on screen, then contacts, CLOSE_BEATS_LIMIT at most; everybody else every 20 s. */
export function closelyBeaten(
  people: readonly { peer: PeerId; onScreen: boolean; contact: boolean }[],
): Set<PeerId> {
  const wish = (person: { onScreen: boolean; contact: boolean }) =>
    (person.onScreen ? 2 : 0) + (person.contact ? 1 : 0)
  const wanted = people.filter((person) => wish(person) > 0)
  wanted.sort((one, other) => wish(other) - wish(one) || (one.peer < other.peer ? -1 : 1))
  return new Set(wanted.slice(0, CLOSE_BEATS_LIMIT).map((person) => person.peer))
}

/** Whether the loop's clock stood so long that the host must have slept. */
export function hasSlept(expectedAt: number, now: number): boolean {
  return now - expectedAt > SLEEP_GAP_MS
}

/** Part of an interval an echo may take, and at most: two misses are then 4.6 s close by and 44 s far off. */
const ECHO_PART = 0.3
const ECHO_LONGEST_MS = 4_000
/** A flood of beats is echoed no faster than this; the evidence is in the first echo. A guess. */
const ECHO_GAP_MS = 200
/** A timer later than this was held up by our own loop. Node's timers are late by 1 to 20 ms under load. */
const LATE_MS = 50
/** After a sleep the other side has this long to answer. */
const DOUBT_MS = 1_000

function heard(
  pulse: Pulse,
  what: 'beat' | 'echo' | 'other',
  now: number,
): { state: Pulse; acts: PulseAct[] } {
  const acts: PulseAct[] = []
  const { doubtAt: _, echoAt, ...rest } = pulse
  const state: Pulse = { ...rest, heardAt: now, misses: 0, unknown: false }
  if (pulse.unknown) acts.push('live')
  if (what !== 'beat') return { state: echoAt === undefined ? state : { ...state, echoAt }, acts }
  // Later, not never: the other side may have woken just now and count on it.
  if (now - pulse.echoedAt < ECHO_GAP_MS)
    return { state: { ...state, echoAt: pulse.echoedAt + ECHO_GAP_MS }, acts }
  acts.push('echo')
  return { state: { ...state, echoedAt: now }, acts }
}

function tick(pulse: Pulse, now: number): { state: Pulse; acts: PulseAct[] } {
  const acts: PulseAct[] = []
  let state = forgiven(pulse, now)
  if (state.echoAt !== undefined && now >= state.echoAt) {
    const { echoAt: _, ...rest } = state
    acts.push('echo')
    state = { ...rest, echoedAt: now }
  }
  if (state.beats && now >= state.beatAt) {
    const interval = intervalOf(state)
    const servedAt = exchangedAt(state)
    if (servedAt + interval > now) {
      state = { ...state, beatAt: servedAt + interval }
    } else {
      acts.push('beat')
      state = { ...state, beatAt: now + interval }
    }
  }

  const silent = now - state.heardAt - echoWaitOf(state)
  state = { ...state, misses: Math.max(0, Math.floor(silent / intervalOf(state))) }
  const doubted = state.doubtAt !== undefined && now >= state.doubtAt
  if (doubted) {
    const { doubtAt: _, ...rest } = state
    state = rest
  }
  if (!state.unknown && (doubted || state.misses >= MISSES_UNKNOWN)) {
    acts.push('unknown')
    state = { ...state, unknown: true }
  }
  if (state.misses >= MISSES_CLOSE) acts.push('close')
  return { state, acts }
}

/** A tick that comes late: what may have been answered waits unread, or was never asked. The gap counts for nothing. */
function forgiven(pulse: Pulse, now: number): Pulse {
  const late = now - nextTick(pulse)
  if (late < LATE_MS) return pulse
  return {
    ...pulse,
    heardAt: Math.min(now, pulse.heardAt + late),
    ...(pulse.doubtAt === undefined ? {} : { doubtAt: pulse.doubtAt + late }),
  }
}

/** A frame of ours that was followed by one of theirs did a beat's work; when it left. */
function exchangedAt(pulse: Pulse): number {
  return pulse.heardAt >= pulse.sentAt ? pulse.sentAt : Number.NEGATIVE_INFINITY
}

/** Silence begins anew: the other side learns of a shorter interval only now. */
function wished(pulse: Pulse, wish: { mineMs?: number; theirsMs?: number }, now: number): Pulse {
  const next = {
    ...pulse,
    mineMs: bounded(wish.mineMs ?? pulse.mineMs),
    theirsMs: bounded(wish.theirsMs ?? pulse.theirsMs),
  }
  if (intervalOf(next) === intervalOf(pulse)) return next
  return { ...next, heardAt: now, misses: 0, beatAt: Math.min(pulse.beatAt, now + intervalOf(next)) }
}

/** Nobody can make us beat faster than closely, or so rarely that a dead link stays. */
function bounded(intervalMs: number): number {
  if (!Number.isFinite(intervalMs)) return BEAT_FAR_MS
  return Math.min(BEAT_FAR_MS, Math.max(BEAT_CLOSE_MS, intervalMs))
}

function echoWaitOf(pulse: Pulse): number {
  return Math.min(ECHO_LONGEST_MS, intervalOf(pulse) * ECHO_PART)
}
