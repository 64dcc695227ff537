/**
 * One voice on one network: a multicast socket that speaks and listens on that interface only. A socket per
 * network, because then no route decides where a packet goes, and each network is told of its own addresses
 * and of no other. A voice that cannot be tied to its interface does not speak at all.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Packet } from 'dns-packet'
import multicastDns, { type MulticastDNS } from 'multicast-dns'
import type { LocalNetwork } from '../ports.ts'

/** RFC 6762 section 3. */
export const MDNS_PORT = 5353
const MDNS_GROUP = '224.0.0.251'
/** RFC 6762 section 11: responses go out with TTL 255. */
const MDNS_TTL = 255

export interface Voice {
  readonly network: LocalNetwork
  /** Resolves when the system has the packet, or with its reason not to take it. */
  say(packet: Packet): Promise<Error | undefined>
  close(): Promise<void>
}

/** A voice on `network` (IPv4); rejects where multicast or the port is not to be had. */
export async function openVoice(
  network: LocalNetwork,
  onPacket: (packet: Packet, source: RemoteInfo) => void,
): Promise<Voice> {
  const socket = await bound(network)
  const mdns: MulticastDNS = multicastDns({ socket, bind: false, multicast: false })
  mdns.on('packet', onPacket)
  // Malformed packets and passing errors of the socket: discovery goes on.
  mdns.on('warning', () => {})
  mdns.on('error', () => {})
  return {
    network,
    say(packet) {
      return new Promise((resolve) => {
        const done = (fault?: Error | null) => resolve(fault ?? undefined)
        if (packet.type === 'response') mdns.respond({ ...packet, answers: packet.answers ?? [] }, done)
        else mdns.query({ ...packet, questions: packet.questions ?? [] }, done)
      })
    },
    close: () => new Promise((resolve) => mdns.destroy(() => resolve())),
  }
}

function bound(network: LocalNetwork): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  return new Promise((resolve, reject) => {
    const fail = (fault: unknown) => {
      socket.close()
      reject(fault)
    }
    socket.once('error', fail)
    // Every address of the host shares the port: other responders (Avahi, mDNSResponder) bind it the same way.
    socket.bind(MDNS_PORT, '0.0.0.0', () => {
      try {
        socket.addMembership(MDNS_GROUP, network.address)
        socket.setMulticastInterface(network.address)
        socket.setMulticastTTL(MDNS_TTL)
        socket.setMulticastLoopback(true)
        socket.off('error', fail)
        resolve(socket)
      } catch (fault) {
        socket.off('error', fail)
        fail(fault)
      }
    })
  })
}
