/**
 * Every example in every --help is typed into a real shell, beside real people, and ends as it should. What would
 * hang in the air is made real: an id of a message, the end of an id, a file of rules, a password store.
 */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { commandLine } from '../../src/doors/cli/command-line.ts'
import { examplesOf } from '../../src/doors/cli/declare.ts'
import { came, isOnline, lineOf, type Running, type Terminals, terminals } from '../support/terminals.ts'

const BIN = fileURLToPath(new URL('../../bin/nigh.js', import.meta.url))
const MESSAGE = '0190f2a1-7c3e-7abc-8def-0123456789ab'
const ID_END = '7Kp2mQaX'

/** What is particular about an example; all others end by themselves, with 0. */
interface Particular {
  /** Follows until Ctrl-C. */
  follows?: true
  code?: number | readonly number[]
  /** Typed before. */
  first?: string
  /** Typed after it, so that the next one finds what it needs. */
  then?: string
  /** With no home and no peer yet. */
  elsewhere?: true
  /** `rules.json`, where it reads one. */
  rules?: object
}

const ACCESS = { rules: [{ if: { relation: 'near' }, then: 'allow' }] }
const DELIVERY = { inboxes: { default: [] } }
const VISIBILITY = { general: 'named', people: {} }

const particulars: Record<string, Particular> = {
  'nigh up': { follows: true, elsewhere: true },
  'nigh up --as alice --json': { follows: true, elsewhere: true },
  'nigh down': { elsewhere: true, first: 'nigh whoami' },
  'nigh down --as alice': { elsewhere: true, first: 'nigh whoami --as alice' },
  'nigh status closed --activity meeting --until 17:30': { then: 'nigh status open --clear' },
  // One cause, whatever it is here: a machine on no network but itself is one.
  'nigh doctor': { code: [0, 3, 4] },
  'nigh doctor bob --json': { code: [0, 3, 4] },
  'nigh watch bob': { follows: true },
  'nigh watch bob --cancel': { then: 'nigh watch bob --cancel' },
  'nigh poll bob --every 10s': { follows: true },
  'nigh poll bob carol --every 5m --json': { follows: true },
  // It is in his inbox already.
  [`nigh recall ${MESSAGE}`]: { code: 3 },
  [`nigh recall ${MESSAGE} --wait 1m`]: { code: 3 },
  'nigh inbox --with bob --follow': { follows: true },
  // Two sets of words are shown, and nothing is marked yet.
  'nigh contacts verify bob': { code: 3 },
  'nigh contacts remove bob': { then: 'nigh contacts add bob' },
  [`nigh contacts remove ${ID_END}`]: { then: 'nigh contacts add bob' },
  'nigh block mallory': { then: 'nigh unblock mallory' },
  'nigh block mallory --for 1d': { then: 'nigh unblock mallory' },
  'cat rules.json | nigh rules access set -': { rules: ACCESS },
  'nigh rules access set - --json < rules.json': { rules: ACCESS },
  'cat rules.json | nigh rules delivery set -': { rules: DELIVERY },
  'nigh rules delivery set - --json < rules.json': { rules: DELIVERY },
  'cat rules.json | nigh rules visibility set -': { rules: VISIBILITY },
  'nigh rules visibility set - --json < rules.json': { rules: VISIBILITY },
  'nigh rules explain bob --inbox oncall': {
    first: `echo '{"inboxes":{"default":[],"oncall":[]}}' | nigh rules delivery set -`,
  },
  'nigh web': { follows: true },
  'nigh web --no-open --port 4080': { follows: true },
  'nigh restore me.nigh': { elsewhere: true },
  'nigh restore me.nigh --as alice': { elsewhere: true },
}

const all = examplesIn(
  commandLine(
    () => async () => {},
    () => {},
  ),
)

test('every command has two examples', () => {
  const without = all.commands.filter((command) => examplesOf(command).length !== 2 && !isInner(command))
  expect(without.map((command) => command.name())).toEqual([])
  expect(Object.keys(particulars).filter((example) => !all.examples.includes(example))).toEqual([])
})

test(`all ${all.examples.length} examples do what they show`, { timeout: 600_000 }, async () => {
  await using world = terminals()
  const shell = await shellIn(world)
  await inhabit(world)
  const wrong: string[] = []
  let elsewhere = 0
  for (const example of all.examples) {
    const { follows, code = 0, first, then, rules, elsewhere: apart } = particulars[example] ?? {}
    if (rules !== undefined) writeFileSync(join(shell.folder, 'rules.json'), JSON.stringify(rules))
    const env = apart ? { XDG_DATA_HOME: join(world.data, `elsewhere-${elsewhere++}`) } : {}
    if (first !== undefined) expect(await shell.types(first, env), first).toMatchObject({ code: 0 })
    const real = await madeReal(world, example)
    const typed = follows ? await shell.follows(real, env) : await shell.types(real, env)
    const said = typed.stdout + typed.stderr
    const codes = typeof code === 'number' ? [code] : code
    if (typed.code === null || !codes.includes(typed.code)) wrong.push(`${real}: ${typed.code}\n${said}`)
    // Nothing here is a terminal: no colour and no cursor goes into files and pipes.
    if (said.includes('\u001b')) wrong.push(`${real}: escape sequences in ${said}`)
    if (example.includes('--json'))
      for (const line of typed.stdout.split('\n').filter((text) => text !== '')) lineOf(line)
    if (then !== undefined) expect(await shell.types(then, env), then).toMatchObject({ code: 0 })
  }
  expect(wrong).toEqual([])
})

/** Me (the profile `default`) and Bob, Carol and Mallory; Bob is my contact, and has an inbox for emergencies. */
async function inhabit(world: Terminals): Promise<void> {
  const me = await world.up('default')
  const others = await Promise.all(['bob', 'carol', 'mallory'].map((name) => world.up(name)))
  for (const name of ['bob', 'carol', 'mallory']) await me.line(name, came(name))
  await Promise.all(others.map((other: Running) => other.line('online', isOnline)))
  const rules = '{"inboxes":{"default":[],"oncall":[{"then":"accept"}]}}'
  execFileSync(process.execPath, [BIN, 'rules', 'delivery', 'set', '-', '--as', 'bob'], {
    env: world.env as NodeJS.ProcessEnv,
    input: rules,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const [self] = (await world.run('default', 'whoami')).lines
  expect((await world.run('bob', 'contacts', 'add', self?.peerId)).code).toBe(0)
  expect((await world.run('default', 'contacts', 'add', 'bob')).code).toBe(0)
  await world.run('carol', 'send', self?.peerId, 'may I?')
  await world.run('mallory', 'send', self?.peerId, 'hey')
}

async function madeReal(world: Terminals, example: string): Promise<string> {
  if (example.includes(ID_END)) {
    const [bob] = (await world.run('bob', 'whoami')).lines
    return example.replace(ID_END, bob?.peerId.slice(-8))
  }
  if (!example.includes(MESSAGE)) return example
  const isMine = /recall|message edit|--for-both/.test(example)
  const [from, to] = isMine ? ['default', 'bob'] : ['bob', 'default']
  const [self] = (await world.run(to ?? '', 'whoami')).lines
  const sent = await world.run(from ?? '', 'send', self?.peerId, 'a message')
  return example.replace(MESSAGE, sent.lines[0]?.id)
}

interface Typed {
  code: number | null
  stdout: string
  stderr: string
}

/** A shell with `nigh` on its path, an editor, a password store, and a folder to be in. */
async function shellIn(world: Terminals) {
  const folder = join(world.data, 'desk')
  const tools = join(world.data, 'tools')
  for (const made of [folder, tools, join(folder, 'backups'), join(folder, '.config/fish/completions')])
    mkdirSync(made, { recursive: true })
  const tool = (name: string, script: string): void => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(tools, name), 0o755)
  }
  tool('nigh', `exec '${process.execPath}' '${BIN}' "$@"`)
  tool('code', 'exit 0')
  // No browser is opened by a test.
  tool('xdg-open', 'exit 0')
  tool('pass', 'echo correct horse battery')
  const env = {
    ...world.env,
    PATH: `${tools}:${process.env.PATH}`,
    HOME: folder,
    EDITOR: 'true',
    VISUAL: '',
    NIGH_HOME: '',
    NIGH_PASSPHRASE: 'correct horse battery',
  }
  const start = (line: string, more: object) =>
    spawn('bash', ['-c', line], {
      cwd: folder,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })

  function heard(child: ReturnType<typeof start>, each: () => void = () => {}): Promise<Typed> {
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].on('data', (chunk: Buffer) => {
        said[stream] += chunk.toString()
        each()
      })
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })))
  }

  return {
    folder,
    types: (line: string, more: object = {}) => heard(start(line, more)),
    /** Ctrl-C comes as soon as something was said. */
    follows(line: string, more: object = {}) {
      const child = start(`exec ${line}`, more)
      let spoken = false
      return heard(child, () => {
        if (!spoken) child.kill('SIGINT')
        spoken = true
      })
    },
  }
}

function examplesIn(nigh: Command): { commands: Command[]; examples: string[] } {
  const commands: Command[] = []
  const walk = (command: Command): void => {
    if (command !== nigh) commands.push(command)
    command.commands.forEach(walk)
  }
  walk(nigh)
  return { commands, examples: [...new Set(commands.flatMap(examplesOf))] }
}

/** `help`, which needs none, and what only shells call. */
const isInner = (command: Command): boolean => ['help', 'complete'].includes(command.name())
