/**
 * Nigh for pages and windows: the Agent of a peer that runs elsewhere, over a `MessagePort` or a WebSocket. Needs nothing
 * of Node.
 *
 * @packageDocumentation
 */

export { METHODS, type Method } from '../agent/methods.ts'
export { appearsReady } from '../agent/readiness.ts'
export type * from '../agent.ts'
export { type ErrorCode, NighError } from '../errors.ts'
export type { MessageId, PeerId } from '../principal/ids.ts'
export { connectPort } from './rpc/connect-port.ts'
export { connectWebSocket, type WebSocketProof } from './rpc/connect-websocket.ts'
export { type LastingAgent, lastingAgent } from './rpc/lasting-agent.ts'
export type { Port } from './rpc/port-wire.ts'
export type { RemoteAgent } from './rpc/remote-agent.ts'
