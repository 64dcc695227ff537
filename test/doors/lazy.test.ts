/** The built command line stays a folder of lazy chunks: what a command does not need it does not read. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const DIST = fileURLToPath(new URL('../../dist/cli', import.meta.url))

/** The chunk whose name begins so, and all that it reads at once, by `import … from`. */
function readWith(name: string): string[] {
  const [first] = readdirSync(DIST).filter((file) => file === `${name}.js` || file.startsWith(`${name}-`))
  expect(first, `a chunk called ${name}`).toBeDefined()
  const read = new Set<string>()
  for (const left = [first ?? '']; left.length > 0; ) {
    const file = left.pop() ?? ''
    if (read.has(file)) continue
    read.add(file)
    const source = readFileSync(join(DIST, file), 'utf8')
    for (const [, other = ''] of source.matchAll(/(?:\bfrom|^import|[;}]import)\s*["']\.\/([^"']+)["']/g))
      left.push(other)
  }
  return [...read]
}

/** What only a screen needs: React says so of itself, and the layout engine of ink is WebAssembly. */
function hasScreen(files: readonly string[]): boolean {
  return files.some((file) =>
    /react\.(?:transitional\.)?element|YGNode|yoga/i.test(readFileSync(join(DIST, file), 'utf8')),
  )
}

describe('what a command reads', () => {
  test.each(['nigh', 'send.run', 'who.run', 'up.run', 'inbox.run', 'chat.run'])(
    '%s: no React, no ink',
    (name) => {
      expect(hasScreen(readWith(name))).toBe(false)
    },
  )

  test('control: the screen itself has both', () => {
    expect(hasScreen(readWith('screen'))).toBe(true)
  })
})
