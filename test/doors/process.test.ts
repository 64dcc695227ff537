/** The real process of the command line, against a door in this one: signals, pipes, exit codes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Door, serveAgent } from '../../src/doors/rpc/serve-agent.ts'
import { type FakeAgent, fakeAgent, MESSAGE, SECRET, SELF } from '../support/fake-agent.ts'

const main = fileURLToPath(new URL('../../src/doors/cli/main.ts', import.meta.url))

let home: string
let agent: FakeAgent
let door: Door
const children: ChildProcess[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nigh-process-'))
  await writeFile(join(home, 'secret'), SECRET)
  agent = fakeAgent({ send: () => new Promise(() => {}) })
  door = await serveAgent(agent, { home, secret: SECRET })
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await door.close()
  await rm(home, { recursive: true, force: true })
})

function nigh(...args: string[]) {
  const child = spawn(process.execPath, [main, '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = once(child, 'close').then(([code, signal]) => signal ?? code)
  return { child, said, ended }
}

test('says what was asked and ends by itself', async () => {
  const { said, ended } = nigh('whoami', '--json')
  expect(await ended).toBe(0)
  expect(said.err).toBe('')
  expect(JSON.parse(said.out)).toMatchObject({ event: 'self', peerId: SELF.peerId })
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('a follower ends with 0 on %s', async (signal) => {
  const { child, ended } = nigh('inbox', '--follow')
  await expect.poll(() => agent.watching).toBe(1)
  child.kill(signal)
  expect(await ended).toBe(0)
})

test('Ctrl-C in send gives up waiting: 4', async () => {
  const { child, ended, said } = nigh('send', 'bob', 'hi')
  await expect.poll(() => agent.calls.length).toBe(1)
  child.kill('SIGINT')
  expect(await ended).toBe(4)
  expect(said.err).toMatch(/^nigh: /)
})

test('the second Ctrl-C ends at once: 130', async () => {
  const { child, ended } = nigh('send', 'bob', 'hi')
  await expect.poll(() => agent.calls.length).toBe(1)
  child.kill('SIGINT')
  child.kill('SIGTERM')
  expect(await ended).toBe(130)
})

test('whoever reads our output may go away: 0', async () => {
  const { child, said, ended } = nigh('inbox', '--follow', '--json')
  await expect.poll(() => said.out).not.toBe('')
  child.stdout.destroy()
  await expect.poll(() => agent.watching).toBe(1)
  // The pipe is closed at the other end once its process has noticed: every line may be the one that does.
  let seq = 100
  const telling = setInterval(() => agent.tell({ event: 'message', ...MESSAGE, seq: seq++ }), 20)
  expect(await ended).toBe(0)
  clearInterval(telling)
  expect(said.err).toBe('')
})

test('a command that needs no other end is not kept by the door', async () => {
  const { ended } = nigh('help', 'send')
  expect(await ended).toBe(0)
  expect(agent.calls).toEqual([])
})
