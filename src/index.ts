/**
 * Nigh for programs: make a peer, act through its four user agents, listen to its events.
 *
 * @packageDocumentation
 */

export type { Log, LogEntry, LogLevel } from './agent/log.ts'
export { appearsReady } from './agent/readiness.ts'
export type * from './agent.ts'
export { type ErrorCode, NighError } from './errors.ts'
export { type RestoredHome, restorePeer } from './peer/backups.ts'
export { createPeer, type Peer, type PeerOptions, type PeerState } from './peer/create.ts'
export { memoryStore } from './peer/memory-store.ts'
export type { AirTraffic, Clock, DialFailure, Firewall, HostFacts, KeyStore, Store } from './ports.ts'
export type { MessageId, PeerId } from './principal/ids.ts'
