/** What the air believes: packets come from anyone on the link, so these are the doorways (fault N1). */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import dnsPacket, { type Packet } from 'dns-packet'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HEARD_ADDRESSES_LIMIT, SERVICE } from '../../src/envelope/protocol.ts'
import {
  type Answered,
  answer,
  asksAfter,
  isQuestion,
  question,
  readAnswers,
} from '../../src/mesh/mdns-packet.ts'
import type { Echo, Heard } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { type Key, type LoopbackMeshes, loopbackMeshes, MESH_HASH, newKey } from '../support/mesh-worlds.ts'

const carol = await newKey()

function said(change: Partial<Answered> = {}): Answered {
  return {
    peer: carol.peer,
    mesh: MESH_HASH,
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
    visiting: false,
    goodbye: false,
    ...change,
  }
}

/** As it comes out at the other side. */
const travelled = (packet: Packet): Packet => dnsPacket.decode(dnsPacket.encode(packet))

describe('an answer', () => {
  test('is read as it was said, goodbye and visit included', () => {
    for (const goodbye of [false, true]) {
      for (const visiting of [false, true]) {
        const spoken = said({
          goodbye,
          visiting,
          ...(visiting ? {} : { startedAt: 0x19a_b0c1_d2e3 }),
          ...(goodbye ? {} : { life: '0123abcd' }),
          addresses: ['/ip4/10.0.0.1/tcp/1', '/ip6/fd00::1/tcp/65535'],
        })
        expect(readAnswers(travelled(answer(spoken)))).toEqual([spoken])
      }
    }
  })

  test('carries at most eight addresses', () => {
    const addresses = Array.from({ length: 20 }, (_, index) => `/ip4/10.0.0.${index + 1}/tcp/4001`)
    const [read] = readAnswers(travelled(answer(said({ addresses }))))
    expect(read?.addresses).toEqual(addresses.slice(0, HEARD_ADDRESSES_LIMIT))
  })

  test.each([
    ['another version', ['v=2', `m=${MESH_HASH}`, `p=${carol.peer}`]],
    ['no mesh', ['v=1', `p=${carol.peer}`]],
    ['a mesh that is no hash', ['v=1', 'm=nigh', `p=${carol.peer}`]],
    ['a peer that is no key', ['v=1', `m=${MESH_HASH}`, 'p=alice']],
    ['a key with a stranger’s letters', ['v=1', `m=${MESH_HASH}`, `p=${carol.peer.slice(0, -1)}0`]],
    [
      'too many strings',
      ['v=1', `m=${MESH_HASH}`, `p=${carol.peer}`, ...new Array(12).fill('a=/ip4/10.0.0.1/tcp/1')],
    ],
    ['a string too long', ['v=1', `m=${MESH_HASH}`, `p=${carol.peer}`, 'x'.repeat(200)]],
  ])('with %s is nobody’s', (_, data) => {
    expect(readAnswers(travelled(response(`x.${SERVICE}`, data)))).toEqual([])
  })

  test.each([
    '/ip4/10.0.0.1/tcp/0',
    '/ip4/10.0.0.1/tcp/65536',
    '/ip4/10.0.0.1/tcp/080',
    '/ip4/10.0.0.256/tcp/1',
    '/ip4/fd00::1/tcp/1',
    '/ip6/10.0.0.1/tcp/1',
    '/ip6/fe80::1/tcp/1',
    '/ip4/10.0.0.1/udp/1',
    '/dns4/example.org/tcp/80',
    '/ip4/10.0.0.1/tcp/1/p2p/x',
  ])('says nothing with the address %s', (address) => {
    const data = ['v=1', `m=${MESH_HASH}`, `p=${carol.peer}`, `a=${address}`]
    expect(readAnswers(travelled(response(`x.${SERVICE}`, data)))).toMatchObject([{ addresses: [] }])
  })

  test('of another service is none of ours', () => {
    const data = ['v=1', `m=${MESH_HASH}`, `p=${carol.peer}`]
    expect(readAnswers(travelled(response('x._http._tcp.local', data)))).toEqual([])
  })

  test('any packet at all is read without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        let packet: Packet
        try {
          packet = dnsPacket.decode(Buffer.from(bytes))
        } catch {
          return
        }
        readAnswers(packet)
        isQuestion(packet)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 250 }), { maxLength: 30 }), (strings) => {
        readAnswers(
          travelled(
            response(
              `x.${SERVICE}`,
              strings.map((bytes) => Buffer.from(bytes)),
            ),
          ),
        )
      }),
    )
  })
})

describe('a question', () => {
  test('is for our service, PTR, and nothing else', () => {
    expect(isQuestion(travelled(question(7)))).toBe(true)
    for (const name of ['_http._tcp.local', '_services._dns-sd._udp.local', 'alice.local']) {
      expect(isQuestion({ type: 'query', questions: [{ name, type: 'PTR' }] })).toBe(false)
    }
    expect(isQuestion({ type: 'query', questions: [{ name: SERVICE, type: 'TXT' }] })).toBe(false)
    expect(isQuestion({ type: 'query', questions: [{ name: SERVICE.toUpperCase(), type: 'PTR' }] })).toBe(
      true,
    )
  })
})

describe('on the link', () => {
  let world: LoopbackMeshes
  let mallory: Socket

  beforeEach(async () => {
    world = loopbackMeshes()
    mallory = createSocket({ type: 'udp4', reuseAddr: true })
    mallory.bind(5353, '0.0.0.0')
    await once(mallory, 'listening')
    mallory.addMembership('224.0.0.251', '127.0.0.1')
    mallory.setMulticastInterface('127.0.0.1')
  })
  afterEach(async () => {
    mallory.close()
    await world.close()
  })

  function shout(packet: Packet | Uint8Array, from = mallory): void {
    from.send(packet instanceof Uint8Array ? packet : dnsPacket.encode(packet), 5353, '224.0.0.251')
  }

  /** A mesh and all it hears of `keys`, each answer once. */
  async function listener(...keys: Key[]) {
    const alice = await world.mesh()
    const heard: Heard[] = []
    alice.air.onHeard((told) => {
      if (keys.some(({ peer }) => peer === told.peer)) heard.push(told)
    })
    return { alice, heard }
  }

  test('only addresses of the network it came from are believed', async () => {
    const { heard } = await listener(carol)
    const near = '/ip4/127.0.0.1/tcp/4001'
    shout(answer(said({ addresses: ['/ip4/203.0.113.7/tcp/80', near, '/ip6/fd00::99/tcp/80'] })))
    await expect.poll(() => heard).toHaveLength(1)
    expect(heard[0]).toMatchObject({ addresses: [near], network: 'lo', source: '127.0.0.1' })
  })

  test('a packet is told once, however many sockets hear it', async () => {
    const dave = await newKey()
    const { heard } = await listener(carol, dave)
    await world.mesh()
    shout(answer(said()))
    shout(answer(said({ peer: dave.peer })))
    await expect.poll(() => heard.some(({ peer }) => peer === dave.peer)).toBe(true)
    expect(heard.map(({ peer }) => peer)).toEqual([carol.peer, dave.peer])
  })

  test('garbage and answers from another port are silence', async () => {
    const dave = await newKey()
    const { heard } = await listener(carol, dave)
    const other = createSocket('udp4')
    other.bind(0, '127.0.0.1')
    await once(other, 'listening')
    other.setMulticastInterface('127.0.0.1')
    shout(answer(said()), other)
    shout(new Uint8Array(40).fill(0xff))
    shout(new Uint8Array(3))
    shout(answer(said({ peer: dave.peer })))
    await expect.poll(() => heard.length).toBeGreaterThan(0)
    expect(heard.map(({ peer }) => peer)).toEqual([dave.peer])
    other.close()
  })

  test('a thousand peers at once are believed up to the limit', async () => {
    const alice = await world.mesh()
    const heard = new Set<PeerId>()
    alice.air.onHeard(({ peer }) => heard.add(peer))
    const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
    const invented = (number: number) =>
      `${carol.peer.slice(0, -2)}${alphabet[Math.floor(number / 58)]}${alphabet[number % 58]}` as PeerId
    for (let number = 0; number < 1_000; number++) {
      shout(answer(said({ peer: invented(number) })))
      // Paced, or the kernel drops what nobody has read yet.
      if (number % 20 === 19) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => heard.size).toBe(500)
  })

  test('an answer in our name by somebody without our key is no other home of ours (fault P16)', async () => {
    const { alice } = await listener(carol)
    const bob = await world.mesh()
    const clone = await world.mesh({ cloneOf: alice })
    const echoes: Echo[] = []
    alice.air.onEcho((echo) => echoes.push(echo))
    const nobody = '/ip4/127.0.0.1/tcp/1'
    // Forged, with an address where somebody else listens, nobody does, or we do ourselves; and of a life before this one.
    for (const addresses of [bob.listening(), [nobody], alice.listening()])
      shout(answer(said({ peer: alice.self, addresses, life: '00000000', visiting: true })))
    // Those were looked into before the true one, which is told.
    await expect
      .poll(() => {
        clone.air.answer({})
        return echoes.length
      })
      .toBeGreaterThan(0)
    for (const echo of echoes)
      expect(echo).toMatchObject({ source: '127.0.0.1', visiting: false, starting: false })
  })

  test('an answer in our name from a port that is forwarded to ours is no other home of ours (fault P16)', async () => {
    const { alice } = await listener(carol)
    const clone = await world.mesh({ cloneOf: alice })
    const echoes: Echo[] = []
    alice.air.onEcho((echo) => echoes.push(echo))
    let forwarded = 0
    const port = Number(alice.listening()[0]?.split('/').at(-1))
    const forwarder = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      far.on('data', (bytes) => {
        forwarded += bytes.length
      })
      near.on('error', () => far.destroy()).pipe(far)
      far.on('error', () => near.destroy()).pipe(near)
    })
    await once(forwarder.listen(0, '127.0.0.1'), 'listening')
    try {
      const addresses = [`/ip4/127.0.0.1/tcp/${(forwarder.address() as AddressInfo).port}`]
      for (const life of ['00000000', 'ffffffff'])
        shout(answer(said({ peer: alice.self, addresses, life, visiting: true })))
      // The handshake was gone through, with ourselves: the proof of a key and more than that.
      await expect.poll(() => forwarded).toBeGreaterThan(100)
      await expect
        .poll(() => {
          clone.air.answer({})
          return echoes.length
        })
        .toBeGreaterThan(0)
      // Those were looked into before the true one, which is told.
      for (const echo of echoes) expect(echo).toMatchObject({ visiting: false })
    } finally {
      forwarder.close()
    }
  })

  test('who asks after its own key names it, unless it hides (fault P9)', async () => {
    const questions: Packet[] = []
    mallory.on('message', (bytes) => {
      const packet = dnsPacket.decode(bytes)
      if (packet.type === 'query') questions.push(packet)
    })
    const hidden = await world.mesh({ hidden: true })
    const alice = await world.mesh()
    hidden.air.ask({ own: true })
    alice.air.ask({ own: true })
    await expect.poll(() => questions.some((packet) => asksAfter(packet, alice.self))).toBe(true)
    expect(questions.length).toBeGreaterThan(1)
    expect(JSON.stringify(questions)).not.toContain(hidden.self)
  })

  test('nothing but our own question draws an answer, and no answer leaves unasked', async () => {
    const bob = await world.mesh()
    const answers: Packet[] = []
    mallory.on('message', (bytes) => {
      const packet = dnsPacket.decode(bytes)
      if (readAnswers(packet).some(({ peer }) => peer === bob.self)) answers.push(packet)
    })
    let asked = 0
    bob.air.onAsked(() => {
      asked++
      bob.air.answer({})
    })
    for (const name of ['_services._dns-sd._udp.local', '_http._tcp.local', `${bob.self}.${SERVICE}`]) {
      shout({ type: 'query', questions: [{ name, type: 'PTR' }] })
    }
    shout(question(0))
    await expect.poll(() => answers.length).toBe(1)
    expect(asked).toBe(1)
    const text = JSON.stringify(answers[0])
    expect(text).not.toMatch(new RegExp(process.env.USER ?? 'nobody-here'))
  })
})

function response(name: string, data: (string | Buffer)[]): Packet {
  return { type: 'response', answers: [{ name, type: 'TXT', ttl: 120, data }] }
}
