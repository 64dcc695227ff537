/** What a peer may be made with. Whoever misspells an option is told so before a home is made: it would not count. */
import * as v from 'valibot'
import { fitting } from '../agent/questions.ts'
import { signal, usable } from './asked.ts'
import type { PeerOptions } from './create.ts'

const does = v.function()
const isStore = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && 'settings' in given && 'close' in given

/** Each of PeerOptions once: what is missing or too much is a mistake of types. */
const PARTS: Readonly<Record<keyof PeerOptions, v.GenericSchema>> = {
  home: v.pipe(v.string(), v.minLength(1, 'Name a folder.')),
  create: v.optional(v.boolean()),
  name: v.optional(v.string()),
  mesh: v.optional(v.string()),
  start: v.optional(v.boolean()),
  visiting: v.optional(v.boolean()),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  interfaces: v.optional(v.array(v.string())),
  without: v.optional(v.array(v.picklist(['presence', 'messages']))),
  keyStore: v.optional(v.looseObject({ load: does, save: does })),
  store: v.optional(v.custom(isStore, 'It is no store. Where it is a promise of one, await it first.')),
  log: v.optional(v.looseObject({ level: v.picklist(['info', 'debug']), write: does })),
  clock: v.optional(v.looseObject({ now: does, monotonic: does, wake: does })),
  signal: v.optional(signal),
}
const OPTIONS = v.strictObject(PARTS)

/** Throws `usage`, which names the part, where `options` are none. */
export function checkOptions(options: PeerOptions): void {
  usable('createPeer', () => fitting(OPTIONS, options))
}

const RESTORE = v.strictObject({
  home: PARTS.home,
  file: v.pipe(v.string(), v.minLength(1, 'Name a file.')),
  passphrase: v.string(),
})

/** Likewise for `restorePeer`. */
export function checkRestore(asked: unknown): void {
  usable('restorePeer', () => fitting(RESTORE, asked))
}
