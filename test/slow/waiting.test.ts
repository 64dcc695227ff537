/**
 * Many messages wait for Bob while he is away, then all of them go to him: neither side holds them in memory, and
 * nobody's beat is delayed into a false `unknown` (fault M11).
 *
 *     NIGH_WAITING=100000 npm run test:slow
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { AgentEvent } from '../../src/agent.ts'
import { connectAgent } from '../../src/doors/rpc/connect-agent.ts'
import type { RemoteAgent } from '../../src/doors/rpc/remote-agent.ts'
import { terminals } from '../support/terminals.ts'

const WAITING = Number(process.env.NIGH_WAITING ?? 30_000)
const TEXT = 'x'.repeat(8_192)
/** Asked for at once: more would lie in the door, not in the outbox. */
const AT_ONCE = 200
/** Garbage is not let lie: what grows is what is held. */
const FRUGAL = ['--max-semi-space-size=4']
/** Of WAITING, after which caches and heap have grown to their size: what comes then must not show. */
const WARM = Math.floor(WAITING / 3)
/** MB of text between WARM and the end. */
const MORE_MB = ((WAITING - WARM) * TEXT.length) / 2 ** 20

const BIN = fileURLToPath(new URL('../../bin/nigh.js', import.meta.url))

/** The most this process ever held, MB. */
const peakMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

async function door(home: string): Promise<RemoteAgent> {
  for (let tries = 0; tries < 200; tries++) {
    const agent = await connectAgent(home).catch(() => undefined)
    if (agent !== undefined) return agent
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nobody opens at ${home}`)
}

test.skipIf(process.platform !== 'linux')(
  `${WAITING} messages wait for Bob, and reach him once and in order: both stay small, and he stays live`,
  async () => {
    await using world = terminals()
    const env = { ...process.env, ...world.env }
    const running: ChildProcess[] = []
    /** A peer whose lines nobody reads: a hundred thousand of them would be this test's memory, not the peer's. */
    const up = async (name: string): Promise<{ child: ChildProcess; agent: RemoteAgent }> => {
      const child = spawn(process.execPath, [...FRUGAL, BIN, 'up', '--as', name], { env, stdio: 'ignore' })
      running.push(child)
      return { child, agent: await door(world.home(name)) }
    }
    const ended = (child: ChildProcess): Promise<unknown> =>
      new Promise((resolve) => child.once('exit', resolve))

    try {
      const alice = await up('alice')
      let bob = await up('bob')
      const [aliceId, bobId] = [(await alice.agent.whoami()).peerId, (await bob.agent.whoami()).peerId]
      await alice.agent.addContact({ who: `pres:${bobId}` })
      await bob.agent.addContact({ who: `pres:${aliceId}` })
      const first = await alice.agent.send({ to: bobId, text: 'hello', waitMs: 10_000 })
      expect(first.outcome).toBe('success')
      const gone = ended(bob.child)
      bob.child.kill('SIGTERM')
      await gone

      const peaks = { owing: 0, owed: 0, receiving: 0, received: 0, sending: 0, sent: 0 }
      for (let sent = 0; sent < WAITING; sent += AT_ONCE) {
        await Promise.all(
          Array.from({ length: Math.min(AT_ONCE, WAITING - sent) }, (_, index) =>
            alice.agent.send({ to: bobId, text: `${sent + index} ${TEXT}` }),
          ),
        )
        if (sent < WARM) peaks.owing = peakMb(alice.child.pid ?? 0)
      }
      peaks.owed = peakMb(alice.child.pid ?? 0)

      bob = await up('bob')
      const changes: string[] = []
      const seen = new AbortController()
      const watching = (async () => {
        for await (const event of alice.agent.events({}, { signal: seen.signal }))
          if (event.event === 'presence') changes.push(event.change)
      })()
      const from = performance.now()
      let next = 0
      const wrong: string[] = []
      const isText = (event: AgentEvent) => event.event === 'message' && event.text !== 'hello'
      for await (const event of bob.agent.events({ since: 0 })) {
        if (!isText(event) || event.event !== 'message') continue
        const number = Number(event.text.slice(0, event.text.indexOf(' ')))
        if (number !== next && wrong.length < 5) wrong.push(`${number} in the place of ${next}`)
        next = number + 1
        if (next === WARM) {
          peaks.sending = peakMb(alice.child.pid ?? 0)
          peaks.receiving = peakMb(bob.child.pid ?? 0)
        }
        if (next >= WAITING) break
      }
      const seconds = (performance.now() - from) / 1_000
      seen.abort()
      await watching.catch(() => {})
      expect(wrong).toEqual([])
      expect(changes.filter((change) => change === 'unknown' || change === 'left')).toEqual([])
      peaks.sent = peakMb(alice.child.pid ?? 0)
      peaks.received = peakMb(bob.child.pid ?? 0)
      const mb = Object.fromEntries(Object.entries(peaks).map(([when, peak]) => [when, Math.round(peak)]))
      console.log(
        `${WAITING} messages of ${TEXT.length} bytes, peak MB after ${WARM} and at the end: Alice ${mb.owing} and ${mb.owed} while they wait, ` +
          `${mb.sending} and ${mb.sent} as they leave; Bob ${mb.receiving} and ${mb.received}; ${MORE_MB.toFixed(0)} MB came between; all with Bob after ${seconds.toFixed(1)} s`,
      )
      expect(peaks.owed - peaks.owing).toBeLessThan(MORE_MB / 2)
      expect(peaks.sent - peaks.sending).toBeLessThan(MORE_MB / 2)
      expect(peaks.received - peaks.receiving).toBeLessThan(MORE_MB / 2)
      alice.agent.detach()
      bob.agent.detach()
    } finally {
      for (const child of running) child.kill('SIGKILL')
    }
  },
  600_000,
)
