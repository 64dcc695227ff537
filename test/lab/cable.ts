/**
 * A cable between a host and a switch, and all that goes wrong on cables. A pulled one is silent: the host's own
 * interface stays up, as behind a Wi-Fi bridge whose uplink died; packets just no longer arrive.
 */
import { within } from './namespaces.ts'

export interface Cable {
  /** The host's interface, `eth0`. */
  readonly name: string
  readonly address: string
  pull(): Promise<void>
  plug(): Promise<void>
  /** The interface itself goes down or up: the host knows. */
  down(): Promise<void>
  up(): Promise<void>
  /** This part of all packets that arrive is lost, at random; 0 mends it. */
  loses(part: number): Promise<void>
  /** No more than this leaves, as tc writes rates: `1mbit`. */
  carriesAtMost(rate: string): Promise<void>
  /** The host is renumbered; connections of the old address are dead. */
  moveTo(address: string): Promise<void>
  /** To another switch of the same world. */
  plugInto(lan: string): Promise<void>
}

export interface CableEnds {
  host: string
  interface: string
  address: string
  hub: string
  port: string
  lan: string
}

/** Lays a cable: an interface in the host's namespace, a port on the switch. */
export async function layCable(ends: CableEnds & { up: boolean }): Promise<Cable> {
  const { host, hub, port } = ends
  const dev = ends.interface
  let address = ends.address
  let lan = ends.lan
  let lossRule: string[] | undefined
  const inHost = (...args: string[]) => within(host, ...(args as [string, ...string[]]))
  const inHub = (...args: string[]) => within(hub, ...(args as [string, ...string[]]))

  await inHub('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', dev, 'netns', `/run/netns/${host}`)
  await inHub('ip', 'link', 'set', port, 'master', lan, 'up')
  // Addresses count at once: a moment's wait for duplicates is not what the lab measures.
  await inHost('sysctl', '-qw', `net.ipv6.conf.${dev}.accept_dad=0`)
  await inHost('ip', 'address', 'add', address, 'dev', dev)
  if (ends.up) await inHost('ip', 'link', 'set', dev, 'up')

  return {
    name: dev,
    get address() {
      return address.split('/')[0] ?? address
    },
    // Off the switch rather than down: the host's side keeps its carrier and learns nothing.
    pull: async () => void (await inHub('ip', 'link', 'set', port, 'nomaster')),
    plug: async () => void (await inHub('ip', 'link', 'set', port, 'master', lan)),
    down: async () => void (await inHost('ip', 'link', 'set', dev, 'down')),
    up: async () => void (await inHost('ip', 'link', 'set', dev, 'up')),
    async loses(part) {
      if (lossRule !== undefined) await inHost('iptables', '-D', ...lossRule)
      lossRule = undefined
      if (part === 0) return
      lossRule = [
        'INPUT',
        '-i',
        dev,
        '-m',
        'statistic',
        '--mode',
        'random',
        '--probability',
        String(part),
        '-j',
        'DROP',
      ]
      await inHost('iptables', '-A', ...lossRule)
    },
    carriesAtMost: async (rate) =>
      void (await inHost(
        'tc',
        'qdisc',
        'replace',
        'dev',
        dev,
        'root',
        'tbf',
        'rate',
        rate,
        'burst',
        '32kbit',
        'latency',
        '400ms',
      )),
    async moveTo(next) {
      await inHost('ip', 'address', 'del', address, 'dev', dev)
      address = next
      await inHost('ip', 'address', 'add', address, 'dev', dev)
    },
    async plugInto(next) {
      lan = next
      await inHub('ip', 'link', 'set', port, 'master', lan)
    },
  }
}
