/** The package as a stranger meets it: packed, installed elsewhere without dev dependencies, run under two Nodes. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { build } from 'rolldown'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createPeer } from '../../src/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'nigh-package-'))
let tarball = ''
const installed = join(folder, 'node_modules', 'nigh')

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  })
  tarball = join(folder, packed.trim().split('\n').at(-1) ?? '')
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'elsewhere', private: true, type: 'module' }),
  )
  execFileSync('npm', ['install', '--silent', '--omit=dev', tarball], { cwd: folder, stdio: 'pipe' })
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

const filesBelow = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' })

/** A Node that is too old, if this machine has one beside ours. */
const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((path) => join(path, 'node'))
  .filter((path) => existsSync(path) && dirname(path) !== dirname(process.execPath))
  .find(
    (path) =>
      Number(spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0]) <
      24,
  )

const nigh = (node: string, ...args: string[]) =>
  spawnSync(node, [join(installed, 'bin', 'nigh.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, XDG_DATA_HOME: join(folder, 'data'), XDG_CACHE_HOME: join(folder, 'cache') },
  })

test('It holds no native module, and nothing but what is needed to run', () => {
  expect(filesBelow(join(folder, 'node_modules')).filter((name) => name.endsWith('.node'))).toEqual([])
  const top = readdirSync(installed).sort()
  expect(top).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'man', 'package.json'].filter((name) =>
      top.includes(name),
    ),
  )
  expect(filesBelow(installed).filter((name) => name.includes('test'))).toEqual([])
})

test('Its entry points are what they say, for every kind of consumer', async () => {
  const { messages } = await publint({ pkgDir: installed })
  expect(messages).toEqual([])
})

test('It runs under this Node: a first start makes an identity, a second one has the same', () => {
  const first = nigh(process.execPath, 'whoami', '--as', 'alice', '--json')
  expect(first.stderr).toBe('')
  expect(first.status).toBe(0)
  const self = JSON.parse(first.stdout)
  expect(self).toMatchObject({ event: 'self', name: 'alice' })
  expect(JSON.parse(nigh(process.execPath, 'whoami', '--as', 'alice', '--json').stdout).peerId).toBe(
    self.peerId,
  )
})

test('Its types are found by every kind of consumer, and what is public is all there is', async () => {
  const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
  // ESM only: CommonJS comes in by a dynamic import, as a test below does.
  const ran = spawnSync(process.execPath, [attw, tarball, '--profile', 'esm-only', '--no-color'], {
    encoding: 'utf8',
  })
  expect([ran.status, ran.stderr], ran.stdout).toEqual([0, ''])
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  expect(Object.keys(exports)).toEqual(expect.arrayContaining(['.', './client', './door', './package.json']))
  const inside = spawnSync(process.execPath, ['-e', "import('nigh/dist/peer.js')"], { cwd: folder })
  expect(String(inside.stderr)).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
})

test('What the README and docs/ELECTRON.md show of Electron is right, by the types of Electron and of the package', () => {
  const place = join(folder, 'electron-shown')
  mkdirSync(place)
  symlinkSync(join(root, 'node_modules', 'electron'), join(folder, 'node_modules', 'electron'))
  const shown = ['README.md', 'docs/ELECTRON.md'].flatMap((name) =>
    [...readFileSync(join(root, name), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)]
      .map(([, text = '']) => text)
      .filter((text) => text.includes("from 'nigh/electron/")),
  )
  // README: main. ELECTRON.md: main, a process of its own, a window.
  expect(shown).toHaveLength(4)
  for (const [at, text] of shown.entries()) writeFileSync(join(place, `shown-${at}.mjs`), text)
  writeFileSync(join(place, 'shown.d.ts'), 'declare function show(name: string, text: string): void\n')
  const check = (): string => {
    const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
    const options = [
      '--noEmit',
      '--allowJs',
      '--checkJs',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
    ]
    const types = ['--target', 'es2024', '--lib', 'es2024,esnext.disposable,dom', '--types', '']
    const files = readdirSync(place)
    return spawnSync(process.execPath, [compiler, ...options, ...types, ...files], {
      cwd: place,
      encoding: 'utf8',
    }).stdout
  }
  expect(check()).toBe('')
  // Control: an option that is not there is found.
  writeFileSync(join(place, 'shown-0.mjs'), (shown[0] ?? '').replace('origins:', 'origin:'))
  expect(check()).toContain('origin')
})

/** Only where it speaks is changed: on loopback, in a mesh of this test's own. */
function onLoopback(program: string): string {
  const changed = program.replace(/createPeer\(\{/g, "createPeer({ interfaces: ['lo'], mesh: 'package',")
  expect(changed).not.toBe(program)
  return changed
}

/** A program in the folder of the consumer: what it says, and its end. */
function program(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [name, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  return { child, said: () => said, ended }
}

test('The README, copied line by line into an empty project, works, in under 40 lines', async () => {
  const [, section = ''] =
    /## Embed it\n([\s\S]*?)\n## /.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  const programs = [...section.matchAll(/`(\w+\.mjs)` is[^`]*```js\n([\s\S]*?)```/g)]
  expect(programs.map(([, name]) => name)).toEqual(['bot.mjs', 'ask.mjs'])
  for (const [, name = '', text = ''] of programs) writeFileSync(join(folder, name), onLoopback(text))
  const lines = programs.flatMap(([, , text = '']) => text.split('\n').filter((line) => line !== ''))
  expect(lines.length).toBeLessThan(40)

  const bot = program('bot.mjs')
  const ask = program('ask.mjs')
  const [, promised] = /prints\s+`([^`]+)`/.exec(section) ?? []
  await expect.poll(() => ask.said().trim(), { timeout: 30_000 }).toBe(promised)
  expect(await ask.ended).toBe(0)
  await expect.poll(() => bot.said(), { timeout: 10_000 }).toContain('Ada success')
})

test('A CommonJS project has it by a dynamic import', () => {
  const place = join(folder, 'cjs')
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'old', private: true }))
  writeFileSync(
    join(place, 'main.js'),
    `module.exports = (async () => {
      const { createPeer } = await import('nigh')
      const peer = await createPeer({ home: './home', name: 'Old', start: false })
      console.log((await peer.whoami()).name)
      await peer.close()
    })()`,
  )
  const ran = spawnSync(process.execPath, ['main.js'], { cwd: place, encoding: 'utf8' })
  expect([ran.stdout, ran.stderr]).toEqual(['Old\n', ''])
})

test('A bundler takes it in: one file runs from a folder where nothing is installed', async () => {
  const place = mkdtempSync(join(tmpdir(), 'nigh-bundled-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const entry = join(folder, 'bundle-me.mjs')
  writeFileSync(
    entry,
    `import { createPeer, memoryStore } from 'nigh'
     import { connectAgent, serveAgent } from 'nigh/door'
     const home = ${JSON.stringify(join(place, 'home'))}
     const peer = await createPeer({ home, name: 'Bundled', store: await memoryStore(), interfaces: ['lo'], mesh: 'package' })
     const door = await serveAgent(peer, { home, secret: peer.secret })
     const agent = await connectAgent(home)
     const { name, listen } = await agent.whoami()
     console.log(name, listen.length > 0)
     agent.detach()
     await door.close()
     await peer.close()`,
  )
  await build({
    input: entry,
    platform: 'node',
    logLevel: 'silent',
    output: { dir: place, format: 'esm', entryFileNames: 'bundle.mjs' },
  })
  const ran = spawnSync(process.execPath, ['bundle.mjs'], { cwd: place, encoding: 'utf8' })
  expect([ran.stdout, ran.stderr]).toEqual(['Bundled true\n', ''])
})

test('The client is small in a page, and needs nothing of Node', async () => {
  const entry = join(folder, 'page.mjs')
  writeFileSync(
    entry,
    "import { connectWebSocket, lastingAgent } from 'nigh/client'\nglobalThis.nigh = { connectWebSocket, lastingAgent }",
  )
  const { output } = await build({
    input: entry,
    platform: 'browser',
    logLevel: 'silent',
    write: false,
    output: { format: 'esm', minify: true },
  })
  expect(output.map(({ type }) => type)).toEqual(['chunk'])
  const [page] = output
  expect(page.imports).toEqual([])
  expect(page.code).not.toMatch(/node:|\brequire\("(?!\.)/)
  const size = gzipSync(page.code).length
  console.log(`the client in a page: ${(size / 1024).toFixed(1)} KiB compressed`)
  // Of the 60 KiB that a page may weigh.
  expect(size).toBeLessThan(24 * 1024)
})

test('The examples run as they stand', async () => {
  for (const name of ['two-windows.js', 'presence-board.js'])
    writeFileSync(join(folder, name), onLoopback(readFileSync(join(root, 'examples', name), 'utf8')))
  const windows = program('two-windows.js')
  expect([await windows.ended, windows.said()]).toEqual([0, 'Ada: from a window\n'])

  const board = program('presence-board.js')
  const alice = await createPeer({
    home: join(folder, 'alice'),
    name: 'Alice',
    interfaces: ['lo'],
    mesh: 'package',
  })
  onTestFinished(() => alice.close())
  await expect.poll(() => board.said(), { timeout: 20_000 }).toContain('--- 1 here\nAlice  open')
  await alice.status({ basic: 'closed' })
  await expect.poll(() => board.said(), { timeout: 20_000 }).toContain('Alice  closed')
  board.child.kill('SIGINT')
  expect(await board.ended).toBe(0)
})

test.skipIf(oldNode === undefined)('Under an old Node it says in one sentence what is needed', () => {
  const ran = nigh(oldNode ?? '', 'up')
  expect(ran.status).toBe(1)
  expect(ran.stdout).toBe('')
  expect(ran.stderr.trim().split('\n')).toHaveLength(1)
  expect(ran.stderr).toMatch(/Node 24/)
})
