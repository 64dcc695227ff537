/**
 * What a host tells of itself to whoever looks: by which interface everything leaves, and which firewall is likely to
 * be on. Nothing is sent, no program is started, and no right is needed that a plain user lacks.
 */
import { createSocket } from 'node:dgram'
import { accessSync, constants, readFileSync } from 'node:fs'
import type { Firewall, HostFacts } from '../ports.ts'
import { localNetworks } from './networks.ts'

/** TEST-NET-3 (RFC 5737): nobody's, so only the default route leads there. */
const ELSEWHERE = '203.0.113.1'

export async function hostFacts(): Promise<HostFacts> {
  const { platform } = process
  const firewall = likelyFirewall(platform)
  const defaultRoute = await interfaceTo(ELSEWHERE)
  return {
    platform,
    ...(firewall === undefined ? {} : { firewall }),
    ...(defaultRoute === undefined ? {} : { defaultRoute }),
  }
}

/** The interface that the system would use: connecting a datagram socket decides that, and sends nothing. */
async function interfaceTo(host: string): Promise<string | undefined> {
  const address = await new Promise<string | undefined>((resolve) => {
    const socket = createSocket('udp4')
    const done = (found?: string) => {
      socket.close()
      resolve(found)
    }
    socket.once('error', () => done())
    // The discard port: nothing is ever sent there.
    socket.connect(9, host, () => done(socket.address().address))
  }).catch(() => undefined)
  if (address === undefined) return undefined
  // An interface without a carrier holds routes all the same, and is not among those that Node lists.
  return localNetworks().find((network) => network.address === address)?.name ?? routeOfProc()
}

/** Linux: the interface of the default route with the lowest metric. */
function routeOfProc(): string | undefined {
  try {
    const routes = readFileSync('/proc/net/route', 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .filter(([, destination]) => destination === '00000000')
      .sort((one, other) => Number(one[6]) - Number(other[6]))
    return routes[0]?.[0]
  } catch {
    return undefined
  }
}

function likelyFirewall(platform: string): Firewall | undefined {
  if (platform === 'win32') return 'windows'
  if (platform === 'darwin') return 'macos'
  if (platform !== 'linux') return undefined
  if (/^ENABLED=yes/m.test(textOf('/etc/ufw/ufw.conf'))) return 'ufw'
  if (exists('/run/firewalld')) return 'firewalld'
  // Without a front door to them, whoever filters does it with one of these.
  if (exists('/usr/sbin/nft') || exists('/sbin/nft')) return 'nftables'
  return exists('/usr/sbin/iptables') || exists('/sbin/iptables') ? 'iptables' : undefined
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function exists(path: string): boolean {
  try {
    accessSync(path, constants.F_OK)
    return true
  } catch {
    return false
  }
}
