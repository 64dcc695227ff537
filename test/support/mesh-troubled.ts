/**
 * For a network namespace of its own: another program holds the port of multicast alone, then lets it go.
 * Prints `trouble` and `well` as the air tells of them.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { loopbackMeshes } from './mesh-worlds.ts'

const selfish = createSocket({ type: 'udp4' })
selfish.bind(5353, '0.0.0.0')
await once(selfish, 'listening')

const world = loopbackMeshes()
const mesh = await world.mesh()
const well = Promise.withResolvers<void>()
mesh.air.onTrouble((trouble) => {
  console.log(trouble === undefined ? 'well' : 'trouble')
  if (trouble === undefined) well.resolve()
  else selfish.close()
})
const asking = setInterval(() => mesh.air.ask(), 100)
await well.promise
clearInterval(asking)
await world.close()
