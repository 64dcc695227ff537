/** docs/DEPENDENCIES.md and package.json say the same: nobody comes in without a room, a reason and a size. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
const [atRunTime = '', forDevelopment = ''] = read('docs/DEPENDENCIES.md').split('## For development only')
const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))

test('every dependency at run time has its row: version, room, reason, size', () => {
  const rows = [...atRunTime.matchAll(/^\| `([^`]+)` \| (\S+) \| ([^|]+) \| ([^|]+) \| ([\d,]+) \|$/gm)]
  expect(Object.fromEntries(rows.map(([, name, version]) => [name, version]))).toEqual(dependencies)
  for (const [, name, , room = '', reason = '', size = ''] of rows) {
    expect(room, name).toMatch(/^[a-z]+(, [a-z]+)*$/)
    expect(reason.length, name).toBeGreaterThan(10)
    expect(Number(size.replaceAll(',', '')), name).toBeGreaterThan(0)
  }
  expect(rows.map(([, name]) => name)).toEqual(rows.map(([, name]) => name).toSorted())
  expect(optionalDependencies).toBeUndefined()
})

test('versions are exact', () => {
  for (const [name, version] of Object.entries(dependencies)) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
})

test('every dependency for development has a reason', () => {
  const named = [...forDevelopment.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  )
  expect(named.toSorted()).toEqual(Object.keys(devDependencies).toSorted())
})
