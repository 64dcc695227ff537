/** A conversation taken along: exported by one home, imported by another; nothing doubled, nothing sent. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { came, type Line, terminals } from '../support/terminals.ts'

const textsOf = (lines: readonly Line[]) => lines.map(({ event, text }) => `${event} ${text}`)

test('What Alice and Bob said goes along into her new home, once, and Bob hears nothing of it', {
  timeout: 120_000,
}, async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  await Promise.all([alice.line('bob', came('bob')), bob.line('alice', came('alice'))])
  for (const [one, other] of [
    ['alice', 'bob'],
    ['bob', 'alice'],
  ] as const)
    expect((await world.run(one, 'contacts', 'add', other)).code).toBe(0)
  const [tea] = (await world.run('alice', 'send', 'bob', 'tea at four?')).lines
  await world.run('bob', 'message', 'reply', tea?.id, 'at five\nplease')
  await world.run('bob', 'message', 'react', tea?.id, '🍵')
  const [last] = (await world.run('alice', 'send', 'bob', 'so be ti')).lines
  expect((await world.run('alice', 'message', 'edit', last?.id, 'so be it')).code).toBe(0)
  const spoken = ['outcome tea at four?', 'message at five\nplease', 'outcome so be it']
  const exported = await world.run('alice', 'export', 'bob')
  expect(exported.code).toBe(0)
  expect(textsOf(exported.lines)).toEqual(spoken)
  const file = join(world.data, 'bob.jsonl')
  writeFileSync(file, exported.stdout)

  // Where it came from nothing is new.
  expect((await world.run('alice', 'import', file)).lines).toMatchObject([
    { event: 'imported', taken: 0, known: 3 },
  ])
  await world.run('anew', 'whoami')
  expect((await world.run('anew', 'import', file)).lines).toMatchObject([
    { event: 'imported', taken: 3, known: 0 },
  ])
  expect((await world.run('anew', 'import', file)).lines).toMatchObject([
    { event: 'imported', taken: 0, known: 3 },
  ])
  const listed = (await world.run('anew', 'inbox', '--with', exported.lines[0]?.to.peerId)).lines
  expect(textsOf(listed)).toEqual(spoken)
  expect(listed).toMatchObject([
    { outcome: 'success', disposition: 'delivered', reaction: '🍵' },
    { unread: false, replyTo: tea?.id, quoted: 'tea at four?' },
    { edited: expect.any(String) },
  ])
  // Whoever is nobody in the new home has the name that they had in the old one.
  expect(listed[1]?.from).toMatchObject({ name: 'bob', relation: 'stranger' })
  // Who has a name here keeps it, whatever a file says.
  for (const name of ['carol', '\u200b', exported.lines[0]?.to.peerId.slice(-8)]) {
    const other = join(world.data, 'other.jsonl')
    writeFileSync(other, exported.stdout.replaceAll('"name":"bob"', JSON.stringify({ name }).slice(1, -1)))
    expect((await world.run('anew', 'import', other)).lines).toMatchObject([{ taken: 0, known: 3 }])
    const [, said] = (await world.run('anew', 'inbox', '--with', exported.lines[0]?.to.peerId)).lines
    expect(said?.from.name).toBe('bob')
  }
  expect(listed[2]?.edited).toBe(exported.lines[2]?.edited)
  expect(textsOf((await world.run('anew', 'search', 'five')).lines)).toEqual([spoken[1]])

  // Her new key is up beside Bob: what she imported is not his, what she writes now is.
  const heard = bob.lines.length
  const anew = await world.up('anew')
  await bob.line('her', came('anew'))
  expect(anew.lines.filter(({ event }) => event === 'message' || event === 'outcome')).toEqual([])
  expect((await world.run('anew', 'send', 'bob', 'a new key')).code).toBe(0)
  await bob.line('her request', (line) => line.event === 'request' && line.text === 'a new key')
  expect(bob.lines.slice(heard).filter(({ event }) => event === 'message')).toEqual([])
  expect((await world.run('bob', 'inbox', '--with', 'alice')).lines).toHaveLength(3)
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4)
})

test('A line that is none, a file that is none: nothing is imported, and the line is named', {
  timeout: 60_000,
}, async () => {
  await using world = terminals()
  await world.run('alice', 'whoami')
  const file = join(world.data, 'some.jsonl')
  const message = {
    event: 'message',
    id: '0190f2a1-7c3e-7abc-8def-0123456789ab',
    from: { peerId: '12D3KooWGjpRCMJbFbBCEKqUZoNbFr3qgzvHqrrNxE4oqHsjnLyK' },
    text: 'hello',
    contentType: 'text/plain',
    sentAt: '2026-11-22T12:00:00.000Z',
    at: '2026-11-22T12:00:00.000Z',
    disposition: 'accepted',
  }
  for (const [second, place] of [
    ['not JSON', 'event'],
    [JSON.stringify({ ...message, id: 'x' }), 'id'],
    [JSON.stringify({ ...message, disposition: 'held' }), 'disposition'],
    [JSON.stringify({ ...message, text: 'x'.repeat(65_537) }), 'text'],
  ]) {
    writeFileSync(file, `${JSON.stringify(message)}\n${second}\n`)
    const refused = await world.run('alice', 'import', file)
    expect(refused).toMatchObject({ code: 2, lines: [{ event: 'error', code: 'usage' }] })
    expect(refused.stderr).toContain(`Line 2 is no message of an export (${place}). Nothing was imported.`)
  }
  expect((await world.run('alice', 'import', join(world.data, 'nothing'))).code).toBe(3)
  expect((await world.run('alice', 'inbox')).lines).toEqual([])
})
