import { expect, test } from 'vitest'
import { DRAIN_WITHIN_MS } from '../../src/envelope/protocol.ts'
import { createWaitingLine } from '../../src/inbox/waiting-line.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'

const message = (peer: string, id: string, label = '') => ({
  peer: peer as PeerId,
  label,
  id: id as MessageId,
})

test('What was refused first comes first, and until it has come nobody else of that sender does (fault M5)', () => {
  const line = createWaitingLine()
  expect(line.passes(message('alice', '2'), 0)).toBe(false)
  line.refused(message('alice', '2'), 0)
  line.refused(message('alice', '3'), 1)
  expect(line.passes(message('alice', '2'), 2)).toBe(false)
  for (const other of [message('alice', '3'), message('alice', '4'), message('alice', '2', 'work')])
    expect(line.passes(other, 2)).toBe(true)
  expect(line.passes(message('bob', '3'), 2)).toBe(false)
  line.came(message('alice', '3'))
  expect(line.passes(message('alice', '3'), 2)).toBe(true)
  line.came(message('alice', '2'))
  expect(line.passes(message('alice', '3'), 2)).toBe(false)
})

test('Whoever never sends it again waits for as long as anything can be under way, and no longer', () => {
  const line = createWaitingLine()
  line.refused(message('alice', '2'), 0)
  line.refused(message('alice', '3'), DRAIN_WITHIN_MS - 1)
  expect(line.passes(message('alice', '4'), DRAIN_WITHIN_MS - 1)).toBe(true)
  expect(line.passes(message('alice', '4'), DRAIN_WITHIN_MS)).toBe(false)
  line.refused(message('alice', '2'), DRAIN_WITHIN_MS)
  line.forget('alice' as PeerId)
  expect(line.passes(message('alice', '4'), DRAIN_WITHIN_MS)).toBe(false)
})
