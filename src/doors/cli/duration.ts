/** Durations and points in time as people type them: `10s 5m 1h 2d`, `17:30`, RFC 3339. */
import { NighError } from '../../errors.ts'

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Ten years: beyond it somebody mistyped. */
const LONGEST_MS = 3_650 * 86_400_000

/** ms of `10s`, `5m`, `1h` or `2d`. */
export function durationOf(text: string): number {
  const ms = msOf(text)
  if (ms !== undefined) return ms
  throw new NighError('usage', `"${text}" is no duration. Write it as 10s, 5m, 1h or 2d.`)
}

/** The instant meant by a duration from now, by the next time the clock shows `17:30`, or by RFC 3339; as RFC 3339 UTC. */
export function instantOf(text: string, now: Date): string {
  const ms = msOf(text)
  if (ms !== undefined) return new Date(now.getTime() + ms).toISOString()
  const instant = clockTime(text, now) ?? timestamp(text)
  if (instant === undefined) {
    throw new NighError(
      'usage',
      `"${text}" is no time. Write a duration (1h), a time of day (17:30) or a date and time (2026-11-22T17:30:00Z).`,
    )
  }
  if (instant.getTime() <= now.getTime()) throw new NighError('usage', `${text} has passed already.`)
  return instant.toISOString()
}

function msOf(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0)
  return ms <= LONGEST_MS ? ms : undefined
}

function clockTime(text: string, now: Date): Date | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  if (hours === undefined) return undefined
  const instant = new Date(now)
  instant.setHours(Number(hours), Number(minutes), 0, 0)
  if (instant.getTime() <= now.getTime()) instant.setDate(instant.getDate() + 1)
  return instant
}

/** RFC 3339: unlike ISO 8601 at large it always has a date, a time and an offset. */
function timestamp(text: string): Date | undefined {
  const [, date, , day] =
    /^((\d{4}-\d{2})-(\d{2}))[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/.exec(text) ?? []
  if (date === undefined) return undefined
  // Date.parse turns 30 February into 2 March: such a day is nobody's intention.
  if (new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(day)) return undefined
  const instant = new Date(text.replace(' ', 'T').toUpperCase())
  return Number.isNaN(instant.getTime()) ? undefined : instant
}
