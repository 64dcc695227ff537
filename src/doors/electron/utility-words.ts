/** What the main process and the process of the peer say to each other: narrow, and plain as it is cloned. */
import type { PeerOptions, PeerState } from '../../peer/create.ts'
import type { Failure } from './bridge.ts'

/** What of a peer's options can be sent. */
export type SentOptions = Pick<PeerOptions, 'home' | 'name' | 'mesh' | 'port' | 'interfaces' | 'without'>

/** From main. `start` is the first, once; `serve` comes with the port that is to be served. */
export type Asked =
  | { ask: 'start'; options: SentOptions /** Where the keychain has it. */; key?: Uint8Array }
  | { ask: 'serve' | 'suspend' | 'resume' | 'close' }

/** To main: how it is now, or why it could not start. */
export type Told = { state: PeerState } | { failure: Failure }
