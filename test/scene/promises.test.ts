/**
 * The first two promises, tapped on the carrier and on the disk: no key, no presence; owed before sent, kept before
 * acknowledged. `npm run test:controls` takes each guaranteeing line away and expects these to turn red.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openAnnouncement } from '../../src/envelope/announcement.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import { type Grant, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { openNews } from '../../src/envelope/presence-information.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { tapped } from '../support/taps.ts'
import { town } from '../support/town.ts'

/** Every way in which a word may lie open in bytes. */
function spellings(word: string): Buffer[] {
  const bytes = Buffer.from(word)
  return [word, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')].map((text) =>
    Buffer.from(text),
  )
}

const liesOpen = (word: string, recorded: readonly Uint8Array[]): boolean =>
  recorded.some((bytes) => spellings(word).some((spelling) => Buffer.from(bytes).includes(spelling)))

test('No announcement is readable without a grant: not by listeners, not with the keys of another view', async () => {
  await using place = await town('sealed')
  const announcements: Uint8Array[] = []
  const grants: Grant[] = []
  const bob = await place.moveIn('Bob', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onPublish: (announcement) => void announcements.push(announcement),
        onSend(kind, bytes) {
          const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
          if (frame?.kind === 'grant') grants.push(frame)
        },
      }),
  })
  const alice = await place.moveIn('Alice')
  const carol = await place.moveIn('Carol') // near, no contact: her grant is of the view `nearby`
  await place.pass(3_000)
  const nearbyKeys = grants.flatMap((grant) => grant.keys.map((key) => key.key))
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  const contactKeys = grants.slice(-1).flatMap((grant) => grant.keys.map((key) => key.key))

  await bob.agent.status({ note: 'at the harbour', activities: ['travel'] })
  await place.pass(1_000)
  expect(announcements).toHaveLength(1)
  for (const word of ['at the harbour', 'travel', 'Bob', bob.peerId, alice.peerId, carol.peerId])
    expect(liesOpen(word, announcements)).toBe(false)

  // Alice's keys open it, so the search would have found the words; Carol's and random ones do not.
  const [announcement = new Uint8Array()] = announcements
  const plain = contactKeys.flatMap((key) => openAnnouncement(announcement, key) ?? [])
  expect(liesOpen('at the harbour', plain)).toBe(true)
  expect(plain.map((bytes) => openNews(bytes))).toMatchObject([{ name: 'Bob' }])
  expect(nearbyKeys.length).toBeGreaterThan(0)
  for (const key of [...nearbyKeys, place.entropy.bytes(32)])
    expect(openAnnouncement(announcement, key)).toBeUndefined()

  expect((await alice.agent.who()).find((one) => one.who.name === 'Bob')?.presence?.note).toBe(
    'at the harbour',
  )
  expect((await carol.agent.who()).find((one) => one.who.name === 'Bob')?.presence?.note).toBeUndefined()
})

/** What a crash at this instant would leave on the disk. */
function disk(store: string): { ids: (table: 'inbox' | 'outbox') => string[] } {
  const copy = mkdtempSync(join(tmpdir(), 'nigh-disk-'))
  for (const end of ['', '-wal'])
    if (existsSync(store + end)) cpSync(store + end, join(copy, `copy.db${end}`))
  const database = new DatabaseSync(join(copy, 'copy.db'))
  return {
    ids(table) {
      const rows = database.prepare(`SELECT hex(id) AS id FROM ${table}`).all()
      database.close()
      rmSync(copy, { recursive: true })
      return rows.map((row) => String(row.id).toLowerCase())
    },
  }
}

test('A message stands in the outbox before its first byte leaves, and in the inbox before its receipt', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nigh-promise-'))
  await using place = await town('durable')
  const seen: { at: 'sending' | 'acknowledging'; onDisk: boolean }[] = []
  const plainId = (id: string): string => id.replaceAll('-', '')

  /** Looks at the disk whenever a message, or a receipt for one, is handed to the wire. */
  const watching = (self: 'alice' | 'bob') => (kind: string, bytes: Uint8Array) => {
    if (kind !== 'messages') return
    const frame = openMessageFrame(bytes, '' as PeerId)
    const store = join(folder, `${self}.db`)
    if (frame.kind === 'message')
      seen.push({ at: 'sending', onDisk: disk(store).ids('outbox').includes(plainId(frame.id)) })
    if (frame.kind === 'receipt')
      for (const id of frame.ids)
        seen.push({ at: 'acknowledging', onDisk: disk(store).ids('inbox').includes(plainId(id)) })
  }
  const move = (name: 'alice' | 'bob') =>
    place.moveIn(name, {
      storePath: join(folder, `${name}.db`),
      tapMesh: (mesh) => tapped(mesh, { onSend: watching(name) }),
    })
  const alice = await move('alice')
  const bob = await move('bob')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'alice' })

  // One that was owed while nobody listened, one that goes straight out, and a burst.
  for (let number = 0; number < 20; number += 1) {
    const sent = alice.agent.send({ to: 'bob', text: `message ${number}` })
    await place.pass(number % 3 === 0 ? 50 : 0)
    await sent
  }
  await place.pass(1_000)

  expect(seen.filter((look) => look.at === 'sending').length).toBeGreaterThanOrEqual(20)
  expect(seen.filter((look) => look.at === 'acknowledging').length).toBeGreaterThanOrEqual(20)
  expect(seen.filter((look) => !look.onDisk)).toEqual([])
  const inbox = await bob.agent.inbox()
  expect(inbox.map((message) => 'text' in message && message.text)).toEqual(
    Array.from({ length: 20 }, (_, number) => `message ${number}`),
  )
  rmSync(folder, { recursive: true, force: true })
})
