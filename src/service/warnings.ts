/** What went wrong without anybody having asked: each sentence is told once, and no kind of them floods the rest. */
import { hourlyTally } from '../inbox/addresses.ts'
import type { Clock } from '../ports.ts'
import type { House } from './house.ts'

/** Warnings remembered as told. A guess: a network has few ways to be broken, a stranger has many names. */
const WARNED_LIMIT = 100
/** Warnings of one kind within the hour: whoever read ten learns nothing from the eleventh. A guess. */
const WARNED_PER_CODE = 10

/** `tell` is given each that is to be told. */
export function createWarnings(clock: Clock, tell: House['tell']): Pick<House, 'warn' | 'mended'> {
  /** Sentences already told, with the code of each. */
  const warned = new Map<string, string>()
  const warnedOf = hourlyTally(WARNED_PER_CODE)
  return {
    warn(code, message) {
      if (warned.has(message) || warnedOf.of(code, clock.monotonic()) >= WARNED_PER_CODE) return
      warnedOf.add(code, clock.monotonic())
      // Told once; beyond the bound some are told again rather than remembered for ever.
      if (warned.size >= WARNED_LIMIT) warned.clear()
      warned.set(message, code)
      tell({ event: 'warning', at: new Date(clock.now()).toISOString(), seq: 0, code, message })
    },
    mended(code) {
      for (const [message, told] of warned) if (told === code) warned.delete(message)
    },
  }
}
