import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DIAL_TIMEOUT_MS,
  DIALS_AT_ONCE,
  HEARD_PEERS_LIMIT,
  REDIAL_EVERY_MS,
  REDIAL_FOR_MS,
  REDIAL_TIMEOUT_MS,
  TIE_BREAK_FROM_MS,
  TIE_BREAK_TO_MS,
} from '../../src/envelope/protocol.ts'
import { rankAddresses } from '../../src/neighbourhood/addresses.ts'
import {
  createDialling,
  type Dial,
  type Dialling,
  type Ended,
  politeness,
} from '../../src/neighbourhood/dialling.ts'
import type { LocalNetwork } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const alice = 'A' as PeerId // smaller than everybody
const bob = 'B' as PeerId
const zoe = 'Z' as PeerId // larger than everybody with a capital
const here = ['/ip4/10.0.0.7/tcp/4001']
const networks: LocalNetwork[] = [
  { name: 'lo', address: '127.0.0.1', prefix: 8, family: 4, loopback: true },
  { name: 'eth0', address: '10.0.0.1', prefix: 24, family: 4, loopback: false, gateway: '10.0.0.254' },
]
const make = (self: PeerId, chance = () => 0.5) => createDialling({ self, chance })

/** Lets every attempt fail after `takesMs`; the instants at which attempts began. */
function unanswered(dialling: Dialling, from: number, to: number, takesMs: number | 'timeout'): number[] {
  const begun: number[] = []
  const ends: { at: number; dial: Dial }[] = []
  let now = from
  while (now <= to) {
    for (const dial of dialling.due(now, networks)) {
      begun.push(now)
      ends.push({ at: now + (takesMs === 'timeout' ? dial.timeoutMs : takesMs), dial })
    }
    ends.sort((one, other) => one.at - other.at)
    const wake = dialling.nextWake()
    const next = Math.min(ends[0]?.at ?? Number.POSITIVE_INFINITY, wake ?? Number.POSITIVE_INFINITY)
    if (next === Number.POSITIVE_INFINITY || next > to) break
    now = Math.max(now, next)
    for (let end = ends[0]; end !== undefined && end.at <= now; end = ends[0]) {
      ends.shift()
      dialling.failed(end.dial.peer, now)
    }
  }
  return begun
}

describe('fault N4: who dials first', () => {
  test('The smaller id dials at once, the larger waits 150 to 300 ms and dials anyway', () => {
    const smaller = make(alice)
    smaller.heard(bob, here, 1_000)
    expect(smaller.due(1_000, networks)).toEqual([{ peer: bob, addresses: here, timeoutMs: DIAL_TIMEOUT_MS }])

    const larger = make(zoe)
    larger.heard(bob, here, 1_000)
    expect(larger.due(1_000, networks)).toEqual([])
    const wake = larger.nextWake() ?? 0
    expect(wake).toBeGreaterThanOrEqual(1_000 + TIE_BREAK_FROM_MS)
    expect(wake).toBeLessThanOrEqual(1_000 + TIE_BREAK_TO_MS)
    expect(larger.due(wake, networks).map(({ peer }) => peer)).toEqual([bob])
  })

  test('If the smaller has dialled meanwhile, the larger need not', () => {
    const larger = make(zoe)
    larger.heard(bob, here, 0)
    larger.linked(bob)
    expect(larger.nextWake()).toBeUndefined()
    expect(larger.due(10_000, networks)).toEqual([])
    expect(larger.stateOf(bob)).toBe('linked')
  })

  test('Of two exactly one waits, by an amount spread by the pair', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9a-f]{1,8}$/),
        fc.stringMatching(/^[0-9a-f]{1,8}$/),
        (one, other) => {
          fc.pre(one !== other)
          const waits = [
            politeness(one as PeerId, other as PeerId),
            politeness(other as PeerId, one as PeerId),
          ].sort((a, b) => a - b)
          expect(waits[0]).toBe(0)
          expect(waits[1]).toBeGreaterThanOrEqual(TIE_BREAK_FROM_MS)
          expect(waits[1]).toBeLessThanOrEqual(TIE_BREAK_TO_MS)
        },
      ),
    )
    const spread = Array.from({ length: 50 }, (_, i) => politeness(zoe, `P${i}` as PeerId))
    expect(new Set(spread).size).toBe(50)
  })
})

describe('contacts', () => {
  test('Remembered addresses are dialled at once, before anything is heard', () => {
    const dialling = make(zoe)
    dialling.wanted(bob, here, 500)
    expect(dialling.stateOf(bob)).toBe('wanted')
    expect(dialling.due(500, networks)).toEqual([
      { peer: bob, addresses: here, timeoutMs: REDIAL_TIMEOUT_MS },
    ])
    expect(dialling.stateOf(bob)).toBe('dialling')
  })

  test('A contact without any address waits to be heard', () => {
    const dialling = make(alice)
    dialling.wanted(bob, [], 0)
    expect(dialling.due(0, networks)).toEqual([])
    expect(dialling.nextWake()).toBeUndefined()
    dialling.heard(bob, here, 7_000)
    expect(dialling.due(7_000, networks)).toHaveLength(1)
  })

  test.each([0, 'timeout'] as const)(
    'Away (answers: %s): at most 2 s apart for 10 minutes, then ever more patient',
    (takes) => {
      const dialling = make(zoe, () => 0.999)
      dialling.wanted(bob, here, 0)
      dialling.linked(bob)
      dialling.ended(bob, 0, 'lost')
      const begun = unanswered(dialling, 0, 3 * REDIAL_FOR_MS, takes)
      const gaps = begun.slice(1).map((at, i) => ({ at, gap: at - (begun[i] ?? 0) }))
      const first = gaps.filter(({ at }) => at < REDIAL_FOR_MS)
      expect(Math.max(...first.map(({ gap }) => gap))).toBeLessThanOrEqual(REDIAL_EVERY_MS)
      expect(Math.min(...first.map(({ gap }) => gap))).toBeGreaterThan(1_000)
      const later = gaps.filter(({ at }) => at > REDIAL_FOR_MS + 10_000).map(({ gap }) => gap)
      expect(later.at(-1)).toBeGreaterThan(60_000)
      expect(Math.max(...later)).toBeLessThan(10 * 60_000)
      expect(later.length).toBeLessThan(20)
    },
  )

  test('Heard again after an hour away: dialled within the tie break', () => {
    const dialling = make(zoe)
    dialling.wanted(bob, here, 0)
    unanswered(dialling, 0, 3_600_000, 'timeout')
    expect(dialling.stateOf(bob)).toBe('away')
    dialling.heard(bob, ['/ip4/10.0.0.8/tcp/4001'], 3_600_000)
    expect(dialling.due(3_600_300, networks)).toHaveLength(1)
  })

  test('Heard at the address that is being dialled: no second attempt beside it', () => {
    const dialling = make(alice)
    dialling.wanted(bob, here, 0)
    expect(dialling.due(0, networks)).toHaveLength(1)
    dialling.heard(bob, here, 100)
    expect(dialling.due(100_000, networks)).toEqual([])
  })

  test('A better address heard while an old one hangs is tried beside it, once', () => {
    const dialling = make(alice)
    dialling.wanted(bob, ['/ip4/203.0.113.9/tcp/1'], 0)
    expect(dialling.due(0, networks)[0]?.timeoutMs).toBe(DIAL_TIMEOUT_MS)
    dialling.heard(bob, here, 400)
    expect(dialling.due(400, networks)[0]?.addresses[0]).toBe(here[0])
    dialling.heard(bob, ['/ip4/10.0.0.9/tcp/1'], 800)
    expect(dialling.due(5_000, networks)).toEqual([])
    dialling.succeeded(bob)
    dialling.linked(bob)
    dialling.failed(bob, 5_000)
    expect(dialling.stateOf(bob)).toBe('linked')
    expect(dialling.nextWake()).toBeUndefined()
  })

  test('A restart forgets patience', () => {
    const dialling = make(alice)
    dialling.wanted(bob, here, 0)
    unanswered(dialling, 0, 3_600_000, 'timeout')
    dialling.restart(3_600_001)
    expect(dialling.due(3_600_001, networks)).toHaveLength(1)
  })

  test('No contact any more: no more dials', () => {
    const dialling = make(alice)
    dialling.wanted(bob, here, 0)
    dialling.unwanted(bob)
    expect(dialling.due(0, networks)).toEqual([])
    expect(dialling.stateOf(bob)).toBeUndefined()
  })

  test('I am not dialled by myself', () => {
    const dialling = make(alice)
    dialling.wanted(alice, here, 0)
    dialling.heard(alice, here, 0)
    expect(dialling.nextWake()).toBeUndefined()
  })
})

describe('how a link ends', () => {
  const linked = (why: Ended) => {
    const dialling = make(alice)
    dialling.wanted(bob, here, 0)
    dialling.due(0, networks)
    dialling.succeeded(bob)
    dialling.linked(bob)
    dialling.ended(bob, 10_000, why)
    return dialling
  }
  test('Lost: again in a moment', () => {
    expect(linked('lost').due(10_400, networks)).toHaveLength(1)
  })
  test('Rejected: only when the person acts, neither when heard nor after a restart', () => {
    const dialling = linked('rejected')
    dialling.heard(bob, ['/ip4/10.0.0.8/tcp/1'], 20_000)
    dialling.restart(30_000)
    expect(dialling.due(1e9, networks)).toEqual([])
    dialling.urged(bob, 1e9)
    expect(dialling.due(1e9, networks)).toHaveLength(1)
  })
  test('Evicted strangers come back after minutes at the earliest', () => {
    const dialling = make(alice)
    dialling.heard(bob, here, 0)
    dialling.due(0, networks)
    dialling.succeeded(bob)
    dialling.linked(bob)
    dialling.ended(bob, 1_000, 'evicted')
    dialling.heard(bob, here, 2_000)
    expect(dialling.due(200_000, networks)).toEqual([])
    expect(dialling.due(301_000, networks)).toHaveLength(1)
  })
  test('A contact who stands aside for want of places comes again within five minutes, however often heard, at once when the person acts (scene 29)', () => {
    const dialling = linked('evicted')
    dialling.heard(bob, here, 11_000)
    dialling.heard(bob, ['/ip4/10.0.0.8/tcp/1'], 12_000)
    expect(dialling.due(200_000, networks)).toEqual([])
    expect(dialling.nextWake()).toBeLessThanOrEqual(310_000)
    dialling.urged(bob, 210_000)
    expect(dialling.due(210_000, networks)).toHaveLength(1)
  })
  test('A contact whose links end before a hello is called ever more rarely: they may have no place (scene 29)', () => {
    const dialling = make(alice)
    dialling.wanted(bob, here, 0)
    let dials = 0
    for (let now = 0; now < 3_600_000; now += 100)
      for (const _ of dialling.due(now, networks)) {
        dials += 1
        dialling.succeeded(bob)
        dialling.linked(bob)
        dialling.ended(bob, now, 'unheard')
      }
    expect(dials).toBeLessThan(30)
    // The control: who answered before is called every two seconds.
    expect(linked('lost').nextWake()).toBeLessThan(12_000)
  })
  test('Strangers who came and went by themselves leave nothing behind', () => {
    const dialling = make(alice)
    for (const why of ['lost', 'evicted', 'rejected'] as const) {
      dialling.linked(bob)
      dialling.ended(bob, 0, why)
      expect(dialling.stateOf(bob)).toBeUndefined()
    }
  })
})

describe('bounds', () => {
  test('A forged answer aims few dials, and ever fewer, however often it is repeated', () => {
    const dialling = make(alice)
    let dials = 0
    for (let now = 0; now < 600_000; now += 100) {
      dialling.heard(bob, [`/ip4/10.0.0.9/tcp/${now}`], now)
      for (const dial of dialling.due(now, networks)) {
        dials += 1
        dialling.failed(dial.peer, now)
      }
    }
    expect(dials).toBeLessThan(15)
  })

  test('Even for a contact not more than four a second', () => {
    const dialling = make(alice)
    dialling.wanted(bob, here, 0)
    let dials = 0
    for (let now = 0; now < 10_000; now += 10) {
      dialling.heard(bob, [`/ip4/10.0.0.9/tcp/${now}`], now)
      for (const dial of dialling.due(now, networks)) {
        dials += 1
        dialling.failed(dial.peer, now)
      }
    }
    expect(dials).toBeLessThanOrEqual(41)
  })

  test('No more than 500 heard peers are believed; the one heard longest ago goes', () => {
    const dialling = make(zoe)
    for (let i = 0; i < HEARD_PEERS_LIMIT + 10; i++) dialling.heard(`p${i}` as PeerId, here, i)
    expect(dialling.stateOf('p9' as PeerId)).toBeUndefined()
    expect(dialling.stateOf('p10' as PeerId)).toBeDefined()
    expect(dialling.stateOf(`p${HEARD_PEERS_LIMIT + 9}` as PeerId)).toBeDefined()
  })

  test('At most 20 dials at once, contacts first; who is away takes at most half of them', () => {
    const dialling = make(alice)
    for (let i = 0; i < 30; i++) dialling.heard(`s${i}` as PeerId, here, 0)
    for (let i = 0; i < 5; i++) dialling.wanted(`c${i}` as PeerId, here, 0)
    const first = dialling.due(10_000, networks)
    expect(first).toHaveLength(DIALS_AT_ONCE)
    expect(first.slice(0, 5).map(({ peer }) => peer[0])).toEqual(['c', 'c', 'c', 'c', 'c'])
    expect(dialling.due(10_000, networks)).toEqual([])
    expect(dialling.nextWake()).toBeUndefined()
    dialling.failed(first[0]?.peer ?? bob, 10_000)
    expect(dialling.due(10_000, networks)).toHaveLength(1)

    const away = make(alice)
    for (let i = 0; i < 40; i++) away.wanted(`c${i}` as PeerId, here, 0)
    for (let round = 0; round < 2; round++)
      for (const dial of away.due(0, networks)) away.failed(dial.peer, 0)
    expect(away.due(100_000, networks)).toHaveLength(DIALS_AT_ONCE / 2)
  })

  test('fault N6: when a network of 200 heals, contacts are dialled at once and the rest over 3 s', () => {
    const dialling = make(alice)
    dialling.wanted(bob, [], 0)
    for (let i = 0; i < 200; i++) dialling.heard(`p${i}` as PeerId, here, 0)
    dialling.heard(bob, here, 0)
    let now = 0
    const begun: { peer: PeerId; at: number }[] = []
    for (; now <= 3_000; now += 10)
      for (const dial of dialling.due(now, networks)) {
        begun.push({ peer: dial.peer, at: now })
        dialling.succeeded(dial.peer)
        dialling.linked(dial.peer)
      }
    expect(begun[0]).toEqual({ peer: bob, at: 0 })
    expect(begun).toHaveLength(201)
    const inSecond = (second: number) => begun.filter(({ at }) => Math.floor(at / 1_000) === second).length
    for (const second of [0, 1, 2]) expect(inSecond(second)).toBeGreaterThan(35)
    // Control: a few heard at once are dialled at once.
    const few = make(alice)
    for (let i = 0; i < 10; i++) few.heard(`p${i}` as PeerId, here, 0)
    expect(few.due(0, networks)).toHaveLength(10)
  })

  test('Whatever happens: never more than 20 attempts, at most two for one peer, none to who is linked', () => {
    const peers = ['B', 'C', 'D', 'Y'] as PeerId[]
    const step = fc.record({
      act: fc.constantFrom(
        'heard',
        'wanted',
        'unwanted',
        'urged',
        'failed',
        'succeeded',
        'linked',
        'lost',
        'due',
        'restart',
      ),
      peer: fc.constantFrom(...peers),
      wait: fc.nat(3_000),
      port: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const dialling = make('M' as PeerId)
        const running = new Map<PeerId, number>()
        const up = new Set<PeerId>()
        let now = 0
        for (const { act, peer, wait, port } of steps) {
          now += wait
          const addresses = [`/ip4/10.0.0.9/tcp/${port}`]
          const ending = (running.get(peer) ?? 0) > 0
          if (act === 'heard') dialling.heard(peer, addresses, now)
          if (act === 'wanted') dialling.wanted(peer, addresses, now)
          if (act === 'unwanted') dialling.unwanted(peer)
          if (act === 'urged') dialling.urged(peer, now)
          if (act === 'restart') dialling.restart(now)
          if (act === 'failed' && ending) dialling.failed(peer, now)
          if (act === 'succeeded' && ending) dialling.succeeded(peer)
          if ((act === 'failed' || act === 'succeeded') && ending)
            running.set(peer, (running.get(peer) ?? 0) - 1)
          if (act === 'linked' || (act === 'succeeded' && ending)) {
            dialling.linked(peer)
            up.add(peer)
          }
          if (act === 'lost' && up.delete(peer)) dialling.ended(peer, now, 'lost')
          for (const dial of dialling.due(now, networks)) {
            expect(up.has(dial.peer)).toBe(false)
            expect(dial.addresses.length).toBeGreaterThan(0)
            running.set(dial.peer, (running.get(dial.peer) ?? 0) + 1)
            expect(running.get(dial.peer)).toBeLessThanOrEqual(2)
          }
          // What is due was taken: the next wake lies ahead, so the hallway never spins.
          expect(dialling.nextWake() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now)
        }
      }),
    )
  })
})

describe('which address first', () => {
  test('This host, then our networks, then the rest; the gateway is no neighbour', () => {
    expect(
      rankAddresses(
        [
          '/dns4/alice.example/tcp/1',
          '/ip4/203.0.113.9/tcp/1',
          '/ip4/10.0.0.254/tcp/1',
          '/ip4/10.0.0.9/tcp/1',
          '/ip4/10.0.0.8/tcp/1',
          '/ip4/127.0.0.1/tcp/1',
          '/ip4/10.0.0.9/tcp/1',
        ],
        networks,
      ),
    ).toEqual([
      '/ip4/127.0.0.1/tcp/1',
      '/ip4/10.0.0.9/tcp/1',
      '/ip4/10.0.0.8/tcp/1',
      '/ip4/203.0.113.9/tcp/1',
      '/ip4/10.0.0.254/tcp/1',
      '/dns4/alice.example/tcp/1',
    ])
  })
  test('At most eight', () => {
    expect(
      rankAddresses(
        Array.from({ length: 20 }, (_, i) => `/ip4/10.0.0.${i}/tcp/1`),
        networks,
      ),
    ).toHaveLength(8)
  })
})
