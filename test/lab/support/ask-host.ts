/** Asks the link for the address of `<name>.local`, as any program with mDNS does, and prints what is answered. */
import { createSocket } from 'node:dgram'
import multicastDns from 'multicast-dns'

const [name = '', own = ''] = process.argv.slice(2)
const socket = createSocket({ type: 'udp4', reuseAddr: true })
socket.bind(5353, () => {
  socket.addMembership('224.0.0.251', own)
  socket.setMulticastInterface(own)
  const mdns = multicastDns({ socket, bind: false, multicast: false })
  mdns.on('response', ({ answers = [] }) => {
    for (const answer of answers)
      if (answer.type === 'A' && answer.name === name) {
        process.stdout.write(`${answer.data}\n`)
        process.exit()
      }
  })
  const ask = () => mdns.query({ questions: [{ name, type: 'A' }] })
  setInterval(ask, 1_000)
  ask()
})
