/** What lies in examples/ is run as it lies there: the Python client, the bots, the unit; and docs/SOCKET.md names everything. */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { METHODS } from '../../src/doors/rpc/doorway.ts'
import { came, type Line, type Terminals, terminals } from '../support/terminals.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const has = (program: string, word: string): boolean => spawnSync(program, [word]).status === 0

test('docs/SOCKET.md has every method of the doorway, and examples/ nothing that no test runs', () => {
  const text = readFileSync(`${root}/docs/SOCKET.md`, 'utf8')
  const named = new Set([...text.matchAll(/`([\w/]+)`/g)].map(([, word]) => word))
  expect([...METHODS.keys()].filter((method) => !named.has(method))).toEqual([])
  const runHere = ['echo-bot.js', 'nigh.service', 'nigh_client.py', 'on-call-bot.js']
  // Others are run from the package, as a consumer has them, and in Electron.
  const elsewhere = ['package/package.test.ts', 'page/electron.page.ts']
    .map((file) => readFileSync(`${root}/test/${file}`, 'utf8'))
    .join()
  for (const name of readdirSync(`${root}/examples`))
    expect(
      runHere.includes(name) || elsewhere.includes(`'${name}'`) || elsewhere.includes(`examples/${name}/`),
      name,
    ).toBe(true)
  for (const bot of ['echo-bot.js', 'on-call-bot.js'])
    expect(readFileSync(`${root}/examples/${bot}`, 'utf8').split('\n').length).toBeLessThan(60)
})

const python = has('python3', '--version')
if (!python) console.warn('left out, python3 is not installed')
test.skipIf(!python)('the Python client asks, sends and follows', { timeout: 120_000 }, async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  await alice.line('bob', came('bob'))
  const client = (...words: string[]) =>
    run('python3', [`${root}/examples/nigh_client.py`, world.home('alice'), ...words])
  expect((await client('who')).stdout).toBe('bob live\n')
  const follower = spawn('python3', [`${root}/examples/nigh_client.py`, world.home('alice'), 'follow'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = createInterface({ input: follower.stdout })[Symbol.asyncIterator]()
  expect(JSON.parse((await told.next()).value ?? '')).toMatchObject({ event: 'snapshot' })
  expect((await client('send', 'bob', 'häßliche „Wörter“')).stdout).toBe('success\n')
  await bob.line('it', (line) => line.event === 'request' && line.text === 'häßliche „Wörter“')
  const outcome = JSON.parse((await told.next()).value ?? '')
  expect(outcome).toMatchObject({ event: 'outcome' })
  follower.kill('SIGINT')
  await expect(client('send', 'nobody-here', 'x')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^who-unknown: Nobody is known as "nobody-here"/),
  })
})

test('the echo bot answers whoever writes to it', { timeout: 120_000 }, async () => {
  await using world = terminals()
  await using bot = await startBot(world, 'echo-bot.js')
  const alice = await world.up('alice')
  expect((await world.run('alice', 'contacts', 'add', bot.card)).code).toBe(0)
  expect((await world.run('alice', 'send', 'Echo', 'is there anybody?')).code).toBe(0)
  await alice.line('its echo', isMessage('echo: is there anybody?'))
  expect(await bot.ends()).toBe(0)
})

test('the on-call bot passes emergencies on to whoever took the shift, and says whether they arrived', {
  timeout: 120_000,
}, async () => {
  await using world = terminals()
  await using bot = await startBot(world, 'on-call-bot.js')
  const [alice, bob] = await Promise.all([world.up('alice'), world.up('bob')])
  for (const name of ['alice', 'bob'])
    expect((await world.run(name, 'contacts', 'add', bot.card, '--name', 'oncall')).code).toBe(0)
  expect((await world.run('bob', 'send', 'oncall/oncall', 'the database is down')).code).toBe(0)
  await bob.line('that nobody has it', isMessage('Nobody has it yet. Call somebody.'))

  expect((await world.run('alice', 'send', 'oncall', 'on')).code).toBe(0)
  await alice.line('her shift', isMessage('You are on call.'))
  await alice.line(
    'what its contacts see',
    (line) =>
      line.event === 'presence' &&
      line.presence?.tuples.some((tuple: Line) => tuple.status.note === 'alice is on call'),
  )
  expect((await world.run('bob', 'send', 'oncall/oncall', 'the database is down')).code).toBe(0)
  await alice.line('the emergency', isMessage('bob: the database is down'))
  await bob.line('that she has it', isMessage('alice has it.'))
  expect(await bot.ends()).toBe(0)
})

const systemd = has('systemd-analyze', '--version')
if (!systemd) console.warn('left out, systemd-analyze is not installed')
test.skipIf(!systemd)('the unit is one that systemd takes', async () => {
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', `${root}/examples/nigh.service`])
  expect(stderr).toBe('')
})

const isMessage =
  (text: string) =>
  (line: Line): boolean =>
    line.event === 'message' && line.text === text

async function startBot(world: Terminals, name: string) {
  const child = spawn(process.execPath, [`${root}/examples/${name}`, world.home('bot')], {
    env: world.env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value = '' } = await said.next()
  return {
    card: /nigh:\S+/.exec(value)?.[0] ?? '',
    async ends() {
      child.kill('SIGTERM')
      return exit
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
