/** How often a person is told that strangers knock. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { knocks } from '../../src/doors/cli/knocks.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const MINUTE_MS = 60_000

test('A thousand knocks within ten minutes are one bell, and one line more for the rest (fault M8)', async () => {
  let rung = 0
  const at = knocks(
    async () => {
      rung += 1
    },
    () => new Date(),
  )
  await at.heard()
  expect(rung).toBe(1)
  for (let count = 0; count < 999; count += 1) {
    await at.heard()
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(rung).toBe(1)
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
  expect(rung).toBe(2)
  // Quiet for ten minutes more, then again at once.
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS)
  expect(rung).toBe(2)
  await at.heard()
  expect(rung).toBe(3)
})

test('A clock that is set back silences nobody, and after the end nothing is said', async () => {
  let rung = 0
  const at = knocks(
    async () => {
      rung += 1
    },
    () => new Date(),
  )
  await at.heard()
  vi.setSystemTime(Date.now() - 60 * MINUTE_MS)
  await at.heard()
  expect(rung).toBe(2)
  await at.heard()
  at[Symbol.dispose]()
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS)
  expect(rung).toBe(2)
})
