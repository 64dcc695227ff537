/** What the network refuses: a port that is taken, and multicast that does not get through. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { namespaces, within } from '../lab/namespaces.ts'
import { came, type Line } from '../support/running.ts'
import { asRoot, desk, expectRefusal } from './desk.ts'

const portOf = (online: Line | undefined): number => Number(online?.listen[0].split('/')[4])
const isWarning = (line: Line): boolean => line.event === 'warning'

async function taking(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

test('an asked port that is taken: 3, another one is not taken instead, and the home is as before', async () => {
  await using here = desk()
  const [self] = (await here.nigh(['whoami'])).lines()
  const server = await taking(0)
  const { port } = server.address() as AddressInfo
  const refused = await here.nigh(['up', '--port', String(port)])
  expectRefusal(refused, { exit: 3, code: 'port-taken', says: new RegExp(`${port}.*(taken|use)`) })
  server.close()
  const alice = await here.up('alice', ['--port', String(port)])
  expect(portOf(alice.lines[0])).toBe(port)
  expect(alice.lines[0]?.who.peerId).toBe(self?.peerId)
})

test('the kept port is taken: another one with a warning, and the kept one again once it is free', async () => {
  await using here = desk()
  const first = await here.up('alice')
  const kept = portOf(first.lines[0])
  first.signal('SIGTERM')
  await first.exit
  const server = await taking(kept)
  const second = await here.up('alice')
  const other = portOf(second.lines[0])
  expect(other).not.toBe(kept)
  const warning = await second.line('the warning', isWarning)
  expect(warning).toMatchObject({ code: 'port-replaced', message: expect.stringContaining(`${kept}`) })
  expect(warning.message).toMatch(new RegExp(`${other}.*\\.$`))
  const bob = await here.up('bob')
  await bob.line('alice', came('alice'))
  second.signal('SIGTERM')
  await second.exit
  server.close()
  await once(server, 'close')
  const third = await here.up('alice')
  expect(portOf(third.lines[0])).toBe(kept)
  expect(third.lines.filter(isWarning)).toEqual([])
})

asRoot(
  'multicast does not get through: a warning says so, and people reach each other by card all the same',
  async () => {
    await using here = desk()
    const world = namespaces()
    try {
      const name = await world.add('still')
      // Each voice is tied to its interface, so a missing route would not stop it; this does.
      await within(name, 'iptables', '-A', 'OUTPUT', '-d', '224.0.0.0/4', '-j', 'DROP')
      const asked = { through: ['nsenter', `--net=/run/netns/${name}`] }
      const alice = await here.up('alice', [], asked)
      const warning = await alice.line('the warning', isWarning)
      expect(warning.message).toMatch(/multicast.*\.$/)
      const bob = await here.up('bob', [], asked)
      const [self] = (await here.nigh(['whoami'], { as: 'bob', ...asked })).lines()
      expect((await here.nigh(['contacts', 'add', self?.card], asked)).code).toBe(0)
      await bob.line('alice', came('alice'))
      const sent = await here.nigh(['send', 'bob', 'by card'], asked)
      expect(sent.lines().at(-1)).toMatchObject({ outcome: 'success' })
      expect((await here.nigh(['requests'], { as: 'bob', ...asked })).lines()).toMatchObject([
        { text: 'by card' },
      ])
      // Said once, not at every question.
      expect(alice.lines.filter(isWarning)).toHaveLength(1)
      alice.signal('SIGTERM')
      expect(await alice.exit).toBe(0)
    } finally {
      await here[Symbol.asyncDispose]()
      await world.remove()
    }
  },
  20,
  ['iptables'],
)
