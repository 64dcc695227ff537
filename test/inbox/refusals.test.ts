import { expect, test } from 'vitest'
import { IN_FLIGHT_MESSAGES } from '../../src/envelope/protocol.ts'
import { createRefusals } from '../../src/inbox/refusals.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'

const message = (peer: string, id: string, label = '') => ({
  peer: peer as PeerId,
  label,
  id: id as MessageId,
})

test('A refusal is one sender’s, one inbox’s and one message’s, until no link of the sender is left (fault M3)', () => {
  const refusals = createRefusals()
  refusals.note(message('alice', '1'), 'closed')
  expect(refusals.of(message('alice', '1'))).toBe('closed')
  for (const other of [message('bob', '1'), message('alice', '2'), message('alice', '1', 'work')])
    expect(refusals.of(other)).toBeUndefined()
  refusals.forget('bob' as PeerId)
  expect(refusals.of(message('alice', '1'))).toBe('closed')
  refusals.forget('alice' as PeerId)
  expect(refusals.of(message('alice', '1'))).toBeUndefined()
})

test('Of one sender twice as many are remembered as may be under way, the latest', () => {
  const refusals = createRefusals()
  const most = 2 * IN_FLIGHT_MESSAGES
  for (let id = 0; id <= most; id++) refusals.note(message('mallory', String(id)), 'rate-limited')
  expect(refusals.of(message('mallory', '0'))).toBeUndefined()
  expect(refusals.of(message('mallory', '1'))).toBe('rate-limited')
  expect(refusals.of(message('mallory', String(most)))).toBe('rate-limited')
})
