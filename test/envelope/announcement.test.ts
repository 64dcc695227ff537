/** What an announcement shows and hides (faults P4, P12), and that no byte of it can be changed (fault P10). */
import { createDecipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ANNOUNCEMENT_CAPACITY,
  isSignedAnnouncement,
  openAnnouncement,
  readAnnouncement,
  sealAnnouncement,
} from '../../src/envelope/announcement.ts'
import { cipher } from '../../src/envelope/cipher.ts'
import { openNews } from '../../src/envelope/presence-information.ts'
import { DOMAIN_ANNOUNCEMENT, PERIOD_MS, SIZE_CLASSES } from '../../src/envelope/protocol.ts'
import { announcerFrom } from '../../src/envelope/seal.ts'
import { createGrants } from '../../src/presentity/grants.ts'
import { alice, hexOf } from './wire.ts'

const viewKey = new Uint8Array(32).fill(1)
const announcer = announcerFrom(new Uint8Array(32).fill(2))
const seal = (plain: Uint8Array, counter = 1) => sealAnnouncement({ plain, key: viewKey, announcer, counter })

const plains = fc.uint8Array({ maxLength: ANNOUNCEMENT_CAPACITY })
/** Bytes of a class that are no plain text: header, length, tag, signature. */
const OVERHEAD = 44 + 2 + 16 + 64

describe('An announcement', () => {
  test('is opened by the view key, and by no other', () => {
    fc.assert(
      fc.property(plains, fc.maxSafeNat(), fc.nat({ max: 255 }), (plain, counter, bit) => {
        const announcement = seal(plain, counter)
        expect(new Uint8Array(openAnnouncement(announcement, viewKey) ?? [0])).toEqual(plain)
        const other = Uint8Array.from(viewKey)
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(openAnnouncement(announcement, other)).toBeUndefined()
        expect(openAnnouncement(announcement, announcer.publicKey)).toBeUndefined()
      }),
    )
  })

  test('shows a relay its class, an announcement key and a counter, and names nobody', () => {
    const plain = new TextEncoder().encode(`im:${alice.peerId}`)
    const announcement = seal(plain, 513)
    expect(readAnnouncement(announcement)).toEqual({
      announcer: hexOf(announcer.publicKey),
      announcerKey: announcer.publicKey,
      counter: 513,
    })
    expect(hexOf(announcement)).not.toContain(hexOf(plain))
    expect(hexOf(announcement)).not.toContain(hexOf(alice.publicKey))
  })

  test('has the length of its class, whatever it says: length tells a class and no more', () => {
    fc.assert(
      fc.property(plains, (plain) => {
        const size = SIZE_CLASSES.find((size) => plain.length <= size - OVERHEAD)
        expect(seal(plain)).toHaveLength(size ?? 0)
      }),
    )
    for (const size of SIZE_CLASSES) {
      expect(seal(new Uint8Array(size - OVERHEAD))).toHaveLength(size)
      if (size < 4096) expect(seal(new Uint8Array(size - OVERHEAD + 1)).length).toBeGreaterThan(size)
    }
    expect(() => seal(new Uint8Array(ANNOUNCEMENT_CAPACITY + 1))).toThrow(RangeError)
  })

  test('is sealed as PROTOCOL.md says: nonce = counter, the header bound in, length first, zeros last', () => {
    const plain = new TextEncoder().encode('closed')
    const announcement = seal(plain, 0x0102030405)
    const nonce = Buffer.from('00000000' + '0000000102030405', 'hex')
    expect(announcement.subarray(36, 44)).toEqual(new Uint8Array(nonce.subarray(4)))
    const decipher = createDecipheriv('chacha20-poly1305', viewKey, nonce, { authTagLength: 16 })
    const sealed = announcement.subarray(44, 512 - 64)
    decipher.setAAD(announcement.subarray(0, 44), { plaintextLength: sealed.length - 16 })
    decipher.setAuthTag(sealed.subarray(-16))
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    expect(padded).toEqual(Buffer.concat([Uint8Array.of(0, 6), plain, new Uint8Array(512 - OVERHEAD - 6)]))
  })

  test('whose length field lies about its inside is not opened', () => {
    const header = seal(new Uint8Array(0)).subarray(0, 44)
    const nonce = Uint8Array.of(0, 0, 0, 0, ...header.subarray(36))
    const room = 512 - OVERHEAD
    const claiming = (length: number) => {
      const padded = new Uint8Array(2 + room)
      new DataView(padded.buffer).setUint16(0, length)
      return Uint8Array.of(...header, ...cipher.seal(viewKey, nonce, padded, header), ...new Uint8Array(64))
    }
    expect(openAnnouncement(claiming(room), viewKey)).toHaveLength(room)
    expect(openAnnouncement(claiming(room + 1), viewKey)).toBeUndefined()
    expect(openAnnouncement(claiming(0xffff), viewKey)).toBeUndefined()
  })

  test('made of any bytes, of any length, is not opened and throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(openAnnouncement(bytes, viewKey)).toBeUndefined()
      }),
    )
  })

  test('cannot be made by somebody who holds the view key only (fault P4)', () => {
    const forger = announcerFrom(new Uint8Array(32).fill(3))
    const forged = sealAnnouncement({
      plain: new Uint8Array(1),
      key: viewKey,
      announcer: { publicKey: announcer.publicKey, sign: forger.sign },
      counter: 2,
    })
    const header = readAnnouncement(forged)
    expect(header?.announcer).toBe(hexOf(announcer.publicKey))
    expect(openAnnouncement(forged, viewKey)).toBeDefined() // the seal is right…
    expect(header && isSignedAnnouncement(forged, header)).toBe(false) // …and the signature is not
  })

  test('carries no signature that would pass without its domain string', () => {
    const announcement = seal(new Uint8Array(8))
    const undomained = Uint8Array.from(announcement)
    undomained.set(announcer.sign(announcement.subarray(0, 512 - 64)), 512 - 64)
    const header = readAnnouncement(undomained)
    expect(header && isSignedAnnouncement(undomained, header)).toBe(false)
    const domained = Uint8Array.from(announcement)
    const signed = Buffer.concat([Buffer.from(DOMAIN_ANNOUNCEMENT), announcement.subarray(0, 512 - 64)])
    domained.set(announcer.sign(signed), 512 - 64)
    expect(header && isSignedAnnouncement(domained, header)).toBe(true)
  })
})

describe('One nonce is never used twice (fault P12)', () => {
  /** One life of Bob's peer: two views, changes over an hour, grants renewed. What sealed each announcement. */
  function life(chance: (bytes: number) => Uint8Array): { used: string[]; announcers: Set<string> } {
    const grants = createGrants({ topic: 't', epoch: 1, chance })
    const used: string[] = []
    const announcers = new Set<string>()
    const keys = new Map<string, Uint8Array>()
    for (let step = 0; step < 60; step++) {
      const times = { now: step * (PERIOD_MS / 10), wall: step }
      const rendition = { name: `Bob ${step}`, tuples: [] }
      if (step % 5 === 0) {
        for (const view of ['nearby', 'contacts'] as const) {
          const { grant } = grants.give(alice.peerId, view, rendition, times)
          for (const { announcer, key } of grant.keys) keys.set(hexOf(announcer), key)
        }
      }
      if (step % 7 === 0) grants.discard('contacts')
      for (const view of ['nearby', 'contacts'] as const) {
        const announcement = grants.announce(view, { ...rendition, note: 'changed' }, times)
        const header = announcement && readAnnouncement(announcement)
        if (announcement === undefined || header === undefined) continue
        announcers.add(header.announcer)
        const key = keys.get(header.announcer)
        if (key === undefined) continue // renewed after a discard, and nobody was told yet
        const opened = openAnnouncement(announcement, key)
        expect(opened && openNews(opened)).toMatchObject({ name: `Bob ${step}` })
        used.push(`${hexOf(key)} ${header.counter}`)
      }
    }
    return { used, announcers }
  }

  test('within one life no key meets a counter again', () => {
    const { used } = life((bytes) => new Uint8Array(randomBytes(bytes)))
    expect(used.length).toBeGreaterThan(20)
    expect(new Set(used).size).toBe(used.length)
  })

  test('two lives of one peer share no announcement key and no view key', () => {
    const chance = (bytes: number) => new Uint8Array(randomBytes(bytes))
    const [before, after] = [life(chance), life(chance)]
    expect([...before.announcers].filter((announcer) => after.announcers.has(announcer))).toEqual([])
    expect(before.used.filter((use) => after.used.includes(use))).toEqual([])
  })

  test('control: a restored disk would bring both back', () => {
    const stored = () => {
      let turn = 0
      return (bytes: number) => new Uint8Array(bytes).fill(++turn)
    }
    const [before, after] = [life(stored()), life(stored())]
    expect(before.used.filter((use) => after.used.includes(use)).length).toBeGreaterThan(20)
  })
})
