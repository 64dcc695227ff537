/** docs/ERRORS.md is the table of codes: it names all of them, and the exit code of each. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exitCodeOf } from '../../src/doors/cli/exit-code.ts'
import type { ErrorCode } from '../../src/errors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')
const [errors = '', warnings = ''] = read('docs/ERRORS.md').split('## Warnings')
const rowsOf = (table: string): string[][] =>
  [...table.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, code = '', rest = '']) => [
    code,
    ...rest.split(' | '),
  ])

test('every code of NighError has a row, and no other', () => {
  const [, union = ''] = /export type ErrorCode =((?:\s+\| '[a-z-]+')+)/.exec(read('src/errors.ts')) ?? []
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(20)
  expect(
    rowsOf(errors)
      .map(([code]) => code)
      .sort(),
  ).toEqual(codes.sort())
})

test('and says what it means, what helps and how a command ends', () => {
  for (const [code = '', means, helps, exit] of rowsOf(errors)) {
    expect(means, code).toMatch(/\.$/)
    expect(helps, code).toMatch(/\.$/)
    expect(Number(exit), code).toBe(exitCodeOf(code as ErrorCode))
  }
})

test('every warning of the house has one, too', () => {
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const warned = sources.flatMap((name) =>
    [...read(`src/${name}`).matchAll(/\bwarn\(\s*(?:\{\s*code:\s*)?'([a-z-]+)'/g)].map(([, code]) => code),
  )
  const rows = [...rowsOf(warnings), ...rowsOf(errors)].map(([code]) => code)
  expect(new Set(warned).size).toBeGreaterThan(3)
  expect(rows).toEqual(expect.arrayContaining(warned))
  expect(warned).toEqual(expect.arrayContaining(rowsOf(warnings).map(([code]) => code)))
})
