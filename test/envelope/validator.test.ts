/** The topic's validator: nothing changed passes (fault P10), and no flood costs more than its quota (fault P11). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSignedAnnouncement, sealAnnouncement } from '../../src/envelope/announcement.ts'
import {
  COUNTERS_FOR_MS,
  COUNTERS_LIMIT,
  DOMAIN_ANNOUNCEMENT,
  QUOTA_BURST,
  QUOTA_PER_SECOND,
} from '../../src/envelope/protocol.ts'
import { announcerFrom } from '../../src/envelope/seal.ts'
import { createValidator } from '../../src/envelope/validator.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const mallory = 'Mallory' as PeerId
const relay = 'Relay' as PeerId
const viewKey = new Uint8Array(32).fill(1)
const announcer = announcerFrom(new Uint8Array(32).fill(2))
const real = (counter: number, length = 20) =>
  sealAnnouncement({ plain: new Uint8Array(length), key: viewKey, announcer, counter })

/** The real one with its last byte wrong: garbage that only the signature tells. */
const garbage = (counter: number) => {
  const bytes = real(counter)
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
  return bytes
}

/** The shape of an announcement under a key of its own, signed by nobody. */
const unsigned = (key: number, counter = 1) => {
  const bytes = new Uint8Array(512)
  bytes.set([1, 1, 0, 0])
  const view = new DataView(bytes.buffer)
  view.setUint32(4, key)
  view.setBigUint64(36, BigInt(counter))
  return bytes
}

/** Any way to make other bytes of an announcement: bytes changed, put before it, after it, or taken away. */
const others = fc
  .tuple(
    fc.constantFrom(real(7, 0), real(7, 386), real(7, 387), real(7, 2_000)),
    fc.constantFrom('change', 'suffix', 'prefix', 'truncate', 'behead', 'grow into another class'),
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
  )
  .map(([announcement, how, where, by, more]) => {
    const at = where % announcement.length
    const changed = Uint8Array.from(announcement)
    changed[at] = (changed[at] ?? 0) ^ by
    const grown = new Uint8Array(2 * announcement.length)
    grown.set(announcement)
    switch (how) {
      case 'change':
        return changed
      case 'suffix':
        return Uint8Array.of(...announcement, ...more)
      case 'prefix':
        return Uint8Array.of(...more, ...announcement)
      case 'truncate':
        return announcement.subarray(0, at)
      case 'behead':
        return announcement.subarray(at + 1)
      default:
        return grown
    }
  })

describe('Any other bytes than those that were signed are rejected (fault P10)', () => {
  const rejects = (validator: typeof createValidator, options?: Parameters<typeof createValidator>[0]) =>
    fc.property(others, (bytes) => validator(options).judge(bytes, relay, 0) === 'reject')

  test('the real one is accepted', () => {
    for (const length of [0, 386, 387, 2_000])
      expect(createValidator().judge(real(7, length), relay, 0)).toBe('accept')
  })

  test('a changed byte, a suffix, a prefix, a truncation', () => {
    fc.assert(rejects(createValidator), { numRuns: 1_000 })
  })

  test('each single bit of a whole announcement', () => {
    const announcement = real(7)
    const passed: number[] = []
    for (let bit = 0; bit < 8 * announcement.length; bit++) {
      const changed = Uint8Array.from(announcement)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if (createValidator().judge(changed, relay, 0) !== 'reject') passed.push(bit)
    }
    expect(passed).toEqual([])
  })

  test('another version, suite, class or fourth byte, though its announcer signed it: rejected unverified', () => {
    const resigned = (at: number, byte: number) => {
      const bytes = real(7)
      bytes[at] = byte
      const signed = bytes.subarray(0, bytes.length - 64)
      bytes.set(announcer.sign(Buffer.concat([Buffer.from(DOMAIN_ANNOUNCEMENT), signed])), bytes.length - 64)
      return bytes
    }
    expect(createValidator().judge(resigned(0, 1), relay, 0)).toBe('accept') // nothing changed
    const validator = createValidator({ verify: () => expect.fail('a signature was verified') })
    for (const [at, byte] of [
      [0, 2],
      [1, 2],
      [2, 1],
      [3, 1],
    ] as const)
      expect(validator.judge(resigned(at, byte), relay, 0), `byte ${at}`).toBe('reject')
  })

  test('the same signature in another form: its scalar plus the order of the group', () => {
    const announcement = real(7)
    const scalarAt = announcement.length - 32
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    let scalar = 0n
    for (let index = 31; index >= 0; index--)
      scalar = (scalar << 8n) | BigInt(announcement[scalarAt + index] ?? 0)
    scalar += order
    for (let index = 0; index < 32; index++) {
      announcement[scalarAt + index] = Number(scalar & 0xffn)
      scalar >>= 8n
    }
    expect(scalar).toBe(0n) // it fits, so only the verifier stands in the way
    expect(createValidator().judge(announcement, relay, 0)).toBe('reject')
  })

  test('control: without verification the same property finds what passes', () => {
    expect(fc.check(rejects(createValidator, { verify: () => true }), { numRuns: 1_000 }).failed).toBe(true)
  })
})

describe('What is real is not delayed, and what was seen is not passed on', () => {
  /** Mallory's garbage under Bob's next counter, then Bob's own. */
  const afterGarbage = (options?: Parameters<typeof createValidator>[0]) => {
    const validator = createValidator(options)
    expect(validator.judge(real(1), relay, 0)).toBe('accept')
    const verdicts = [validator.judge(garbage(2), mallory, 1), validator.judge(garbage(999), mallory, 2)]
    return [...verdicts, validator.judge(real(2), relay, 3)]
  }

  test('garbage with the next counter does not delay the real one (fault P10)', () => {
    expect(afterGarbage()).toEqual(['reject', 'reject', 'accept'])
  })

  test('control: if garbage moved the highest counter, the real one would be lost', () => {
    expect(afterGarbage({ verify: () => true })).toEqual(['accept', 'accept', 'ignore'])
  })

  test('replays and latecomers are ignored, never rejected: an honest relay may have seen another order', () => {
    const validator = createValidator()
    expect(validator.judge(real(5), relay, 0)).toBe('accept')
    expect([5, 4, 1].map((counter) => validator.judge(real(counter), mallory, 1))).toEqual([
      'ignore',
      'ignore',
      'ignore',
    ])
    expect(validator.judge(garbage(5), mallory, 1)).toBe('ignore') // not even looked at
    expect(validator.judge(real(6), relay, 2)).toBe('accept')
  })

  test('ten thousand recorded announcements, played back after gossip forgot them, go no further', () => {
    const validator = createValidator({ verify: () => true })
    let now = 0
    for (let key = 0; key < COUNTERS_LIMIT; key++) {
      now += 2_000 / QUOTA_PER_SECOND
      validator.judge(unsigned(key), relay, now)
    }
    now += 121_000
    const verdicts = new Set<string>()
    for (let key = 0; key < COUNTERS_LIMIT; key++) verdicts.add(validator.judge(unsigned(key), mallory, now))
    expect([...verdicts]).toEqual(['ignore'])
  })
})

describe('The table of counters is bounded', () => {
  const filled = (keys: number) => {
    const validator = createValidator({ verify: () => true })
    let now = 0
    for (let key = 0; key < keys; key++) {
      now += 2_000 / QUOTA_PER_SECOND
      expect(validator.judge(unsigned(key), relay, now)).toBe('accept')
    }
    return { validator, now: now + 10_000 }
  }

  test('to 10,000 keys: one more, and the one used longest ago is forgotten', () => {
    const { validator, now } = filled(COUNTERS_LIMIT + 1)
    expect(validator.judge(unsigned(1), relay, now)).toBe('ignore')
    expect(validator.judge(unsigned(COUNTERS_LIMIT), relay, now)).toBe('ignore')
    expect(validator.judge(unsigned(0), relay, now)).toBe('accept') // a forgotten key costs its neighbour's quota
  })

  test('a key that is used again stays', () => {
    const { validator, now } = filled(COUNTERS_LIMIT)
    expect(validator.judge(unsigned(0, 2), relay, now)).toBe('accept')
    expect(validator.judge(unsigned(COUNTERS_LIMIT), relay, now + 1)).toBe('accept')
    expect(validator.judge(unsigned(0, 2), relay, now + 2)).toBe('ignore')
    expect(validator.judge(unsigned(1), relay, now + 3)).toBe('accept')
  })

  test('to two periods from last use', () => {
    const validator = createValidator()
    expect(validator.judge(real(1), relay, 0)).toBe('accept')
    expect(validator.judge(real(1), relay, COUNTERS_FOR_MS - 1)).toBe('ignore')
    // Others' announcements turn the table over; nothing else does.
    const other = announcerFrom(new Uint8Array(32).fill(9))
    const news = sealAnnouncement({ plain: new Uint8Array(1), key: viewKey, announcer: other, counter: 1 })
    expect(validator.judge(news, relay, COUNTERS_FOR_MS)).toBe('accept')
    expect(validator.judge(real(1), relay, COUNTERS_FOR_MS)).toBe('accept')
  })
})

describe('A flood under fresh keys (fault P11)', () => {
  const counted = (options: Parameters<typeof createValidator>[0] = {}) => {
    let verifications = 0
    const validator = createValidator({
      ...options,
      verify: (bytes, header) => {
        verifications += 1
        return isSignedAnnouncement(bytes, header)
      },
    })
    return { validator, verifications: () => verifications }
  }
  const flood = (validator: ReturnType<typeof createValidator>, from: PeerId, count: number, at: number) => {
    const verdicts: Record<string, number> = {}
    for (let key = 0; key < count; key++) {
      const verdict = validator.judge(unsigned(1_000 * at + key + 1), from, at)
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
    }
    return verdicts
  }

  test('costs its burst and then nothing: beyond the quota no signature is verified', () => {
    const { validator, verifications } = counted()
    expect(flood(validator, mallory, 1_000, 0)).toEqual({ reject: QUOTA_BURST, ignore: 1_000 - QUOTA_BURST })
    expect(verifications()).toBe(QUOTA_BURST)
    expect(flood(validator, mallory, 1_000, 1_000)).toEqual({
      reject: QUOTA_PER_SECOND,
      ignore: 1_000 - QUOTA_PER_SECOND,
    })
    expect(verifications()).toBe(QUOTA_BURST + QUOTA_PER_SECOND)
  })

  test('is its neighbour’s alone: others are heard', () => {
    const { validator } = counted()
    flood(validator, mallory, 1_000, 0)
    expect(validator.judge(real(1), mallory, 0)).toBe('ignore')
    expect(validator.judge(real(1), relay, 0)).toBe('accept')
  })

  test('is not refilled by more than a burst, however long it waits', () => {
    const { validator } = counted()
    flood(validator, mallory, 1_000, 0)
    expect(flood(validator, mallory, 1_000, 3_600_000)).toEqual({
      reject: QUOTA_BURST,
      ignore: 1_000 - QUOTA_BURST,
    })
  })

  test('from ten thousand neighbours one after the other leaves each of the late ones its quota', () => {
    const { validator } = counted()
    const news = real(0)
    for (let index = 0; index < 10_000; index++) validator.judge(news, `neighbour ${index}` as PeerId, index)
    expect(flood(validator, mallory, 300, 10_000)).toEqual({ reject: QUOTA_BURST, ignore: 100 })
  })

  test('signed by made-up keys goes on at half a quota in all, from however many neighbours, and those we watch have their own half', () => {
    const watched = Buffer.from(announcer.publicKey).toString('hex')
    const validator = createValidator({ verify: () => true, isAwaited: (key) => key === watched })
    let accepted = 0
    for (let key = 0; key < 10_000; key++)
      if (validator.judge(unsigned(key), `neighbour ${key % 10}` as PeerId, 0) === 'accept') accepted += 1
    expect(accepted).toBe(QUOTA_BURST / 2)
    expect(validator.judge(real(1), relay, 0)).toBe('accept')
    // The control: of somebody nobody here watches it is one of many.
    const flooded = createValidator({ verify: () => true })
    for (let key = 0; key < 200; key++) flooded.judge(unsigned(key), mallory, 0)
    expect(flooded.judge(real(1), relay, 0)).toBe('ignore')
  })

  test('from one network costs what one neighbour costs', () => {
    const { validator, verifications } = counted({ sourceOf: (neighbour) => neighbour.slice(0, 3) })
    for (let index = 0; index < 10; index++) flood(validator, `net neighbour ${index}` as PeerId, 300, index)
    expect(verifications()).toBeLessThanOrEqual(QUOTA_BURST + 1)
  })

  test('that goes on is told of who sends it, and of nobody who keeps to what a relay may pass on', () => {
    const told: PeerId[] = []
    const validator = createValidator({ verify: () => true, staysOver: (neighbour) => told.push(neighbour) })
    let key = 0
    const lasts = (from: PeerId, perSecond: number, seconds: number, since: number) => {
      for (let sent = 0; sent < perSecond * seconds; sent++) {
        key += 1
        validator.judge(unsigned(key), from, since + (1_000 * sent) / perSecond)
      }
    }
    lasts(relay, QUOTA_PER_SECOND, 600, 0)
    // A burst, as after a cut that heals, is no flood.
    lasts(relay, QUOTA_BURST, 2, 700_000)
    expect(told).toEqual([])
    lasts(mallory, 2 * QUOTA_PER_SECOND, 30, 800_000)
    expect(new Set(told)).toEqual(new Set([mallory]))
  })

  test('of wrong shapes and of replays spends no quota and no verification', () => {
    const { validator, verifications } = counted()
    const news = real(3)
    expect(validator.judge(news, relay, 0)).toBe('accept')
    for (let index = 0; index < 1_000; index++) {
      expect(validator.judge(new Uint8Array(index % 600).fill(9), mallory, 0)).toBe('reject')
      expect(validator.judge(news, mallory, 0)).toBe('ignore')
    }
    expect(verifications()).toBe(1)
    expect(validator.judge(real(4), mallory, 0)).toBe('accept')
  })
})
