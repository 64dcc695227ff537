/** Bob’s window stands still while much happens: it costs so much and no more, and misses nothing that is stored. */
import { expect, test } from 'vitest'
import type { AgentEvent } from '../../src/agent.ts'
import { windowEvents } from '../../src/doors/electron/window-events.ts'
import { AT, MESSAGE } from '../support/fake-agent.ts'

/** A preload script that waits for nobody: each stream begins behind its cursor, and all that is stored follows at once. */
function preload(stored: number) {
  const streams: { since: number | undefined; told: number; over: boolean }[] = []
  return {
    streams,
    follow(since: number | undefined, hear: (event: AgentEvent) => void, ended: () => void): () => void {
      const stream = { since, told: 0, over: false }
      streams.push(stream)
      void (async () => {
        for (let seq = (since ?? 0) + 1; seq <= stored && !stream.over; seq += 1) {
          hear({ event: 'message', ...MESSAGE, seq })
          stream.told += 1
          if (seq % 100 === 0) await Promise.resolve()
        }
        if (!stream.over) hear({ event: 'snapshot', at: AT, seq: stored, people: [] })
      })()
      return () => {
        if (stream.over) return
        stream.over = true
        ended()
      }
    },
  }
}

test('Each stored event comes once and in order, over as many streams as it takes', async () => {
  const many = 25_000
  const bridge = preload(many)
  const events = windowEvents(bridge, undefined, undefined)
  const seqs: number[] = []
  for await (const event of events) {
    if (event.event === 'snapshot') break
    seqs.push(event.seq)
    // It reads nothing while the first ones come.
    if (seqs.length === 1) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(seqs).toEqual(Array.from({ length: many }, (_, at) => at + 1))
  expect(bridge.streams.length).toBeGreaterThan(1)
  for (const { told } of bridge.streams) expect(told).toBeLessThan(10_200)
  expect(bridge.streams.every(({ over }) => over)).toBe(true)
})

test('Given up, it ends, and so does its stream', async () => {
  const bridge = preload(10)
  const over = new AbortController()
  const seen: string[] = []
  for await (const event of windowEvents(bridge, 8, over.signal)) {
    seen.push(event.event)
    if (event.event === 'snapshot') over.abort()
  }
  expect(seen).toEqual(['message', 'message', 'snapshot'])
  expect(bridge.streams.map(({ since, over: ended }) => [since, ended])).toEqual([[8, true]])
  for await (const event of windowEvents(bridge, 8, AbortSignal.abort())) seen.push(event.event)
  expect(bridge.streams).toHaveLength(1)
})
