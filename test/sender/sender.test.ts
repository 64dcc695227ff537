import { describe, expect, test } from 'vitest'
import { BODY_LIMIT, CONTENT_TYPE_LIMIT, STRANGER_EXPIRY_MS } from '../../src/envelope/protocol.ts'
import { NighError } from '../../src/errors.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { compose, type Draft } from '../../src/sender/sender.ts'

const alice = 'alice' as PeerId
const bob = 'bob' as PeerId
const id = '01890000-0000-7000-8000-000000000001' as MessageId
const facts = { self: alice, id, wall: 1_000, known: true }
const draft = (said: Partial<Draft>): Draft => ({ to: { peer: bob, label: '' }, text: 'hello', ...said })
const refusal = (said: Partial<Draft>): string | undefined => {
  try {
    compose(draft(said), facts)
    return undefined
  } catch (cause) {
    return cause instanceof NighError ? cause.code : 'something else'
  }
}

test('Alice writes to Bob: the row she owes', () => {
  expect(compose(draft({}), facts)).toStrictEqual({
    peer: bob,
    label: '',
    id,
    sentAt: 1_000,
    contentType: 'text/plain',
    body: new TextEncoder().encode('hello'),
    untilOpen: false,
    state: 'owed',
  })
})

describe('What no inbox would take is refused before it is owed', () => {
  test.each<[string, Partial<Draft>, string | undefined]>([
    ['to oneself', { to: { peer: alice, label: '' } }, 'own-address'],
    ['to an inbox of one’s own', { to: { peer: alice, label: 'work' } }, 'own-address'],
    ['nothing', { text: '' }, 'empty-text'],
    ['only white space', { text: ' \n\t\u00a0\u2003' }, 'empty-text'],
    ['one letter', { text: 'x' }, undefined],
    ['64 KiB', { text: 'x'.repeat(BODY_LIMIT) }, undefined],
    ['one byte more (scene 57)', { text: 'x'.repeat(BODY_LIMIT + 1) }, 'too-large'],
    ['64 KiB of letters of two bytes', { text: 'é'.repeat(BODY_LIMIT / 2) }, undefined],
    ['one byte more', { text: `${'é'.repeat(BODY_LIMIT / 2)}x` }, 'too-large'],
    ['64 Ki letters of two bytes', { text: 'é'.repeat(BODY_LIMIT) }, 'too-large'],
    ['a content type', { contentType: 'text/markdown; charset=utf-8' }, undefined],
    ['no content type', { contentType: '' }, 'usage'],
    ['half a content type', { contentType: 'text' }, 'usage'],
    ['a content type of two lines', { contentType: 'text/plain;\nx' }, 'usage'],
    ['the longest content type', { contentType: `text/${'x'.repeat(CONTENT_TYPE_LIMIT - 5)}` }, undefined],
    ['a longer one', { contentType: `text/${'x'.repeat(CONTENT_TYPE_LIMIT - 4)}` }, 'usage'],
  ])('%s', (_what, said, code) => {
    expect(refusal(said)).toBe(code)
  })

  test('The sentence says how much fits and how much it was', () => {
    expect(() => compose(draft({ text: 'x'.repeat(BODY_LIMIT + 1) }), facts)).toThrow(/65536 .* 65537/)
  })

  test('Half a character is sent as what every reader shows for it', () => {
    const { body } = compose(draft({ text: 'a\ud83db' }), facts)
    expect(new TextDecoder('utf-8', { fatal: true }).decode(body)).toBe('a\ufffdb')
    // Three bytes stand for it, and they count.
    expect(refusal({ text: `${'x'.repeat(BODY_LIMIT - 3)}\ud83d` })).toBeUndefined()
    expect(refusal({ text: `${'x'.repeat(BODY_LIMIT - 2)}\ud83d` })).toBe('too-large')
  })
})

describe('Until when it is worth anything', () => {
  test.each([
    ['a contact', true, undefined, undefined],
    ['somebody else', false, undefined, 1_000 + STRANGER_EXPIRY_MS],
    ['a contact, within the hour', true, 3_600_000, 3_601_000],
    ['somebody else, within the hour', false, 3_600_000, 3_601_000],
    ['at once or never', true, 0, 1_000],
  ])('%s', (_who, known, expireMs, deadline) => {
    const row = compose(draft(expireMs === undefined ? {} : { expireMs }), { ...facts, known })
    expect(row.deadline).toBe(deadline)
  })

  test('Until they are open again', () => {
    expect(compose(draft({ untilOpen: true }), facts).untilOpen).toBe(true)
  })
})
