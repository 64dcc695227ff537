import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { isMeshName, meshHash } from '../../src/principal/mesh-name.ts'

test('A mesh is known by 16 hex digits of a hash of its name', () => {
  const expected = createHash('sha256').update('nigh mesh 1nigh').digest('hex').slice(0, 16)
  expect(meshHash('nigh')).toBe(expected)
  expect(meshHash('nigh')).not.toBe(meshHash('nigh2'))
})

test.each(['', 'Nigh', '-a', 'a-', 'a b', 'ä', 'x'.repeat(65), 'a\nb', 'a\n'])(
  '%j is no name of a mesh',
  (name) => {
    expect(isMeshName(name)).toBe(false)
    expect(() => meshHash(name)).toThrow(/1 to 64 characters/)
  },
)

test.each(['a', 'office-3', 'home.lan', 'x'.repeat(64)])('%j is one', (name) => {
  expect(meshHash(name)).toMatch(/^[0-9a-f]{16}$/)
})
