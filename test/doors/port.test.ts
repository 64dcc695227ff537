/** A window at a MessagePort: it may do what it was given to do, and lets go when it goes. */
import { afterEach, expect, test } from 'vitest'
import { connectPort } from '../../src/doors/rpc/connect-port.ts'
import { type ServeOptions, servePort } from '../../src/doors/rpc/serve-port.ts'
import { BACKUP, type FakeAgent, fakeAgent, SELF } from '../support/fake-agent.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function window(agent: FakeAgent, options?: ServeOptions) {
  const { port1, port2 } = new MessageChannel()
  const end = servePort(agent, port1, options)
  ends.push(end, () => port2.close())
  return { port: port2, end }
}

test('It does not end the peer, and writes no file where it likes, unless it may', async () => {
  const agent = fakeAgent()
  const { port } = window(agent)
  const remote = await connectPort(port)
  const asked = { file: '/home/alice/.profile', passphrase: 'correct horse battery' }
  await expect(remote.backup(asked)).rejects.toMatchObject({ code: 'refused' })
  await expect(remote.close()).rejects.toMatchObject({ code: 'refused' })
  expect(agent.calls).toEqual([])
  expect(await remote.whoami()).toEqual(SELF)
  const trusted = await connectPort(window(agent, { methods: ['backup'], mayClose: true }).port)
  expect(await trusted.backup(asked)).toEqual({ ...BACKUP, file: asked.file })
  await expect(trusted.whoami()).rejects.toMatchObject({ code: 'refused' })
  await trusted.close()
  expect(agent.closed).toBe(true)
})

test('Where nobody serves, it waits until it gives up, and its port is closed then', async () => {
  const { port1, port2 } = new MessageChannel()
  const closed = new Promise((resolve) => port1.addEventListener('close', resolve))
  port1.start()
  const connecting = connectPort(port2, { signal: AbortSignal.timeout(50) })
  await expect(connecting).rejects.toMatchObject({ code: 'aborted' })
  await closed
  const other = new MessageChannel()
  ends.push(() => other.port1.close())
  await expect(connectPort(other.port2, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  })
})

test('What it says that is no conversation ends it, and nothing else', async () => {
  for (const nonsense of [
    'no JSON',
    '[]',
    'x'.repeat(2 * 1024 * 1024),
    1e9,
    { method: 'whoami' },
    undefined,
  ]) {
    const agent = fakeAgent()
    const { port } = window(agent)
    const closed = new Promise((resolve) => port.addEventListener('close', resolve))
    port.start()
    port.postMessage(nonsense)
    await closed
    expect(agent.calls).toEqual([])
  }
})

test('Where it goes, or the program lets go of it, both sides know', async () => {
  const agent = fakeAgent()
  const first = window(agent)
  const remote = await connectPort(first.port)
  const events = remote.events()[Symbol.asyncIterator]()
  await events.next()
  expect(agent.watching).toBe(1)
  first.port.close()
  await expect.poll(() => agent.watching).toBe(0)

  const second = window(agent)
  const other = await connectPort(second.port)
  const ended = new Promise<void>((resolve) => void other.onEnd(resolve))
  second.end()
  await ended
  await expect(other.whoami()).rejects.toMatchObject({ code: 'closed' })
})
