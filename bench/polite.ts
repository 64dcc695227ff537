/**
 * Does the clock betray a polite block (scene 35)? Alice asks two Bobs in turn, over libp2p on loopback: one blocks her
 * politely, is open to others and changes all the time; the other is simply closed. How long her messages take until they
 * are refused, and her fetches until they are answered, is compared by the Mann-Whitney U test: equal delays give a p
 * that is below 0.05 once in twenty runs.
 *
 *     npm run bench:polite -- [--count 300] [--seed N]
 */
import { parseArgs } from 'node:util'
import { type Neighbour, street } from '../test/support/street.ts'
import { type Figure, median, quantile, report, seeded } from './figures.ts'

const { values: asked } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
/** Of each kind and Bob; more would take longer than anybody waits. */
const count = Math.min(2_000, Number(asked.count))
const chance = seeded(Number(asked.seed))
const WARMING = 50
/** Each Bob changes so often, ms. */
const CHURN_MS = 200
const BLOCKED_AFTER_MS = 3_000
const WAIT_MS = 10_000

await using place = street()
const alice = await place.moveIn('Alice')
const polite = await place.moveIn('Polite')
const closed = await place.moveIn('Closed')
for (const bob of [polite, closed]) {
  await bob.agent.addContact({ who: alice.card })
  await alice.agent.addContact({ who: bob.card })
}
await closed.agent.status({ basic: 'closed' })
await polite.agent.personRule({ who: alice.peerId, then: 'polite-block' })
await new Promise((resolve) => setTimeout(resolve, BLOCKED_AFTER_MS))
for (const bob of [polite, closed]) {
  const outcome = await alice.agent.send({ to: `im:${bob.peerId}`, text: 'are you there?', waitMs: WAIT_MS })
  if (outcome.reason !== 'closed')
    throw new Error(`Both have to refuse as closed, and one said ${outcome.reason}.`)
}

let changes = 0
const churning = setInterval(() => {
  changes += 1
  for (const bob of [polite, closed]) bob.agent.status({ note: `note ${changes}` }).catch(() => {})
}, CHURN_MS)

const acts: Record<string, (bob: Neighbour) => Promise<unknown>> = {
  'a message until it is refused': (bob) =>
    alice.agent.send({ to: `im:${bob.peerId}`, text: 'and now?', waitMs: WAIT_MS }),
  'a fetch until it is answered': (bob) => alice.agent.fetch({ who: bob.peerId, waitMs: WAIT_MS }),
}
const figures: Figure[] = []
for (const [what, act] of Object.entries(acts)) {
  const took = { polite: [] as number[], closed: [] as number[] }
  for (let round = 0; round < WARMING + count; round += 1) {
    const both = [
      { bob: polite, into: took.polite },
      { bob: closed, into: took.closed },
    ]
    if (chance() < 0.5) both.reverse()
    for (const { bob, into } of both) {
      const began = performance.now()
      await act(bob)
      if (round >= WARMING) into.push(performance.now() - began)
    }
  }
  const { z, p } = mannWhitney(took.polite, took.closed)
  console.log(
    `${what}, ${count} of each: p95 ${quantile(took.polite, 0.95).toFixed(2)} and ${quantile(took.closed, 0.95).toFixed(2)} ms, z ${z.toFixed(2)}, p ${p.toFixed(3)}`,
  )
  const [ours, value] = [median(took.polite), median(took.closed)]
  figures.push({ what, unit: 'ms', ours, yardstick: { name: 'closed', value, ratio: ours / value } })
}
clearInterval(churning)
report(figures)

/** Two-sided, by the normal approximation: good from twenty of each on. Equal times share their ranks. */
function mannWhitney(one: readonly number[], other: readonly number[]): { z: number; p: number } {
  const all = [
    ...one.map((value) => ({ value, mine: true })),
    ...other.map((value) => ({ value, mine: false })),
  ]
  all.sort((a, b) => a.value - b.value)
  let ranks = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1
    for (const { mine } of all.slice(from, to)) if (mine) ranks += (from + 1 + to) / 2
    from = to
  }
  const [n, m] = [one.length, other.length]
  const u = ranks - (n * (n + 1)) / 2
  const z = (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
  return { z, p: erfc(Math.abs(z) / Math.SQRT2) }
}

/** Abramowitz and Stegun 7.1.26: off by 1.5e-7 at most. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return poly * Math.exp(-x * x)
}
