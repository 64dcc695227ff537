/** Another program that has a TCP port: `node port-holder.ts <port>`. */
import { createServer } from 'node:net'

createServer((socket) => socket.destroy()).listen(Number(process.argv[2]), () =>
  process.stdout.write('ready\n'),
)
