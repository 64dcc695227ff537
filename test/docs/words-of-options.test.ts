/** Whoever writes a program reads it in the editor: each option, each part of an answer and each kind of event says what it means. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
/** What a program holds in its hands: all that an Agent takes and gives, and how peers and doors are made. */
const FILES = [
  ...['events', 'messages', 'people', 'presence', 'rules', 'visibility'].map((name) => `agent/${name}.ts`),
  'agent.ts',
  'peer/create.ts',
  'peer/backups.ts',
  'doors/electron/main.ts',
]

/** Properties of exported interfaces, and kinds of events, that stand without words. */
function wordless(source: string): string[] {
  const lines = source.split('\n')
  let within = ''
  const found: string[] = []
  for (const [at, line] of lines.entries()) {
    const opened = /^export interface (\w+)/.exec(line)
    if (opened !== null) within = opened[1] ?? ''
    if (/^\}/.test(line)) within = ''
    const property = /^ {2}(?:readonly )?(\w+)\??: /.exec(line)
    const kind = /^ +event: '(\w+)'$/.exec(line)
    const before = lines[at - 1] ?? ''
    const isSaid = before.trimEnd().endsWith('*/')
    if (!isSaid && within !== '' && property !== null) found.push(`${within}.${property[1]}`)
    if (!isSaid && kind !== null) found.push(`event ${kind[1]}`)
  }
  return found
}

test('Each has words of its own', () => {
  for (const file of FILES) expect([file, wordless(readFileSync(src + file, 'utf8'))]).toEqual([file, []])
  expect(readdirSync(`${src}agent`)).toEqual(expect.arrayContaining(['messages.ts', 'people.ts']))
})

test('control: one without is found', () => {
  expect(wordless('export interface A {\n  b: string\n  /** Said. */\n  c?: number\n}')).toEqual(['A.b'])
  expect(wordless("  | {\n      event: 'snapshot'\n      at: string\n    }")).toEqual(['event snapshot'])
})
