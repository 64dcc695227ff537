/**
 * Noise hands each record to the socket in two pieces, its length of two bytes and the rest, and each piece becomes
 * a write of its own: two system calls, and the other side woken twice. Joined, it is one. Measured, messages one after
 * the other: half the writes, and with many under way a tenth less CPU on either side.
 */
import type { noise } from '@chainsafe/libp2p-noise'

type Noise = ReturnType<typeof noise>
type Secured = Parameters<ReturnType<Noise>['secureInbound']>[0]

/** `make`, its records leaving whole. */
export function wholeWrites(make: Noise): Noise {
  return (components) => {
    const encrypter = make(components)
    const inbound = encrypter.secureInbound.bind(encrypter)
    const outbound = encrypter.secureOutbound.bind(encrypter)
    encrypter.secureInbound = (connection, options) => inbound(whole(connection), options)
    encrypter.secureOutbound = (connection, options) => outbound(whole(connection), options)
    return encrypter
  }
}

function whole<Connection extends Secured>(connection: Connection): Connection {
  const send = connection.send.bind(connection)
  connection.send = (bytes) => send(bytes instanceof Uint8Array ? bytes : bytes.subarray())
  return connection
}
