/** Why Alice does not see Bob: the one cause for each set of observations, and what holds for all of them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cause, NetworkObserved, Observations, PersonObserved } from '../../src/agent.ts'
import { diagnose } from '../../src/neighbourhood/diagnosis-words.ts'
import type { DialFailure, Firewall } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const NOW = Date.parse('2026-11-26T12:00:00.000Z')
const ago = (ms: number) => new Date(NOW - ms).toISOString()

const ETH: NetworkObserved = {
  network: 'eth0',
  address: '10.0.0.1',
  prefix: 24,
  loopback: false,
  said: 3,
  unsaid: 0,
  ownHeard: 3,
  othersHeard: 12,
}
const LO: NetworkObserved = { ...ETH, network: 'lo', address: '127.0.0.1', prefix: 8, loopback: true }
const DEAF: NetworkObserved = { ...ETH, ownHeard: 0, othersHeard: 0 }
const MUTE: NetworkObserved = { ...DEAF, said: 0, unsaid: 3, fault: 'EPERM' }
const ALONE: NetworkObserved = { ...ETH, othersHeard: 0 }

const here: Observations = {
  since: ago(3_000),
  visiting: false,
  hidden: false,
  mesh: 'nigh',
  host: { platform: 'linux', firewall: 'ufw', defaultRoute: 'eth0' },
  port: 4001,
  networks: [LO, ETH],
  cameIn: 0,
  others: [],
}

function person(name: string, more: Partial<PersonObserved> = {}): PersonObserved {
  const peerId = `12D3KooW${name.padEnd(36, 'x')}${name.padStart(8, 'x').slice(-8)}` as PeerId
  return {
    who: { peerId, name, address: `pres:${peerId}`, relation: 'contact', verified: false },
    contact: true,
    blocked: false,
    thisHost: false,
    addresses: ['/ip4/10.0.0.2/tcp/4002'],
    onOurNetworks: true,
    failures: [],
    ...more,
  }
}

const heard = (more: object = {}): Partial<PersonObserved> => ({
  heard: { at: ago(1_000), network: 'eth0', mesh: 'ours', visiting: false, ...more },
})
const failed = (...whys: DialFailure[]): Partial<PersonObserved> => ({
  failures: whys.map((why, index) => ({ address: `/ip4/10.0.0.2/tcp/${4002 + index}`, why, at: ago(500) })),
})
const seesBob: Partial<PersonObserved> = {
  ...heard(),
  link: 'live',
  subscription: { status: 'active', reason: 'approved' },
}
const bob = (more: Partial<PersonObserved> = {}) => person('bob', more)
const carol = (more: Partial<PersonObserved> = {}) => person('carol', more)
const VPN = { platform: 'linux', firewall: 'ufw', defaultRoute: 'wg0' } as const

type Case = [what: string, cause: Cause, seen: Partial<Observations>]

const aboutBob: Case[] = [
  ['he is here', 'fine', { asked: bob(seesBob) }],
  ['he is here, whatever multicast does', 'fine', { asked: bob(seesBob), networks: [LO, DEAF] }],
  ['our key runs twice', 'identity-twice', { asked: bob(seesBob), identityAt: '10.0.0.9' }],
  [
    'undecided, refused without a word, or asked just now',
    'not-accepted',
    { asked: bob({ ...seesBob, subscription: { status: 'pending', reason: 'subscribe' } }) },
  ],
  [
    'he said that he does not let us',
    'rejected',
    { asked: bob({ ...seesBob, subscription: { status: 'terminated', reason: 'rejected' } }) },
  ],
  ['he hung up on us', 'rejected', { asked: bob({ ...heard(), parted: { why: 'rejected', at: ago(1) } }) }],
  [
    'his presence service is stopped',
    'no-presence',
    { asked: bob({ ...seesBob, subscription: { status: 'pending', reason: 'no-service' } }) },
  ],
  [
    'we gave up watching him',
    'not-watched',
    { asked: bob({ ...seesBob, subscription: { status: 'terminated', reason: 'cancelled' } }) },
  ],
  ['we never asked', 'not-watched', { asked: bob({ ...heard(), link: 'live' }) }],
  ['we block him', 'blocked', { asked: bob({ ...heard(), blocked: true }) }],
  [
    'he is here for one command, linked',
    'visiting',
    {
      asked: bob({ ...seesBob, subscription: { status: 'pending', reason: 'not-now' } }),
    },
  ],
  ['he is here for one command', 'visiting', { asked: bob(heard({ visiting: true })) }],
  [
    'he speaks another version, which is better known than a deaf network',
    'other-version',
    {
      asked: bob({ parted: { why: 'other-version', at: ago(1), version: 9 } }),
      networks: [LO, DEAF],
    },
  ],
  ['he is heard on another mesh', 'other-mesh', { asked: bob(heard({ mesh: 'other' })) }],
  [
    'his hello was of another mesh',
    'other-mesh',
    { asked: bob({ parted: { why: 'other-mesh', at: ago(1) } }) },
  ],
  ['his clock is an hour ahead', 'clocks-apart', { asked: bob({ ...seesBob, clockAheadMs: 3_600_000 }) }],
  ['his clock is an hour behind', 'clocks-apart', { asked: bob({ ...seesBob, clockAheadMs: -3_600_000 }) }],
  ['his clock is a minute ahead', 'fine', { asked: bob({ ...seesBob, clockAheadMs: 60_000 }) }],
  ['no network at all', 'no-network', { asked: bob(), networks: [LO] }],
  ['a VPN, and multicast is shut in', 'vpn', { asked: bob(), host: VPN, networks: [LO, MUTE] }],
  ['a VPN, and not a word from any device', 'vpn', { asked: bob(), host: VPN, networks: [LO, ALONE] }],
  ['a VPN that leaves the network alone', 'away', { asked: bob(), host: VPN }],
  ['multicast does not come in', 'multicast-blocked', { asked: bob(), networks: [LO, DEAF] }],
  ['multicast must not go out', 'multicast-blocked', { asked: bob(), networks: [LO, MUTE] }],
  [
    'the network takes no multicast',
    'no-multicast',
    { asked: bob(), networks: [LO, { ...MUTE, fault: 'EADDRNOTAVAIL' }] },
  ],
  [
    'one network is deaf, the other is not',
    'away',
    { asked: bob(), networks: [LO, DEAF, { ...ETH, network: 'wlan0' }] },
  ],
  [
    'a bridge to containers hears itself, the network of people does not',
    'multicast-blocked',
    { asked: bob(), networks: [LO, DEAF, { ...ETH, network: 'docker0' }] },
  ],
  ['we are hidden, and he is no contact', 'hidden', { asked: bob({ contact: false }), hidden: true }],
  ['we are hidden, and he is a contact', 'away', { asked: bob(), hidden: true }],
  ['linked, and silent', 'silent', { asked: bob({ ...seesBob, link: 'silent' }) }],
  ['he refuses the connection', 'blocked-there', { asked: bob({ ...heard(), ...failed('refused') }) }],
  ['something else answers there', 'blocked-there', { asked: bob({ ...heard(), ...failed('handshake') }) }],
  ['nothing passes either way', 'blocked-here', { asked: bob({ ...heard(), ...failed('silent') }) }],
  ['our own host forbids it', 'blocked-here', { asked: bob({ ...heard(), ...failed('forbidden') }) }],
  [
    'somebody came in to us, he does not',
    'blocked-there',
    { asked: bob({ ...heard(), ...failed('silent') }), cameIn: 1 },
  ],
  [
    'Carol is linked, he is not',
    'blocked-there',
    { asked: bob({ ...heard(), ...failed('silent') }), others: [carol(seesBob)] },
  ],
  [
    'Carol is linked on this very host: that says nothing',
    'blocked-here',
    {
      asked: bob({ ...heard(), ...failed('silent') }),
      others: [carol({ ...seesBob, thisHost: true })],
    },
  ],
  [
    'a visitor is dialled by nobody',
    'blocked-there',
    { asked: bob({ ...heard(), ...failed('silent') }), visiting: true },
  ],
  ['heard, and no computer has the address', 'isolated', { asked: bob({ ...heard(), ...failed('absent') }) }],
  [
    'two are heard, both silent',
    'isolated',
    {
      asked: bob({ ...heard(), ...failed('silent') }),
      others: [carol({ ...heard(), ...failed('silent') })],
    },
  ],
  ['he left', 'left', { asked: bob({ saidGoodbyeAt: ago(60_000), ...failed('refused') }) }],
  [
    'he was last on a network that is none of ours',
    'other-network',
    { asked: bob({ onOurNetworks: false, ...failed('silent') }) },
  ],
  ['he is just away', 'away', { asked: bob(failed('absent')) }],
  [
    'he was heard before we looked, and not since',
    'away',
    { asked: bob({ ...heard({ at: ago(60_000) }), ...failed('absent') }) },
  ],
]

const inGeneral: Case[] = [
  ['Bob is here', 'fine', { others: [bob(seesBob)] }],
  ['Bob is here, and Carol is away', 'fine', { others: [bob(seesBob), carol(failed('absent'))] }],
  [
    'Bob is here and has not accepted us: his to decide',
    'fine',
    {
      others: [bob({ ...seesBob, subscription: { status: 'pending', reason: 'subscribe' } })],
    },
  ],
  [
    'Bob rejects us: his to decide',
    'fine',
    {
      others: [carol(seesBob), bob({ ...heard(), parted: { why: 'rejected', at: ago(1) } })],
    },
  ],
  ['our key runs twice', 'identity-twice', { identityAt: '10.0.0.9', others: [bob(seesBob)] }],
  ['no network', 'no-network', { networks: [LO] }],
  [
    'no network, and the other is on this computer',
    'fine',
    {
      networks: [LO],
      others: [bob({ ...seesBob, thisHost: true })],
    },
  ],
  ['only a tunnel', 'no-network', { networks: [LO, { ...ETH, network: 'tun0' }] }],
  ['multicast does not come in', 'multicast-blocked', { networks: [LO, DEAF] }],
  [
    'multicast does not come in, contacts meet all the same',
    'multicast-blocked',
    {
      networks: [LO, DEAF],
      others: [bob(seesBob)],
    },
  ],
  [
    'a VPN, and contacts meet all the same',
    'fine',
    {
      host: VPN,
      networks: [LO, ALONE],
      others: [bob(seesBob)],
    },
  ],
  ['hidden', 'hidden', { hidden: true }],
  ['hidden, and a contact is linked', 'fine', { hidden: true, others: [bob(seesBob)] }],
  [
    'Bob speaks another version',
    'other-version',
    {
      others: [carol(seesBob), bob({ parted: { why: 'other-version', at: ago(1) } })],
    },
  ],
  [
    'Bob spoke another version yesterday',
    'fine',
    {
      others: [carol(seesBob), bob({ parted: { why: 'other-version', at: ago(86_400_000) } })],
    },
  ],
  [
    'Carol is linked, Bob is heard and silent',
    'blocked-there',
    {
      others: [carol(seesBob), bob({ ...heard(), ...failed('silent') })],
    },
  ],
  ['only Bob is heard, on another mesh', 'other-mesh', { others: [bob(heard({ mesh: 'usual' }))] }],
  [
    'Bob is heard on another mesh, Carol is here',
    'fine',
    {
      others: [carol(seesBob), bob(heard({ mesh: 'other' }))],
    },
  ],
  [
    'several contacts should be here, no device says a word',
    'isolated',
    {
      networks: [LO, ALONE],
      others: [bob(failed('absent')), carol(failed('silent'))],
    },
  ],
  [
    'the same, but other devices are heard',
    'nobody',
    {
      others: [bob(failed('absent')), carol(failed('silent'))],
    },
  ],
  ['nobody', 'nobody', {}],
  ['a name that nobody has', 'who-unknown', { unknown: 'bob' }],
  [
    'a name that nobody has, and multicast does not come in',
    'multicast-blocked',
    {
      unknown: 'bob',
      networks: [LO, DEAF],
    },
  ],
  [
    'a name that nobody has, and somebody who is shut',
    'isolated',
    {
      unknown: 'bob',
      others: [carol({ ...heard(), ...failed('absent') })],
    },
  ],
  ['our port is another program’s', 'port-taken', { portTakenFrom: 4000, others: [bob(seesBob)] }],
  ['Bob’s clock is apart', 'clocks-apart', { others: [bob({ ...seesBob, clockAheadMs: -7_200_000 })] }],
]

describe('one cause for what is observed', () => {
  test.each(aboutBob)('of Bob: %s: %s', (_, cause, seen) => {
    expect(diagnose({ ...here, ...seen }, NOW).cause).toBe(cause)
  })
  test.each(inGeneral)('in general: %s: %s', (_, cause, seen) => {
    expect(diagnose({ ...here, ...seen }, NOW).cause).toBe(cause)
  })

  test('every cause is in one of the tables', () => {
    const all: Record<Cause, true> = {
      fine: true,
      'identity-twice': true,
      'no-network': true,
      vpn: true,
      'multicast-blocked': true,
      'no-multicast': true,
      hidden: true,
      'other-mesh': true,
      'other-version': true,
      isolated: true,
      'blocked-here': true,
      'blocked-there': true,
      silent: true,
      rejected: true,
      'not-accepted': true,
      'no-presence': true,
      visiting: true,
      'not-watched': true,
      blocked: true,
      left: true,
      'other-network': true,
      away: true,
      'who-unknown': true,
      nobody: true,
      'port-taken': true,
      'clocks-apart': true,
    }
    const covered = new Set([...aboutBob, ...inGeneral].map(([, cause]) => cause))
    expect([...covered].sort()).toEqual(Object.keys(all).sort())
  })
})

describe('the act', () => {
  const blockedHere = { asked: bob({ ...heard(), ...failed('silent') }) }
  const commands: [firewall: Firewall | undefined, platform: string, udp: string, tcp: string][] = [
    ['ufw', 'linux', 'sudo ufw allow 5353/udp', 'sudo ufw allow 4001/tcp'],
    [
      'firewalld',
      'linux',
      'sudo firewall-cmd --permanent --add-port=5353/udp && sudo firewall-cmd --reload',
      'sudo firewall-cmd --permanent --add-port=4001/tcp && sudo firewall-cmd --reload',
    ],
    [
      'nftables',
      'linux',
      'sudo nft insert rule inet filter input udp dport 5353 accept',
      'sudo nft insert rule inet filter input tcp dport 4001 accept',
    ],
    [
      'iptables',
      'linux',
      'sudo iptables -I INPUT -p udp --dport 5353 -j ACCEPT',
      'sudo iptables -I INPUT -p tcp --dport 4001 -j ACCEPT',
    ],
    [
      'windows',
      'win32',
      'New-NetFirewallRule -DisplayName Nigh -Direction Inbound -Protocol UDP -LocalPort 5353 -Action Allow',
      'New-NetFirewallRule -DisplayName Nigh -Direction Inbound -Protocol TCP -LocalPort 4001 -Action Allow',
    ],
  ]
  test.each(commands)('%s on %s is opened by the very command', (firewall, platform, udp, tcp) => {
    const host = { platform, ...(firewall === undefined ? {} : { firewall }) }
    expect(diagnose({ ...here, host, networks: [LO, DEAF] }, NOW).command).toBe(udp)
    expect(diagnose({ ...here, host, ...blockedHere }, NOW).command).toBe(tcp)
  })

  test('where nothing may go out, both ways are opened', () => {
    const host = { platform: 'linux', firewall: 'iptables' } as const
    expect(diagnose({ ...here, host, networks: [LO, MUTE] }, NOW).command).toBe(
      'sudo iptables -I OUTPUT -p udp --dport 5353 -j ACCEPT && sudo iptables -I INPUT -p udp --dport 5353 -j ACCEPT',
    )
  })

  test('a firewall that is not known has no command, and an act all the same', () => {
    const told = diagnose({ ...here, host: { platform: 'plan9' }, networks: [LO, DEAF] }, NOW)
    expect(told.command).toBeUndefined()
    expect(told.act).toContain('5353')
  })

  test('what is to be done on the other computer is said to be', () => {
    expect(diagnose({ ...here, ...blockedHere, cameIn: 1 }, NOW)).toMatchObject({
      command: 'nigh doctor',
      theirs: true,
    })
    expect(diagnose({ ...here, ...blockedHere }, NOW).theirs).toBeUndefined()
  })

  test('a newer version asks for an update here, an older one there', () => {
    const told = (version: number) =>
      diagnose({ ...here, asked: bob({ parted: { why: 'other-version', at: ago(1), version } }) }, NOW)
    expect(told(9).act).toBe('Update Nigh on this computer.')
    expect(told(0).act).toBe('Ask bob to update Nigh.')
  })
})

describe('whatever is observed', () => {
  const why = fc.constantFrom<DialFailure>(
    'refused',
    'silent',
    'absent',
    'no-route',
    'forbidden',
    'handshake',
    'somebody-else',
  )
  const instant = fc.integer({ min: 0, max: 3_600_000 }).map(ago)
  const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
    fc.record(model, { requiredKeys: [] })
  const somebody = (name: string) =>
    fc
      .record({
        contact: fc.boolean(),
        blocked: fc.boolean(),
        thisHost: fc.boolean(),
        onOurNetworks: fc.boolean(),
        addresses: fc.subarray(['/ip4/10.0.0.2/tcp/4002', '/ip6/fd00::2/tcp/4002', 'nonsense']),
        failures: fc.array(fc.record({ address: fc.constant('/ip4/10.0.0.2/tcp/4002'), why, at: instant }), {
          maxLength: 3,
        }),
        more: optional({
          link: fc.constantFrom('live', 'silent', 'greeting'),
          heard: fc.record({
            at: instant,
            network: fc.constant('eth0'),
            mesh: fc.constantFrom('ours', 'usual', 'other'),
            visiting: fc.boolean(),
          }),
          saidGoodbyeAt: instant,
          parted: fc.record({ why: fc.constantFrom('other-mesh', 'other-version', 'rejected'), at: instant }),
          subscription: fc.record({
            status: fc.constantFrom('pending', 'active', 'waiting', 'terminated'),
            reason: fc.constantFrom(
              'subscribe',
              'approved',
              'rejected',
              'cancelled',
              'not-now',
              'no-service',
            ),
          }),
          clockAheadMs: fc.integer({ min: -1e9, max: 1e9 }),
        }),
      })
      .map(({ more, ...rest }) => person(name, { ...rest, ...(more as Partial<PersonObserved>) }))
  const network = fc.record({
    network: fc.constantFrom('lo', 'eth0', 'wlan0', 'tun0', 'docker0'),
    address: fc.constant('10.0.0.1'),
    prefix: fc.constant(24),
    loopback: fc.boolean(),
    said: fc.nat(3),
    unsaid: fc.nat(3),
    ownHeard: fc.nat(3),
    othersHeard: fc.nat(3),
  })
  const observations: fc.Arbitrary<Observations> = fc
    .record({
      visiting: fc.boolean(),
      hidden: fc.boolean(),
      cameIn: fc.nat(2),
      networks: fc.array(network, { maxLength: 4 }),
      others: fc.tuple(somebody('carol'), somebody('dora')).chain((all) => fc.subarray(all)),
      more: optional({
        asked: somebody('bob'),
        identityAt: fc.constant('10.0.0.9'),
        portTakenFrom: fc.constant(4000),
        host: fc.constantFrom(VPN, here.host),
      }),
    })
    .map(({ more, ...rest }) => ({ ...here, ...rest, ...(more as Partial<Observations>) }))

  test('there is one cause, one act, no empty word, and always the same', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        const told = diagnose(seen, NOW)
        for (const text of [told.sentence, told.act, ...told.evidence])
          expect(text).toMatch(/^\S(?!.*(undefined|NaN|\[object)).*$/)
        expect(told.sentence.endsWith('.')).toBe(true)
        expect(told.command ?? 'none').not.toMatch(/undefined|NaN/)
        expect(diagnose(structuredClone(seen), NOW)).toEqual(told)
      }),
    )
  })

  test('somebody who is linked, answers, and lets us see them is fine, or the clocks are apart: nothing outside changes that', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        const asked = bob({
          ...seesBob,
          ...(seen.asked?.clockAheadMs ? { clockAheadMs: seen.asked.clockAheadMs } : {}),
        })
        const { identityAt: _, ...alone } = seen
        expect(['fine', 'clocks-apart']).toContain(diagnose({ ...alone, asked }, NOW).cause)
      }),
    )
  })

  test('the more special cause comes first: what is known of Bob himself is never hidden by his absence', () => {
    fc.assert(
      fc.property(observations, fc.constantFrom('other-version', 'rejected' as const), (seen, why) => {
        const asked = bob({ parted: { why: why as 'rejected', at: ago(1) } })
        const { identityAt: _, ...alone } = seen
        expect(diagnose({ ...alone, asked }, NOW).cause).toBe(why)
      }),
    )
  })

  test('pending, refused and asked just now read the same, whoever else is there', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        const told = (reason: string) =>
          diagnose({ ...seen, asked: bob({ ...seesBob, subscription: { status: 'pending', reason } }) }, NOW)
        const { observations: _a, ...subscribed } = told('subscribe')
        const { observations: _b, ...timedOut } = told('timeout')
        expect(timedOut).toEqual(subscribed)
      }),
    )
  })
})
