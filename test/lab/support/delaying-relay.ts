/**
 * A slow and uneven line: what comes on one side leaves on the other after a wait that differs from piece to piece,
 * in order within a connection, as TCP has it; two connections overtake each other.
 *
 *     node delaying-relay.ts <listen port> <host> <port> <delay ms> <uneven ms>
 */
import { createConnection, createServer, type Socket } from 'node:net'

const [listen, host = '', port, delay, uneven] = process.argv
  .slice(2)
  .map((word, index) => (index === 1 ? word : Number(word))) as [number, string, number, number, number]

function carry(from: Socket, to: Socket): void {
  // One after the other, whatever the timers' rounding says: a byte out of order would be another fault.
  let before: Promise<void> = Promise.resolve()
  const later = (act: () => void) => {
    const wait = new Promise((resolve) => setTimeout(resolve, delay + Math.random() * uneven))
    before = Promise.all([before, wait]).then(act)
  }
  from.on('data', (piece) => later(() => to.write(piece)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => to.destroy())
  from.on('close', () => later(() => to.destroy()))
}

createServer({ allowHalfOpen: true }, (near) => {
  const far = createConnection({ host, port, allowHalfOpen: true })
  carry(near, far)
  carry(far, near)
}).listen(listen, '127.0.0.1', () => process.stdout.write('ready\n'))
