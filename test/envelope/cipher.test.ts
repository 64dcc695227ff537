/** One cipher, twice: what node:crypto seals, the portable one opens, and the other way round. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cipher, KEY_BYTES, nativeCipher, portableCipher, TAG_BYTES } from '../../src/envelope/cipher.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const anything = fc.uint8Array({ maxLength: 3_000 })

test('Both seal to the same bytes, and each opens what the other sealed', () => {
  fc.assert(
    fc.property(
      bytes(KEY_BYTES),
      bytes(12),
      anything,
      fc.uint8Array({ maxLength: 64 }),
      (key, nonce, plain, header) => {
        const sealed = portableCipher.seal(key, nonce, plain, header)
        expect([...sealed]).toEqual([...nativeCipher.seal(key, nonce, plain, header)])
        expect(sealed.length).toBe(plain.length + TAG_BYTES)
        for (const { open } of [portableCipher, nativeCipher])
          expect([...(open(key, nonce, sealed, header) ?? ['nothing'])]).toEqual([...plain])
      },
    ),
  )
})

test.for([
  ['the native', nativeCipher],
  ['the portable', portableCipher],
] as const)(
  '%s one opens nothing of which one byte differs, nor what is shorter than a tag',
  ([, { seal, open }]) => {
    const [key, nonce, header] = [new Uint8Array(KEY_BYTES).fill(7), new Uint8Array(12), Uint8Array.of(1, 2)]
    const sealed = seal(key, nonce, Uint8Array.of(1, 2, 3), header)
    const other = (from: Uint8Array, index: number): Uint8Array =>
      from.map((byte, at) => (at === index ? byte ^ 1 : byte))
    for (let index = 0; index < sealed.length; index++)
      expect(open(key, nonce, other(Uint8Array.from(sealed), index), header)).toBeUndefined()
    expect(open(other(key, 0), nonce, sealed, header)).toBeUndefined()
    expect(open(key, other(nonce, 11), sealed, header)).toBeUndefined()
    expect(open(key, nonce, sealed, other(header, 1))).toBeUndefined()
    for (let length = 0; length < TAG_BYTES; length++)
      expect(open(key, nonce, sealed.subarray(0, length), header)).toBeUndefined()
  },
)

test('The native one is taken where it is to be had, as here', () => {
  expect(cipher).toBe(nativeCipher)
})
