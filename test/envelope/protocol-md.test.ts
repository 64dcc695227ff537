/** PROTOCOL.md is the same in prose as protocol.ts: somebody else writes a peer by its numbers. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ANNOUNCEMENT_CAPACITY } from '../../src/envelope/announcement.ts'
import { file_channel } from '../../src/envelope/generated/channel_pb.ts'
import { file_message } from '../../src/envelope/generated/message_pb.ts'
import * as protocol from '../../src/envelope/protocol.ts'

const text = readFileSync(new URL('../../src/envelope/PROTOCOL.md', import.meta.url), 'utf8')

/** Rows `| `NAME` | value | …` of the tables in section 7. */
function tables(markdown: string): Record<string, unknown> {
  const rows = markdown.matchAll(/^\| `([A-Z][A-Z_]+)` \| ([^|]+) \|/gm)
  return Object.fromEntries([...rows].map(([, name, value = '']) => [name, readCell(value.trim())]))
}

function readCell(cell: string): unknown {
  if (cell.startsWith('`')) return cell.slice(1, -1)
  const numbers = cell.split(', ').map((number) => Number(number.replaceAll(',', '')))
  return numbers.length === 1 ? numbers[0] : numbers
}

const constants = Object.fromEntries(
  Object.entries(protocol).filter(([, value]) => typeof value !== 'function'),
)
const section7 = text.slice(text.indexOf('## 7.'), text.indexOf('## 8.'))

describe('PROTOCOL.md', () => {
  test('has every constant of protocol.ts with its value, and no other', () => {
    expect(Object.keys(constants).length).toBeGreaterThan(60)
    expect(tables(section7)).toEqual(constants)
  })

  test('names no constant that does not exist', () => {
    const words = [...text.matchAll(/`([A-Z][A-Z]+_[A-Z_]+)`/g)].map(([, name = '']) => name)
    const enumNames = [file_channel, file_message].flatMap((file) => [
      ...file.enums.flatMap(({ values }) => values.map(({ name }) => name)),
      ...file.messages.flatMap(({ nestedEnums }) =>
        nestedEnums.flatMap(({ values }) => values.map(({ name }) => name)),
      ),
    ])
    const known = (name: string) =>
      name in constants || enumNames.some((enumName) => enumName === name || enumName.endsWith(`_${name}`))
    expect(words.length).toBeGreaterThan(60)
    expect([...new Set(words)].filter((name) => !known(name))).toEqual([])
  })

  test('draws the announcement as it is', () => {
    const largest = Math.max(...protocol.SIZE_CLASSES)
    const offsets = [...text.matchAll(/^\| (\d+|size - \d+) \| (\d+|size - \d+) \| [^|]+\|$/gm)].map(
      ([, at = '', bytes = '']) =>
        [at, bytes].map((cell) => (cell.startsWith('size') ? largest - Number(cell.slice(7)) : Number(cell))),
    )
    expect(offsets[0]).toEqual([0, 1])
    // Each part begins where the one before it ends, and the last one ends the announcement.
    for (const [index, [at = 0, bytes = 0]] of offsets.entries())
      expect(at + bytes).toBe(offsets[index + 1]?.[0] ?? largest)
    expect(text).toContain(`up to size - ${largest - ANNOUNCEMENT_CAPACITY}`)
  })

  test('control: another number in the text is noticed', () => {
    const wrong = section7.replace('| `BODY_LIMIT` | 65,536 |', '| `BODY_LIMIT` | 65,535 |')
    expect(wrong).not.toBe(section7)
    expect(tables(wrong)).not.toEqual(constants)
  })
})
