/**
 * Where I could sit: each screen is a seat that tells whether somebody is at its keys. Whoever is active at one of them
 * is active; what a seat told ends by itself, so that one that is gone leaves nobody away for ever.
 */
import type { UserInput } from '../agent.ts'

/** What a seat told counts for so long, ms: it tells every minute, and two words may be lost. */
export const SEAT_MS = 150_000
/** More screens than anybody has; the one that told longest ago makes room. */
export const SEATS_LIMIT = 16

/** By the seat's name: what it told, and until when that counts, monotonic ms. The last to tell is last. */
export type Seats = ReadonlyMap<string, { input: UserInput; until: number }>

/** After `seat` told `input`, or with `null` that nobody sits there. */
export function seated(seats: Seats, seat: string, input: UserInput | null, now: number): Seats {
  const next = new Map([...seats].filter(([name, { until }]) => name !== seat && until > now))
  if (input === null) return next
  for (const oldest of next.keys()) {
    if (next.size < SEATS_LIMIT) break
    next.delete(oldest)
  }
  return next.set(seat, { input: { ...input }, until: now + SEAT_MS })
}

/**
 * What all of it comes to, together with what was told for the whole machine. An active seat adds nothing but that the
 * rest is not idle; where all are idle the last input of any counts.
 */
export function inputNow(told: UserInput | undefined, seats: Seats, now: number): UserInput | undefined {
  const inputs = [...seats.values()].filter(({ until }) => until > now).map(({ input }) => input)
  if (told?.state === 'active') return told
  if (inputs.some(({ state }) => state === 'active'))
    return told === undefined ? undefined : { state: 'active' }
  const idle = told === undefined ? inputs : [told, ...inputs]
  return idle.reduce<UserInput | undefined>(
    (latest, input) => (latest === undefined || sinceOf(input) > sinceOf(latest) ? input : latest),
    undefined,
  )
}

/** When the first of them ends, monotonic ms; infinity where none is. */
export function seatsEnd(seats: Seats): number {
  return Math.min(...[...seats.values()].map(({ until }) => until))
}

function sinceOf({ since }: UserInput): number {
  return since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since)
}
