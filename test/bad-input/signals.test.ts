/** Interrupted, hung up on, killed: each ends as promised, and what was owed or kept still is. */
import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { came, type Line, presenceOf } from '../support/running.ts'
import { desk, read } from './desk.ts'

describe('Ctrl-C during `send` to somebody away: 4, and the row stays owed', () => {
  test.concurrent.for([['with a running Nigh'], ['with one of its own']] as const)(
    '%s',
    async ([how], { expect }) => {
      await using here = desk()
      const carol = (await here.nigh(['whoami'], { as: 'carol' })).lines()[0]?.peerId
      await here.nigh(['whoami'])
      if (how === 'with a running Nigh') await here.up('alice')
      const sending = here.start(['send', carol, 'wait for me', '--wait', '1m'])
      await expect
        .poll(async () => (await here.nigh(['outbox'])).lines(), { timeout: 10_000, interval: 100 })
        .toMatchObject([{ state: 'owed' }])
      sending.signal('SIGINT')
      expect(await sending.exit).toBe(4)
      expect(sending.lines.at(-1)).toMatchObject({
        event: 'outcome',
        outcome: 'indeterminate',
        state: 'owed',
      })
      const [row, ...more] = (await here.nigh(['outbox'])).lines()
      expect(row).toMatchObject({ text: 'wait for me', state: 'owed', to: { peerId: carol } })
      expect(more).toEqual([])
    },
  )
})

test('who reads our output may go away: `nigh inbox | head -1` ends 0 and says nothing', async () => {
  await using here = desk()
  const carol = (await here.nigh(['whoami'], { as: 'carol' })).lines()[0]?.peerId
  const alice = await here.up('alice')
  const bob = await here.up('bob')
  await alice.line('bob', came('bob'))
  await bob.line('alice', came('alice'))
  await here.nigh(['contacts', 'add', 'alice'], { as: 'bob' })
  // Far more than a pipe holds, so that the writer finds it closed.
  for (let count = 0; count < 4; count++) {
    expect((await here.nigh(['send', 'bob', '-'], { stdin: `${count} ${'y'.repeat(60_000)}` })).code).toBe(0)
    await here.nigh(['send', carol, '-', '--wait', '0s'], { stdin: `${count} ${'n'.repeat(60_000)}` })
  }
  for (const [words, as] of [
    [['inbox'], 'bob'],
    [['inbox', '--json'], 'bob'],
    [['inbox', '--follow', '--json'], 'bob'],
    [['outbox', '--json'], 'alice'],
  ] as const) {
    const nigh = here.shellWords([...words, '--as', as])
    const script = `${nigh} | head -c 1000 > /dev/null; echo "\${PIPESTATUS[0]}"`
    const shell = spawn('bash', ['-c', script], { env: here.env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = read(shell)
    if (words.includes('--follow' as never)) await here.nigh(['send', 'bob', 'one more line'])
    const { stdout, stderr } = await said
    expect({ words, stdout, stderr }).toEqual({ words, stdout: '0\n', stderr: '' })
  }
  expect((await here.nigh(['inbox'], { as: 'bob' })).lines()).toHaveLength(5)
}, 30_000)

test('SIGTERM to `up` is a goodbye, and 0; SIGKILL leaves a home that works at once', async () => {
  await using here = desk()
  const alice = await here.up('alice')
  const bob = await here.up('bob')
  await alice.line('bob', came('bob'))
  bob.signal('SIGTERM')
  expect(await bob.exit).toBe(0)
  expect(bob.lines.at(-1)?.event).toBe('offline')
  const left = await alice.line('the goodbye', presenceOf('bob', 'left'))
  expect(left.evidence).toBe('gone')

  const self = alice.lines[0]?.who.peerId
  for (let times = 0; times < 3; times++) {
    const killed = await here.up('bob')
    const killedSelf = killed.lines[0]?.who.peerId
    killed.signal('SIGKILL')
    const [whoami] = (await here.nigh(['whoami'], { as: 'bob' })).lines()
    expect(whoami).toMatchObject({ event: 'self', peerId: killedSelf, listen: [] })
    expect(killedSelf).not.toBe(self)
    await killed.exit
  }
  const lines: Line[] = (await here.nigh(['who'], { as: 'bob' })).lines()
  expect(lines).toMatchObject([{ who: { name: 'alice' }, evidence: 'live' }])
}, 20_000)
