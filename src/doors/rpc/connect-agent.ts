/** The client's side of the door: finds the running Nigh of a home and is its Agent from afar. */
import { connect, type Socket } from 'node:net'
import { LINE_BEFORE_PROOF, proveToServer } from './handshake.ts'
import { proverOf } from './proof.ts'
import { type RemoteAgent, remoteAgent } from './remote-agent.ts'
import { readDoor } from './socket-place.ts'
import { socketWire } from './socket-wire.ts'

export type { RemoteAgent } from './remote-agent.ts'

/**
 * The Agent that runs for `home`, or nothing when nobody answers: no socket, a stale one, or one behind which
 * somebody cannot prove to be this home's.
 */
export async function connectAgent(home: string): Promise<RemoteAgent | undefined> {
  const door = readDoor(home)
  if (door === undefined) return undefined
  const socket = await knock(door.path)
  if (socket === undefined) return undefined
  const wire = socketWire(socket, LINE_BEFORE_PROOF)
  if (!(await proveToServer(wire, proverOf(door.secret)))) return undefined
  try {
    return await remoteAgent(wire)
  } catch {
    wire.destroy()
    return undefined
  }
}

function knock(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('error', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('connect', () => resolve(socket))
  })
}
