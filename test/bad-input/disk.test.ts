/** A full disk: 3 and a sentence for who writes; who is written to keeps his link, and the message stays owed until there is room. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { connectAgent } from '../../src/doors/rpc/connect-agent.ts'
import { came, type Line } from '../support/running.ts'
import { asRoot, type Desk, desk, expectRefusal } from './desk.ts'

/** A home on a disk of its own, of this many KiB. */
function onSmallDisk(here: Desk, name: string, kib: number): Disposable & { fill(): void; free(): void } {
  const folder = here.home(name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=700`, 'nigh-test', folder])
  const filler = join(folder, 'filler')
  return {
    fill() {
      const file = openSync(filler, 'a')
      try {
        for (;;) writeSync(file, Buffer.alloc(4096))
      } catch (cause) {
        expect(cause).toMatchObject({ code: 'ENOSPC' })
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler),
    [Symbol.dispose]: () => execFileSync('umount', ['-l', folder]),
  }
}

/** Remote ports of those who are linked to `port` now: each link has one of its own. */
function linkedTo(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === '01')
      .map(([, , remote]) => remote ?? ''),
  )
}

const portOf = (online: Line | undefined): number => Number(online?.listen[0].split('/')[4])

asRoot(
  'Bob’s disk is full: Alice’s message stays owed, his link stays up, and it arrives once when there is room (fault M17)',
  async () => {
    await using here = desk()
    using disk = onSmallDisk(here, 'bob', 1024)
    const alice = await here.up('alice')
    const bob = await here.up('bob')
    await alice.line('bob', came('bob'))
    await bob.line('alice', came('alice'))
    await here.nigh(['contacts', 'add', 'alice'], { as: 'bob' })
    await here.nigh(['contacts', 'add', 'bob'])
    expect((await here.nigh(['send', 'bob', 'before'])).code).toBe(0)

    disk.fill()
    const ports = new Set<string>()
    const counting = setInterval(() => {
      for (const side of [alice, bob]) for (const remote of linkedTo(portOf(side.lines[0]))) ports.add(remote)
    }, 20)
    const text = 'x'.repeat(60_000)
    const owed = await here.nigh(['send', 'bob', '-', '--wait', '1s'], { stdin: text })
    expect(owed.lines().at(-1)).toMatchObject({ outcome: 'indeterminate', state: 'sent' })
    expect(owed.code).toBe(4)
    const warning = await bob.line(
      'the warning',
      (line) => line.event === 'warning' && line.code === 'store-full',
    )
    expect(warning.message).toMatch(/wait with their senders.*full.*Free some space/)

    // Bob himself cannot write either: nothing is promised that is not kept.
    const refused = await here.nigh(['send', 'alice', '-'], { as: 'bob', stdin: text })
    expectRefusal(refused, {
      exit: 3,
      code: 'store-full',
      says: /disk that holds .*nigh\.db is full.*Free some space/,
    })
    expect((await here.nigh(['outbox'], { as: 'bob' })).lines()).toEqual([])
    // What was kept can still be read, and the two still see each other.
    const inbox = (await here.nigh(['inbox'], { as: 'bob' })).lines()
    expect(inbox.map((line) => line.text)).toEqual(['before'])
    expect((await here.nigh(['who'])).lines()).toMatchObject([{ who: { name: 'bob' }, evidence: 'live' }])
    // No hot loop: for all this time it was one link, or two where both dialled.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    clearInterval(counting)
    expect(ports.size).toBeGreaterThan(0)
    expect(ports.size).toBeLessThanOrEqual(4)
    const lost = (line: Line) => line.event === 'presence' && line.change === 'unknown'
    expect(alice.lines.filter(lost)).toEqual([])
    expect(bob.lines.filter((line) => line.event === 'warning').length).toBeLessThanOrEqual(3)

    disk.free()
    const delivered = (line: Line) => line.event === 'outcome' && line.id === owed.lines().at(-1)?.id
    await alice.line('delivery', (line) => delivered(line) && line.disposition === 'delivered')
    const after = (await here.nigh(['inbox'], { as: 'bob' })).lines()
    expect(after.map((line) => line.text)).toEqual(['before', text])
    expect((await here.nigh(['send', 'alice', 'room again'], { as: 'bob' })).code).toBe(0)
  },
  30,
)

asRoot(
  'a home on a full disk cannot be made, or opened for writing: 3, and it is as before once there is room',
  async () => {
    await using here = desk()
    using disk = onSmallDisk(here, 'alice', 512)
    disk.fill()
    for (const typed of [['whoami'], ['up']])
      expectRefusal(await here.nigh(typed), { exit: 3, code: 'store-full', says: /full.*Free some space/ })
    disk.free()
    const [self] = (await here.nigh(['whoami'])).lines()
    await here.nigh(['status', '--note', 'kept'])

    disk.fill()
    expectRefusal(await here.nigh(['up']), { exit: 3, code: 'store-full', says: /full.*Free some space/ })
    const noted = await here.nigh(['status', '--note', 'n'.repeat(400)])
    expectRefusal(noted, { exit: 3, code: 'store-full', says: /full.*Free some space/ })
    disk.free()
    expect((await here.nigh(['whoami'])).lines()[0]?.peerId).toBe(self?.peerId)
    expect((await here.nigh(['status'])).lines()[0]?.note).toBe('kept')
  },
)

asRoot(
  'Messages flow both ways and Bob’s disk is full, and a second time: what he sends is refused aloud, what he is sent waits, and all that was promised is there once, in order (fault M17)',
  async () => {
    await using here = desk()
    using disk = onSmallDisk(here, 'bob', 24 * 1024)
    const alice = await here.up('alice')
    const bob = await here.up('bob')
    await alice.line('bob', came('bob'))
    await bob.line('alice', came('alice'))
    await here.nigh(['contacts', 'add', 'alice'], { as: 'bob' })
    await here.nigh(['contacts', 'add', 'bob'])

    const promised = { alice: [] as string[], bob: [] as string[] }
    const refusals: unknown[] = []
    let over = false
    const flow = async (name: 'alice' | 'bob', to: string): Promise<void> => {
      const agent = await connectAgent(here.home(name))
      if (agent === undefined) throw new Error(`${name} does not answer`)
      for (let number = 0; !over; number++) {
        const text = `${name} ${number} ${'x'.repeat(8_000)}`
        await agent.send({ to, text }).then(
          () => promised[name].push(text),
          (cause: unknown) => refusals.push(cause),
        )
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      agent.detach()
    }
    const flows = [flow('alice', 'bob'), flow('bob', 'alice')]
    const isFull = (line: Line): boolean => line.event === 'warning' && line.code === 'store-full'
    const more = async (name: 'alice' | 'bob', messages: number): Promise<void> => {
      const enough = promised[name].length + messages
      await expect.poll(() => promised[name].length, { timeout: 15_000 }).toBeGreaterThan(enough)
    }

    for (const time of [1, 2]) {
      await more('bob', 5)
      refusals.length = 0
      const warned = bob.next(`the warning, time ${time}`, isFull)
      disk.fill()
      await expect.poll(() => refusals.length, { timeout: 15_000 }).toBeGreaterThan(2)
      for (const refusal of refusals)
        expect(refusal).toMatchObject({
          code: 'store-full',
          message: expect.stringMatching(/full.*Free some space/),
        })
      expect((await warned).message).toMatch(/full.*Free some space/)
      await more('alice', 5) // she goes on owing
      disk.free()
      await more('bob', 5)
    }
    over = true
    await Promise.all(flows)

    const outcomes = async (as: string): Promise<string[]> =>
      (await here.nigh(['outbox', '--limit', '1000'], { as })).lines().map(({ outcome }) => outcome)
    for (const as of ['alice', 'bob'])
      await expect
        .poll(async () => (await outcomes(as)).filter((outcome) => outcome !== 'success'), {
          timeout: 40_000,
          interval: 500,
        })
        .toEqual([])
    const texts = async (as: string): Promise<string[]> =>
      (await here.nigh(['inbox', '--limit', '1000'], { as })).lines().map(({ text }) => text)
    expect(await texts('bob')).toEqual(promised.alice)
    expect(await texts('alice')).toEqual(promised.bob)
    const lost = (line: Line): boolean => line.event === 'presence' && line.change === 'unknown'
    expect([...alice.lines, ...bob.lines].filter(lost)).toEqual([])
  },
  90,
)
