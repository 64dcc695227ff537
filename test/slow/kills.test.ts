/**
 * Promise 2 under SIGKILL: messages flow both ways while both processes are killed at random. Afterwards nothing is
 * lost, nothing doubled, everything in order; and the stores, read after each kill, show that the kills really fell
 * before a first byte, between keeping and receipt, and after.
 *
 *     NIGH_KILLS=300 NIGH_MESSAGES=10000 NIGH_SEED=… npm run test:slow
 */
import { expect, test } from 'vitest'
import { connectAgent } from '../../src/doors/rpc/connect-agent.ts'
import { type Row, read } from '../support/lying-there.ts'
import { type Running, terminals } from '../support/terminals.ts'
import { seededEntropy } from '../support/town.ts'

const KILLS = Number(process.env.NIGH_KILLS ?? 30)
const MESSAGES = Number(process.env.NIGH_MESSAGES ?? 1_000)
const SEED = process.env.NIGH_SEED ?? String(process.pid)

/** Looks again and again for a moment that should come; a kill that misses it falls all the same, and the count tells. */
async function waitFor(moment: () => boolean): Promise<void> {
  const from = performance.now()
  while (!moment() && performance.now() - from < AIM_MS)
    await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Messages flow faster than this, as long as there are any left. */
const AIM_MS = 1_000

/** Where messages of one direction stood when a kill fell. */
function moments(sender: Row[], receiver: Row[]): { before: boolean; between: boolean; after: boolean } {
  const kept = new Set(receiver.map((row) => row.id))
  return {
    before: sender.some((row) => row.state === 'owed'),
    between: sender.some((row) => row.state === 'sent' && kept.has(row.id)),
    after: sender.some((row) => row.state === 'settled' && kept.has(row.id)),
  }
}

test(
  `${MESSAGES} messages both ways, ${KILLS} kills: none lost, none doubled, in order (scenes 53, 54, faults M5, M6)`,
  async () => {
    const chance = seededEntropy(`kills ${SEED}`)
    const pause = (most: number): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, Math.floor(chance.fraction() * most)))
    await using world = terminals()
    const names = ['alice', 'bob'] as const
    type Name = (typeof names)[number]
    const other = (name: Name): Name => (name === 'alice' ? 'bob' : 'alice')

    const ids = new Map<Name, string>()
    for (const name of names) ids.set(name, (await world.run(name, 'whoami')).lines[0]?.peerId)
    for (const name of names)
      expect((await world.run(name, 'contacts', 'add', `pres:${ids.get(other(name))}`)).code).toBe(0)
    const running = new Map<Name, Running>()
    for (const name of names) running.set(name, await world.up(name))

    /** Hands over numbered messages one after another, whatever happens to the process behind the door. */
    let over = false
    const promised = new Map<Name, string[]>(names.map((name) => [name, []]))
    const flow = async (name: Name): Promise<void> => {
      const taken = promised.get(name) ?? []
      for (let number = 0; taken.length < MESSAGES / 2; ) {
        const agent = await connectAgent(world.home(name)).catch(() => undefined)
        if (agent === undefined) {
          await pause(50)
          continue
        }
        try {
          while (taken.length < MESSAGES / 2) {
            const text = `${name} ${number}`
            number += 1 // a call that breaks off is not repeated: its message may have been taken
            await agent.send({ to: ids.get(other(name)) ?? '', text })
            taken.push(text)
            // Spread over the kills: a flow that is done before them proves nothing.
            await pause((2 * KILLS * 400) / (MESSAGES / 2))
          }
        } catch {
          // The door fell shut: the process was killed.
        } finally {
          agent.detach()
        }
      }
    }

    const end = async (...victims: Name[]): Promise<Name[]> => {
      for (const name of victims) running.get(name)?.signal('SIGKILL')
      await Promise.all(victims.map((name) => running.get(name)?.exit))
      return victims
    }

    /** One falls; the other still takes messages, and falls while they wait for their first byte. */
    const killBeforeFirstByte = async (first: Name): Promise<Name[]> => {
      await end(first)
      const takes = (): boolean => read(world.home(other(first))).outbox.some(({ state }) => state === 'owed')
      await waitFor(takes)
      return [first, ...(await end(other(first)))]
    }

    /** The receiver stands still until something is under way; the sender falls before it can be answered. */
    const killBeforeReceipt = async (sender: Name): Promise<Name[]> => {
      const receiver = other(sender)
      running.get(receiver)?.signal('SIGSTOP')
      await waitFor(() => read(world.home(sender)).outbox.some(({ state }) => state === 'sent'))
      const victims = await end(sender)
      running.get(receiver)?.signal('SIGCONT')
      const outbox = read(world.home(sender)).outbox
      await waitFor(() => moments(outbox, read(world.home(receiver)).inbox).between)
      return victims
    }

    const killSomebody = (victim: Name): Promise<Name[]> =>
      chance.fraction() < 0.2 ? end('alice', 'bob') : end(victim)

    /** Two kills in five are aimed: on a fast machine chance alone seldom finds the short moments. */
    const AIMED = [killBeforeFirstByte, killBeforeReceipt, killSomebody, killSomebody, killSomebody]

    const seen = { before: 0, between: 0, after: 0 }
    const kill = async (): Promise<void> => {
      for (let count = 0; count < KILLS; count += 1) {
        await pause(500)
        const fall = AIMED[count % AIMED.length] ?? killSomebody
        const victims = await fall(chance.fraction() < 0.5 ? 'alice' : 'bob')
        const alice = read(world.home('alice'))
        const bob = read(world.home('bob'))
        const there = moments(alice.outbox, bob.inbox)
        const back = moments(bob.outbox, alice.inbox)
        for (const moment of ['before', 'between', 'after'] as const)
          if (there[moment] || back[moment]) seen[moment] += 1
        await pause(150)
        for (const name of victims) running.set(name, await world.up(name))
      }
      over = true
    }

    await Promise.all([kill(), flow('alice'), flow('bob')])
    expect(over).toBe(true)

    const settled = (): boolean =>
      names.every((name) => read(world.home(name)).outbox.every((row) => row.state === 'settled'))
    await expect.poll(settled, { timeout: 30_000, interval: 200 }).toBe(true)

    const stores = { alice: read(world.home('alice')), bob: read(world.home('bob')) }
    for (const name of names) {
      const sent = stores[name].outbox.map((row) => row.text)
      const received = stores[other(name)].inbox.map((row) => row.text)
      expect(received).toEqual(sent) // none lost, none doubled, none overtaken
      expect(sent).toEqual(expect.arrayContaining(promised.get(name) ?? []))
      expect(new Set(sent).size).toBe(sent.length)
    }
    console.log(
      `seed ${SEED}: ${stores.alice.outbox.length} + ${stores.bob.outbox.length} messages, ${KILLS} kills; ` +
        `a message stood before its first byte in ${seen.before}, between keeping and receipt in ${seen.between}, after in ${seen.after}`,
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
  },
  KILLS * 5_000 + 120_000,
)
