import { expect, test } from 'vitest'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import { SAFETY_WORDS } from '../../src/principal/safety-words.ts'
import { safetyWords, WORDS_PER_KEY } from '../../src/principal/verification.ts'
import { person } from './people.ts'

test('The list: 256 words of 3 to 7 letters, told apart by their first four', () => {
  expect(SAFETY_WORDS).toHaveLength(256)
  for (const word of SAFETY_WORDS) expect(word).toMatch(/^[a-z]{3,7}$/)
  expect(new Set(SAFETY_WORDS.map((word) => word.slice(0, 4))).size).toBe(256)
})

test('The order of the list is part of the meaning', async () => {
  const alice = await person('alice')
  expect(safetyWords(alice.peerId)).toMatchInlineSnapshot(
    `"coffee glove ribbon hammer husky river bugle salmon amber lantern beach fossil"`,
  )
})

test('A key is twelve words, always the same, and another key has others', async () => {
  const one = principalOf(await makeKey())
  const other = principalOf(await makeKey())
  expect(safetyWords(one.peerId).split(' ')).toHaveLength(WORDS_PER_KEY)
  expect(safetyWords(one.peerId)).toBe(safetyWords(one.peerId))
  expect(safetyWords(one.peerId)).not.toBe(safetyWords(other.peerId))
})
