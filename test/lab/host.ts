/**
 * A host of the lab: a namespace with cables, a data folder of its own, and the real command line in it. Its methods
 * are what happens to computers: they freeze, die, move, get another clock, and sit behind walls.
 */
import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Finished, follow, isOnline, type Running, toItsEnd } from '../support/running.ts'
import type { Cable } from './cable.ts'
import { faketimeLibrary } from './means.ts'
import { end, startWithin, within } from './namespaces.ts'

/** Another build may be put under the microscope. */
const BIN = process.env.NIGH_LAB_BIN ?? fileURLToPath(new URL('../../bin/nigh.js', import.meta.url))

const RELAY = fileURLToPath(new URL('support/delaying-relay.ts', import.meta.url))
const ASK = fileURLToPath(new URL('support/ask-host.ts', import.meta.url))
const RELAY_PORT = 9_999
/** Nobody else's group in the namespace. */
const RELAY_GROUP = 65_534

export interface Host {
  readonly name: string
  readonly namespace: string
  /** The first cable. */
  readonly cable: Cable
  readonly address: string
  /** `nigh up --as <name> --json`, until it is online. */
  up(...args: string[]): Promise<Running>
  /** `nigh <args> --as <name> --json`, to its end. */
  run(...args: string[]): Promise<Finished>
  start(...args: string[]): Running
  /** Known before the peer was ever up. */
  peerId(): Promise<string>
  /** What lies in the home of the peer that is not up comes to be the home of `other`. */
  copiesHomeTo(other: Host): Promise<void>
  readonly home: string
  /** Any program of the system, inside; resolves with what it printed. */
  does(program: string, ...args: string[]): Promise<string>
  /** A program of the lab's own, until it is ended or the world ends; resolves with its first word. */
  runs(file: string, ...args: string[]): Promise<{ said: string; end(): Promise<void> }>
  /** Another mDNS responder, with `<name>.local` to its name, until the world ends. */
  runsAvahi(): Promise<void>
  /** What the link answers to a program that asks for the address of `name` by mDNS. */
  asksFor(name: string): Promise<string>

  /** The peer that is up stops in its tracks, and its socket buffers fill. */
  freezes(): void
  thaws(): void
  /** kill -9 of the peer that is up. */
  dies(): Promise<void>
  /** Moves the wall clock of everything started since `hasItsOwnClock`: `+2h`, `-1h`, `+0`; monotonic time goes on. */
  clockJumps(by: string): void

  /** No multicast comes in, from anybody or from one host; what is sent still goes out. */
  isDeafTo(other?: Host): Promise<void>
  /** A firewall on the host lets multicast neither in nor out, and says so to whoever tries. */
  hasNoMulticast(): Promise<void>
  /** A firewall: nobody opens a TCP connection to this host. */
  takesNoCalls(): Promise<void>
  /** TCP connections from here to that port of `other` go through a slow line: each way `delayMs`, and up to `unevenMs` more. */
  isSlowTo(other: Host, port: number, line: { delayMs: number; unevenMs: number }): Promise<void>
  /** Packets that its own rules threw away so far. */
  packetsDropped(): Promise<number>
}

export interface HostOptions {
  name: string
  namespace: string
  data: string
  cable: Cable
  ownClock: boolean
}

export function createHost(options: HostOptions): Host & { end(): Promise<void> } {
  const { name, namespace, cable } = options
  const data = join(options.data, name)
  mkdirSync(data)
  const clockFile = join(data, 'wall-clock')
  const running = new Set<ChildProcess>()
  let peer: Running | undefined

  const setClock = (by: string) => writeFileSync(clockFile, `${by}\n`)
  if (options.ownClock) setClock('+0')

  const launch = (program: string, args: readonly string[], extra: object = {}): ChildProcess => {
    const child = startWithin(namespace, program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
        HOME: data,
        XDG_DATA_HOME: data,
        XDG_RUNTIME_DIR: data,
        NO_COLOR: '1',
        ...(options.ownClock ? clockEnv(clockFile) : {}),
      },
      ...extra,
    })
    running.add(child)
    child.on('exit', () => running.delete(child))
    return child
  }
  const nigh = (args: readonly string[]) => launch(process.execPath, [BIN, ...args, '--as', name, '--json'])

  return {
    name,
    namespace,
    cable,
    get address() {
      return cable.address
    },
    async up(...args) {
      peer = follow(name, nigh(['up', ...args]))
      await peer.line('being online', isOnline)
      return peer
    },
    run: (...args) => toItsEnd(nigh(args)),
    start: (...args) => follow(name, nigh(args)),
    does: (program, ...args) => within(namespace, program, ...args),
    home: join(data, 'nigh', 'homes', name),
    async copiesHomeTo(other) {
      cpSync(this.home, other.home, { recursive: true })
    },
    async peerId() {
      const { lines } = await toItsEnd(nigh(['whoami']))
      return lines[0]?.peerId
    },
    async runs(file, ...args) {
      const child = launch(process.execPath, [file, ...args])
      let complaint = ''
      child.stderr?.on('data', (chunk: Buffer) => {
        complaint += chunk.toString()
      })
      const said = await new Promise<string>((resolve, reject) => {
        child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
        child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${complaint}`)))
      })
      return { said, end: () => end(child) }
    },
    async runsAvahi() {
      const config = join(data, 'avahi.conf')
      writeFileSync(config, `[server]\nhost-name=${name}\nenable-dbus=no\nuse-ipv6=no\n[rlimits]\n`)
      // Its pid file has a fixed place: in a mount namespace of its own there is one for each host.
      const script = `mount -t tmpfs none /run && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f ${config}`
      const avahi = launch('unshare', ['--mount', 'sh', '-c', script])
      let said = ''
      await new Promise<void>((resolve, reject) => {
        avahi.stderr?.on('data', (chunk: Buffer) => {
          said += chunk.toString()
          if (said.includes('startup complete')) resolve()
        })
        avahi.once('exit', (code) => reject(new Error(`avahi-daemon ended with ${code}: ${said}`)))
      })
    },
    async asksFor(asked) {
      const answer = await within(namespace, 'timeout', '5', process.execPath, ASK, asked, cable.address)
      return answer.trim()
    },
    freezes: () => peer?.signal('SIGSTOP'),
    thaws: () => peer?.signal('SIGCONT'),
    async dies() {
      peer?.signal('SIGKILL')
      await peer?.exit
    },
    clockJumps: setClock,
    async isDeafTo(other) {
      const from = other === undefined ? [] : ['-s', other.address]
      const rule = ['INPUT', '-i', cable.name, ...from, '-d', '224.0.0.0/4', '-j', 'DROP']
      await within(namespace, 'iptables', '-A', ...rule)
    },
    async hasNoMulticast() {
      for (const way of ['INPUT', 'OUTPUT'])
        for (const what of [
          ['-d', '224.0.0.0/4'],
          ['-p', 'udp', '--dport', '5353'],
        ])
          await within(
            namespace,
            'iptables',
            '-A',
            way,
            way === 'INPUT' ? '-i' : '-o',
            cable.name,
            ...what,
            '-j',
            'DROP',
          )
    },
    takesNoCalls: async () =>
      void (await within(
        namespace,
        'iptables',
        '-A',
        'INPUT',
        '-i',
        cable.name,
        '-p',
        'tcp',
        '--syn',
        '-j',
        'DROP',
      )),
    async isSlowTo(other, port, { delayMs, unevenMs }) {
      const relay = launch(
        process.execPath,
        [RELAY, String(RELAY_PORT), other.address, String(port), String(delayMs), String(unevenMs)],
        { gid: RELAY_GROUP },
      )
      await new Promise((resolve, reject) => {
        relay.stdout?.once('data', resolve)
        relay.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)))
      })
      // The relay's own connections go straight: its group tells them.
      const to = ['-d', other.address, '-p', 'tcp', '--dport', String(port)]
      const notTheRelay = ['-m', 'owner', '!', '--gid-owner', String(RELAY_GROUP)]
      const redirect = ['-j', 'REDIRECT', '--to-ports', String(RELAY_PORT)]
      await within(namespace, 'iptables', '-t', 'nat', '-A', 'OUTPUT', ...to, ...notTheRelay, ...redirect)
    },
    async packetsDropped() {
      const rules = await within(namespace, 'iptables', '-nvxL', 'INPUT')
      const counts = rules.split('\n').flatMap((rule) => {
        const [count, , target] = rule.trim().split(/\s+/)
        return target === 'DROP' ? Number(count) : []
      })
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async end() {
      await Promise.all([...running].map((child) => end(child)))
    },
  }
}

function clockEnv(file: string): Record<string, string> {
  return {
    LD_PRELOAD: faketimeLibrary,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}
