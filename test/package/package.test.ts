/** The package as a stranger meets it: packed, installed elsewhere without dev dependencies, run under two Nodes. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPeer } from '../../src/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'nigh-package-'))
const installed = join(folder, 'node_modules', 'nigh')

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  })
  const tarball = join(folder, packed.trim().split('\n').at(-1) ?? '')
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'elsewhere', private: true, type: 'module' }),
  )
  execFileSync('npm', ['install', '--silent', '--omit=dev', tarball], { cwd: folder, stdio: 'pipe' })
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

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
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'package.json'].filter((name) =>
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

test('The program in the README, as it stands there, answers a message', async () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  // Only where it speaks is changed: on loopback, in a mesh of this test's own.
  const onLoopback = example.replace(
    "name: 'Deploy bot'",
    "name: 'Deploy bot', interfaces: ['lo'], mesh: 'package'",
  )
  expect(onLoopback).not.toBe(example)
  writeFileSync(join(folder, 'bot.mjs'), onLoopback)
  const bot = spawn(process.execPath, ['bot.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const alice = await createPeer({
    home: join(folder, 'alice'),
    name: 'Alice',
    interfaces: ['lo'],
    mesh: 'package',
  })
  try {
    await expect
      .poll(async () => (await alice.who()).map((one) => one.who.name), { timeout: 15_000 })
      .toContain('Deploy bot')
    await alice.addContact({ who: 'Deploy bot' })
    await alice.send({ to: 'Deploy bot', text: 'status?', waitMs: 5_000 })
    const answer = async () => (await alice.inbox()).map((one) => 'text' in one && one.text)
    await expect.poll(answer, { timeout: 10_000 }).toEqual(['All green.'])
  } finally {
    await alice.close()
    bot.kill('SIGKILL')
  }
})

test.skipIf(oldNode === undefined)('Under an old Node it says in one sentence what is needed', () => {
  const ran = nigh(oldNode ?? '', 'up')
  expect(ran.status).toBe(1)
  expect(ran.stdout).toBe('')
  expect(ran.stderr.trim().split('\n')).toHaveLength(1)
  expect(ran.stderr).toMatch(/Node 24/)
})
