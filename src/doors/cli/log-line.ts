/** One line of the log, as it goes to stderr. */
import type { LogEntry } from '../../agent/log.ts'
import { harmless } from './harmless.ts'

/** `2026-11-26T12:00:00.000Z link-up …k2XKmMF5 address=10.0.0.2 outbound=true` */
export function logLine({ at, event, peer, ...facts }: LogEntry): string {
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
  return harmless([at, event, ...(peer === undefined ? [] : [`…${peer}`]), ...rest].join(' '))
}
