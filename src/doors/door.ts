/**
 * Nigh's doors, for programs that run a peer: let commands, windows and pages in, or enter a home where one runs.
 *
 * @packageDocumentation
 */

export { METHODS, type Method } from '../agent/methods.ts'
export { connectAgent, type RemoteAgent } from './rpc/connect-agent.ts'
export { type Door, type DoorOptions, serveAgent } from './rpc/serve-agent.ts'
export type { Successor } from './rpc/serve-client.ts'
export { type Port, type ServeOptions, servePort } from './rpc/serve-port.ts'
export { serveWebSocket, type WebSocketDoor, type WebSocketDoorOptions } from './rpc/serve-websocket.ts'
