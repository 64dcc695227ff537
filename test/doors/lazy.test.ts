/** The built command line stays a folder of lazy chunks: what a command does not need it does not read. */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
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

/** Node's own modules that the chunk asks for as it loads, as `node:net`. */
function builtinsOf(file: string): string[] {
  const source = readFileSync(join(DIST, file), 'utf8')
  return [...source.matchAll(/getBuiltinModule\(["'`]([\w:/]+)["'`]\)/g)].map(([, name = '']) => name)
}

describe('what a command reads', () => {
  test('nigh send beside a running peer reads a handful of files, and of Node no more than it needs', () => {
    const files = [...new Set([...readWith('nigh'), ...readWith('send.run')])]
    expect(files.length).toBeLessThanOrEqual(4)
    const needless = ['sqlite', 'worker_threads', 'child_process', 'cluster', 'dgram', 'fs/promises', 'zlib']
    const asked = files.flatMap(builtinsOf).map((name) => name.replace('node:', ''))
    expect(asked.filter((name) => needless.includes(name))).toEqual([])
    // Control: they are found where they are.
    expect(readWith('node').flatMap(builtinsOf)).toContain('node:dgram')
  })

  test.each(['chat.run', 'web.run', 'who.run'])('%s beside a running peer reads no peer', (name) => {
    expect(readWith(name).filter((file) => /^(?:peer|node)-/.test(file))).toEqual([])
  })

  test('a peer that starts reads no backup, and starts no thread', () => {
    const asked = [...readWith('up.run'), ...readWith('peer'), ...readWith('node')].flatMap(builtinsOf)
    expect(asked).not.toContain('node:worker_threads')
    expect(asked).not.toContain('node:cluster')
    expect(readWith('backup').flatMap(builtinsOf)).toContain('node:worker_threads')
  })

  test('no chunk imports a module of Node: that loads whatever the module could ever need', () => {
    const imported = readdirSync(DIST).flatMap((file) => {
      const source = readFileSync(join(DIST, file), 'utf8')
      return [...source.matchAll(/(?:\bfrom|^import|[;}]import)\s*["'`]([\w:/]+)["'`]/g)].map(
        ([, name = '']) => name,
      )
    })
    expect(imported.filter(isBuiltin)).toEqual([])
  })

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
