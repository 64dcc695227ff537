/**
 * What `nigh doctor` says on networks that are broken in one known way (scene 68). Each scene has its control: without the fault
 * nothing is wrong; and where the doctor names a command, the command is carried out and the fault is gone.
 */
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Diagnosis } from '../../src/agent.ts'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { scene } from './means.ts'
import { sees } from './sightings.ts'

const NEWER_PEER = fileURLToPath(new URL('support/newer-peer.ts', import.meta.url))
const PORT_HOLDER = fileURLToPath(new URL('support/port-holder.ts', import.meta.url))

/** A machine that does other things too: patience costs nothing where an event is awaited. */
const PATIENCE_MS = 60_000

type Told = Diagnosis & { code: number | null }

async function doctor(host: Host, who?: string): Promise<Told> {
  const { code, lines, stderr } = await host.run('doctor', ...(who === undefined ? [] : [who]))
  expect(lines.length, stderr).toBe(1)
  return { ...(lines[0] as Diagnosis), code }
}

/** Asks until the doctor says so: what was changed takes a moment to be noticed. */
async function untilTold(host: Host, cause: Diagnosis['cause'], who?: string): Promise<Told> {
  let told: Told | undefined
  await expect
    .poll(
      async () => {
        told = await doctor(host, who)
        return told.cause
      },
      { timeout: PATIENCE_MS, interval: 250 },
    )
    .toBe(cause)
  if (told === undefined) throw new Error('nobody was asked')
  return told
}

/** Nothing is wrong: with this one, and in general. */
async function isFine(host: Host, who: string): Promise<void> {
  for (const told of await Promise.all([untilTold(host, 'fine', who), untilTold(host, 'fine')]))
    expect(told.code).toBe(0)
}

/** Does what the doctor said, word for word; on a machine of another firewall, what it means. */
async function obeys(host: Host, { command, observations }: Told): Promise<void> {
  const said = observations.host.firewall === 'iptables' ? command : 'iptables -F'
  await host.does('sh', '-c', (said ?? '').replaceAll('sudo ', ''))
}

scene(
  'Alice’s firewall throws multicast away that comes in; then also what goes out: both are told, and the command helps',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const alicePeer = await alice.up()
    await bob.up()
    await alicePeer.line('bob', sees('bob'))
    await isFine(alice, 'bob')

    await alice.isDeafTo()
    const deaf = await untilTold(alice, 'multicast-blocked')
    expect(deaf).toMatchObject({ code: 3, command: expect.stringContaining('5353') })
    // Whoever is linked all the same is not hidden by it.
    expect(await doctor(alice, 'bob')).toMatchObject({ cause: 'fine', code: 0 })
    await obeys(alice, deaf)
    await isFine(alice, 'bob')

    await alice.does('iptables', '-F')
    await alice.hasNoMulticast()
    const mute = await untilTold(alice, 'multicast-blocked')
    expect(mute.evidence.join('\n')).toContain('EPERM')
    await obeys(alice, mute)
    await isFine(alice, 'bob')
  },
  { seconds: 180 },
)

scene(
  'Firewalls at Alice’s and at Bob’s take no TCP: each is told to open the own port, and one that does is enough',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    await Promise.all([alice.takesNoCalls(), bob.takesNoCalls()])
    const bobId = await bob.peerId()
    const alicePeer = await alice.up()
    await bob.up()
    const [told, toldBob] = await Promise.all([
      untilTold(alice, 'blocked-here', bobId),
      untilTold(bob, 'blocked-here'),
    ])
    for (const { code, command, observations } of [told, toldBob]) {
      expect(code).toBe(3)
      expect(command).toContain(`${observations.port}`)
    }
    await obeys(alice, told)
    await alicePeer.line('bob', sees('bob'), PATIENCE_MS)
    await Promise.all([isFine(alice, 'bob'), isFine(bob, 'alice')])
  },
  { seconds: 240 },
)

scene(
  'Only Bob is shut: to Alice, who is linked with Carol and as shut as he is, and to a command of hers that nobody calls',
  async () => {
    await using world = await lab('alice', 'bob', 'carol')
    const { alice, bob, carol } = world.hosts
    await Promise.all([alice.takesNoCalls(), bob.takesNoCalls()])
    const bobId = await bob.peerId()
    const bobPeer = await bob.up()
    await alice.run('whoami')
    // Without a running Nigh of hers: nobody calls a visitor.
    expect(await untilTold(alice, 'blocked-there', bobId)).toMatchObject({
      code: 3,
      command: 'nigh doctor',
      theirs: true,
    })
    const alicePeer = await alice.up()
    await carol.up()
    await alicePeer.line('carol', sees('carol'))
    for (const told of await Promise.all([
      untilTold(alice, 'blocked-there', bobId),
      untilTold(alice, 'blocked-there'),
    ]))
      expect(told.who?.peerId).toBe(bobId)

    await bob.does('iptables', '-F')
    await bobPeer.line('alice', sees('alice'), PATIENCE_MS)
    await isFine(alice, bobId)
  },
  { seconds: 240 },
)

scene(
  'Bob’s firewall answers with a refusal, and so does Alice’s: that he refuses is told of him',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const refuse = ['-A', 'INPUT', '-i', 'eth0', '-p', 'tcp', '--syn', '-j', 'REJECT']
    for (const host of [alice, bob]) await host.does('iptables', ...refuse, '--reject-with', 'tcp-reset')
    const bobId = await bob.peerId()
    await alice.up()
    await bob.up()
    const told = await untilTold(alice, 'blocked-there', bobId)
    expect(told.sentence).toContain('refuses')
    await alice.does('iptables', '-F')
    await untilTold(alice, 'fine', bobId)
  },
  { seconds: 180 },
)

scene(
  'A Wi-Fi that keeps its clients apart: Alice hears Bob, and no packet for her alone gets through',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    await world.keepsApart(true)
    const bobId = await bob.peerId()
    await alice.up()
    await bob.up()
    for (const told of await Promise.all([untilTold(alice, 'isolated', bobId), untilTold(bob, 'isolated')])) {
      expect(told.code).toBe(3)
      expect(told.act).toContain('AP isolation')
    }
    await world.keepsApart(false)
    await untilTold(alice, 'fine', bobId)
    await isFine(bob, 'alice')
  },
  { needs: ['ebtables'], seconds: 240 },
)

scene(
  'A VPN takes the default route and closes the network beside it; one that only takes the route does no harm',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    await alice.does('ip', 'link', 'add', 'tun0', 'type', 'veth', 'peer', 'name', 'tun0-far')
    await alice.does('ip', 'address', 'add', '10.99.0.2/24', 'dev', 'tun0')
    for (const end of ['tun0', 'tun0-far']) await alice.does('ip', 'link', 'set', end, 'up')
    await alice.does('ip', 'route', 'add', 'default', 'dev', 'tun0')
    const alicePeer = await alice.up()
    const bobPeer = await bob.up()
    await alicePeer.line('bob', sees('bob'))
    await isFine(alice, 'bob')

    bobPeer.signal('SIGINT')
    expect(await bobPeer.exit).toBe(0)
    for (const [chain, way] of [
      ['INPUT', '-i'],
      ['OUTPUT', '-o'],
    ] as const)
      await alice.does('iptables', '-A', chain, way, 'eth0', '-j', 'DROP')
    await bob.up()
    const told = await untilTold(alice, 'vpn')
    expect(told).toMatchObject({ code: 3, sentence: expect.stringContaining('tun0') })
    await alice.does('iptables', '-F')
    await isFine(alice, 'bob')
  },
  { seconds: 180 },
)

scene(
  'Alice is on no network; then she is, and alone; then Bob comes',
  async () => {
    await using world = await lab('alice', { late: ['alice'] })
    const { alice } = world.hosts
    const alicePeer = await alice.up()
    expect(await untilTold(alice, 'no-network')).toMatchObject({ code: 3 })
    await alice.cable.up()
    expect(await untilTold(alice, 'nobody')).toMatchObject({ code: 4 })
    expect(await untilTold(alice, 'who-unknown', 'bob')).toMatchObject({ code: 5 })
    const bob = await world.join('bob')
    await bob.up()
    await alicePeer.line('bob', sees('bob'))
    await isFine(alice, 'bob')
  },
  { seconds: 120 },
)

scene(
  'Bob is on another mesh, and Alice is told what makes it one',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const bobId = await bob.peerId()
    const alicePeer = await alice.up()
    const elsewhere = await bob.up('--mesh', 'cellar')
    for (const who of [undefined, bobId])
      expect(await untilTold(alice, 'other-mesh', who)).toMatchObject({
        code: 3,
        command: 'nigh up --mesh nigh',
        theirs: true,
      })
    // Seen from his side, hers is the usual one: the command is for him.
    expect(await untilTold(bob, 'other-mesh')).toMatchObject({ command: 'nigh up --mesh nigh' })
    elsewhere.signal('SIGINT')
    expect(await elsewhere.exit).toBe(0)
    await bob.up('--mesh', 'nigh')
    await alicePeer.line('bob', sees('bob'))
    await isFine(alice, 'bob')
  },
  { seconds: 120 },
)

scene(
  'Bob runs a newer Nigh than Alice',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const newer = await bob.runs(NEWER_PEER)
    const alicePeer = await alice.up()
    for (const who of [undefined, newer.said])
      expect(await untilTold(alice, 'other-version', who)).toMatchObject({
        code: 3,
        act: 'Update Nigh on this computer.',
        who: { peerId: newer.said },
      })
    await newer.end()
    await bob.up()
    await alicePeer.line('bob', sees('bob'))
    expect(await doctor(alice, 'bob')).toMatchObject({ cause: 'fine' })
  },
  { seconds: 120 },
)

scene(
  'Bob’s clock is two hours behind; set right, nothing is wrong',
  async () => {
    await using world = await lab('alice', 'bob', { ownClocks: true })
    const { alice, bob } = world.hosts
    bob.clockJumps('-2h')
    const alicePeer = await alice.up()
    const late = await bob.up()
    await alicePeer.line('bob', sees('bob'))
    await late.line('alice', sees('alice'))
    expect((await bob.run('status', 'closed')).code).toBe(0)
    const told = await untilTold(alice, 'clocks-apart', 'bob')
    expect(told).toMatchObject({ code: 3, sentence: expect.stringContaining('2 h behind yours') })
    expect((await untilTold(bob, 'clocks-apart', 'alice')).sentence).toContain('2 h ahead of yours')

    late.signal('SIGINT')
    expect(await late.exit).toBe(0)
    bob.clockJumps('+0')
    const right = await bob.up()
    await right.line('alice', sees('alice'))
    expect((await bob.run('status', 'open')).code).toBe(0)
    await Promise.all([isFine(alice, 'bob'), isFine(bob, 'alice')])
  },
  { needs: ['faketime'], seconds: 120 },
)

scene(
  'Another program has Alice’s port: she is told which one it is, and not when it is hers again',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const first = await alice.up()
    await bob.up()
    await first.line('bob', sees('bob'))
    await isFine(alice, 'bob')
    const port = `${(await doctor(alice)).observations.port}`
    first.signal('SIGINT')
    expect(await first.exit).toBe(0)

    const holder = await alice.runs(PORT_HOLDER, port)
    const second = await alice.up()
    await second.line('bob', sees('bob'))
    expect(await untilTold(alice, 'port-taken')).toMatchObject({
      code: 3,
      sentence: expect.stringContaining(port),
      command: expect.stringContaining(port),
    })
    // Bob is here all the same.
    expect(await doctor(alice, 'bob')).toMatchObject({ cause: 'fine' })
    second.signal('SIGINT')
    expect(await second.exit).toBe(0)
    await holder.end()
    const third = await alice.up()
    await third.line('bob', sees('bob'))
    await isFine(alice, 'bob')
  },
  { seconds: 120 },
)

scene(
  'Hidden, Alice sees nobody new; with other rules she does',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    await alice.run('whoami')
    expect((await alice.run('rules', 'preset', 'hidden')).code).toBe(0)
    const hidden = await alice.up()
    await bob.up()
    const told = await untilTold(alice, 'hidden')
    expect(told).toMatchObject({ code: 3, command: 'nigh rules preset default' })
    hidden.signal('SIGINT')
    expect(await hidden.exit).toBe(0)
    expect((await alice.run(...(told.command ?? '').split(' ').slice(1))).code).toBe(0)
    const seen = await alice.up()
    await seen.line('bob', sees('bob'))
    await isFine(alice, 'bob')
  },
  { seconds: 120 },
)

scene(
  'Bob says goodbye; then his cable is pulled: the first is told as it was, the second as what is known',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [, bobPeer] = await world.acquainted(alice, bob)
    await isFine(alice, 'bob')
    bobPeer.signal('SIGINT')
    expect(await bobPeer.exit).toBe(0)
    const left = await untilTold(alice, 'left', 'bob')
    expect(left).toMatchObject({ code: 4, sentence: expect.stringMatching(/^bob said goodbye \d+ s ago\.$/) })
    const again = await bob.up()
    await again.line('alice', sees('alice'))
    await isFine(alice, 'bob')
    await bob.cable.pull()
    const away = await untilTold(alice, 'away', 'bob')
    expect(away).toMatchObject({ code: 4 })
  },
  { seconds: 180 },
)
