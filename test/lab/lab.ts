/**
 * A world in one line: hosts on a switch, each a network namespace with the real command line in it. The switch is
 * a namespace too, so nothing of a world touches the machine's own network, and all of it ends with the world.
 *
 *     await using world = await lab('alice', 'bob', { loss: 0.05 })
 *     const { alice, bob } = world.hosts
 *     await world.acquainted(alice, bob)
 *     await bob.cable.pull()
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Running } from '../support/running.ts'
import { type Cable, layCable } from './cable.ts'
import { createHost, type Host } from './host.ts'
import { namespaces, within } from './namespaces.ts'
import { type Recorder, record } from './recorder.ts'
import { sees } from './sightings.ts'

export interface LabOptions {
  /** Part of the packets lost on their way into every host. */
  loss?: number
  /** Every host has a wall clock of its own that can jump. */
  ownClocks?: boolean
  /** Hosts whose interface is down when the world begins. */
  late?: readonly string[]
}

export interface World<Name extends string> extends AsyncDisposable {
  readonly hosts: Record<Name, Host>
  /** One more host; without `on`, on the first LAN. */
  join(name: string, at?: { lan?: string; address?: string }): Promise<Host>
  /** One more cable for a host, to a switch of that name, made where it is new. */
  cable(host: Host, to: { lan: string; address: string; interface?: string }): Promise<Cable>
  /** Everybody up and contact of everybody, in the order given. */
  acquainted<Hosts extends readonly Host[]>(...hosts: Hosts): Promise<{ [Index in keyof Hosts]: Running }>
  /** Each group on a switch of its own. */
  part(...groups: readonly Host[][]): Promise<void>
  heal(): Promise<void>
  /** The switches let multicast pass and nothing else, as a Wi-Fi that isolates its clients; or all of it again. */
  keepsApart(isApart: boolean): Promise<void>
  /** Records what passes the first LAN's switch. */
  records(filter: string): Promise<Recorder>
}

/** The first LAN's switch. */
export const LAN = 'lan0'

export function lab<Name extends string>(...names: Name[]): Promise<World<Name>>
export function lab<Name extends string>(
  ...asked: [...names: Name[], options: LabOptions]
): Promise<World<Name>>
export async function lab<Name extends string>(...asked: (Name | LabOptions)[]): Promise<World<Name>> {
  const names = asked.filter((one) => typeof one === 'string')
  const options = asked.find((one): one is LabOptions => typeof one === 'object') ?? {}
  const spaces = namespaces()
  const data = mkdtempSync(join(tmpdir(), 'nigh-lab-'))
  const all: ReturnType<typeof createHost>[] = []
  const recorders: Recorder[] = []
  const lans = new Set<string>()
  let ports = 0
  let hub = ''

  const build = async (lan: string): Promise<void> => {
    if (lans.has(lan)) return
    lans.add(lan)
    await within(hub, 'ip', 'link', 'add', lan, 'type', 'bridge', 'mcast_snooping', '0', 'forward_delay', '0')
    await within(hub, 'ip', 'link', 'set', lan, 'up')
  }

  const join_: World<Name>['join'] = async (name, at = {}) => {
    const number = all.length + 1
    const namespace = await spaces.add(name)
    const { lan = LAN, address = `10.77.0.${number}/24` } = at
    await build(lan)
    const cable = await layCable({
      host: namespace,
      interface: 'eth0',
      address,
      hub,
      port: `p${ports++}`,
      lan,
      up: !(options.late ?? []).includes(name),
    })
    if (options.loss !== undefined) await cable.loses(options.loss)
    const host = createHost({ name, namespace, data, cable, ownClock: options.ownClocks ?? false })
    all.push(host)
    return host
  }

  const world: World<Name> = {
    hosts: {} as Record<Name, Host>,
    join: join_,
    async cable(host, to) {
      await build(to.lan)
      const port = `p${ports++}`
      return layCable({
        host: host.namespace,
        interface: to.interface ?? 'eth1',
        address: to.address,
        hub,
        port,
        lan: to.lan,
        up: true,
      })
    },
    async acquainted<Hosts extends readonly Host[]>(...hosts: Hosts) {
      const peers: Running[] = []
      for (const host of hosts) peers.push(await host.up())
      for (const [index, peer] of peers.entries())
        for (const other of hosts) {
          if (other === hosts[index]) continue
          await peer.line(other.name, sees(other.name))
          const added = await hosts[index]?.run('contacts', 'add', other.name)
          if (added?.code !== 0) throw new Error(`${other.name} is no contact: ${added?.stderr}`)
        }
      return peers as { [Index in keyof Hosts]: Running }
    },
    async part(...groups) {
      for (const [index, group] of groups.entries()) {
        const lan = `lan${index}`
        await build(lan)
        for (const host of group) await host.cable.plugInto(lan)
      }
    },
    async heal() {
      for (const host of all) await host.cable.plugInto(LAN)
    },
    async keepsApart(isApart) {
      await within(hub, 'ebtables', isApart ? '-A' : '-D', 'FORWARD', '-d', '!', 'Multicast', '-j', 'DROP')
    },
    async records(filter) {
      const recorder = await record(hub, LAN, filter)
      recorders.push(recorder)
      return recorder
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...all, ...recorders].map((one) => one.end()))
      await spaces.remove()
      rmSync(data, { recursive: true, force: true })
    },
  }

  try {
    hub = await spaces.add('switch')
    await build(LAN)
    for (const name of names) world.hosts[name] = await join_(name)
    return world
  } catch (cause) {
    await world[Symbol.asyncDispose]()
    throw cause
  }
}
