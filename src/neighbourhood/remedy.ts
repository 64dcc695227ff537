/** What a person can do on their own host, as the exact command where one is known for its system. */
import type { HostFacts } from '../ports.ts'

/** What a host is to let through. */
export interface Opening {
  protocol: 'udp' | 'tcp'
  port: number
  /** What is kept in as well as what is kept out. */
  outward: boolean
}

export interface Remedy {
  act: string
  command?: string
  /** It is to be done on the other computer. */
  theirs?: true
}

/** Opens the host's firewall. */
export function openFirewall({ platform, firewall }: HostFacts, opening: Opening): Remedy {
  const { protocol, port } = opening
  const what = protocol === 'udp' ? `multicast (UDP port ${port})` : `TCP port ${port}`
  switch (firewall) {
    case 'ufw':
      return {
        act: `Let ${what} through this computer's firewall.`,
        command: both(opening, (way) => `sudo ufw allow ${way === 'out' ? 'out ' : ''}${port}/${protocol}`),
      }
    case 'firewalld':
      return {
        act: `Let ${what} through this computer's firewall.`,
        command: `sudo firewall-cmd --permanent --add-port=${port}/${protocol} && sudo firewall-cmd --reload`,
      }
    case 'nftables':
      return {
        act: `Let ${what} through this computer's firewall, in the table and chains it has (see: sudo nft list ruleset).`,
        command: both(
          opening,
          (way) => `sudo nft insert rule inet filter ${way}put ${protocol} dport ${port} accept`,
        ),
      }
    case 'iptables':
      return {
        act: `Let ${what} through this computer's firewall.`,
        command: both(
          opening,
          (way) => `sudo iptables -I ${way.toUpperCase()}PUT -p ${protocol} --dport ${port} -j ACCEPT`,
        ),
      }
    case 'windows':
      return {
        act: `Let ${what} through the Windows firewall, in a PowerShell as administrator; on a network of people you trust, call the network private.`,
        command: `New-NetFirewallRule -DisplayName Nigh -Direction Inbound -Protocol ${protocol.toUpperCase()} -LocalPort ${port} -Action Allow`,
      }
    case 'macos':
      return {
        act: 'Allow your terminal under System Settings, Privacy & Security, Local Network, and let Node take connections.',
        command:
          'sudo /usr/libexec/ApplicationFirewall/socketfilterfw --add "$(which node)" --unblockapp "$(which node)"',
      }
    default:
      return { act: `Let ${what} through the firewall of this computer (${platform}).` }
  }
}

/** Shows who holds a TCP port. */
export function whoHolds({ platform }: HostFacts, port: number): string | undefined {
  if (platform === 'linux') return `ss -ltnp 'sport = :${port}'`
  if (platform === 'darwin') return `lsof -nP -iTCP:${port} -sTCP:LISTEN`
  return platform === 'win32' ? `netstat -ano | findstr :${port}` : undefined
}

/** Sets the clock by the network's. */
export function setClock({ platform }: HostFacts): string | undefined {
  if (platform === 'linux') return 'sudo timedatectl set-ntp true'
  if (platform === 'darwin') return 'sudo sntp -sS time.apple.com'
  return platform === 'win32' ? 'w32tm /resync' : undefined
}

function both({ outward }: Opening, command: (way: 'in' | 'out') => string): string {
  return outward ? `${command('out')} && ${command('in')}` : command('in')
}
