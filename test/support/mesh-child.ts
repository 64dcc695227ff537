/**
 * A peer in a process of its own, for what cannot be shown in one: on each line `block MS` it stands still for
 * that long. Prints `<peer id> <address>` when it runs, and `blocked` when it has woken up.
 */
import { createInterface } from 'node:readline'
import { loopbackMeshes } from './mesh-worlds.ts'

const mesh = await loopbackMeshes().mesh()
mesh.onLink((link) => link.onChannel((channel) => channel.onFrame((frame) => channel.send(frame))))
console.log(`${mesh.self} ${mesh.listening()[0]}`)

for await (const line of createInterface({ input: process.stdin })) {
  const [word, ms] = line.split(' ')
  if (word !== 'block') continue
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms))
  console.log('blocked')
}
await mesh.stop()
