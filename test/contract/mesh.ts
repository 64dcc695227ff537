/** The exam every mesh sits: what the rooms above may rely on, whatever carries it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { carrierTopic, FRAME_LIMIT, QUESTION_LIMIT, QUESTIONS_AT_ONCE } from '../../src/envelope/protocol.ts'
import type { Channel, Echo, Heard, Link, Mesh } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import {
  MESH_HASH,
  type MeshWorld,
  newKey,
  next,
  soon,
  type WorldMeshOptions,
} from '../support/mesh-worlds.ts'

const TOPIC = carrierTopic(MESH_HASH)
/** A reader at rest may be owed its stream's window, and not what the writer has in store. */
const WINDOW_AT_MOST = 2 * 1024 * 1024

export function meshContract(name: string, makeWorld: () => MeshWorld): void {
  describe(`a mesh ${name}`, () => {
    let world: MeshWorld
    const uncaught: unknown[] = []
    const onUncaught = (fault: unknown) => uncaught.push(fault)

    beforeEach(() => {
      uncaught.length = 0
      process.on('uncaughtException', onUncaught)
      world = makeWorld()
    })
    afterEach(async () => {
      await world.close()
      process.off('uncaughtException', onUncaught)
      expect(uncaught).toEqual([])
    })

    async function aliceAndBob(options: WorldMeshOptions = {}) {
      const [alice, bob] = await Promise.all([world.mesh(options), world.mesh(options)])
      return { alice, bob }
    }

    /** Alice dials Bob; both ends of the link, and of one channel. */
    async function talking(options: WorldMeshOptions = {}) {
      const { alice, bob } = await aliceAndBob(options)
      const { link, accepted } = await linked(alice, bob)
      const theirs = next<Channel>(accepted.onChannel)
      const mine = await link.open('messages', soon())
      return { alice, bob, link, accepted, mine, theirs: await theirs }
    }

    describe('links', () => {
      test('both sides learn of a link, of each other, and who dialled', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link, accepted } = await linked(alice, bob)
        expect(link.peer).toBe(bob.self)
        expect(link.outbound).toBe(true)
        expect(accepted.peer).toBe(alice.self)
        expect(accepted.outbound).toBe(false)
        expect(link.remote.relayed).toBe(false)
        expect(bob.listening().join()).toContain(`/${link.remote.host}/tcp/${link.remote.port}`)
      })

      test('the dialler is told of its own link, before dial answers', async () => {
        const { alice, bob } = await aliceAndBob()
        const told: Link[] = []
        alice.onLink((link) => told.push(link))
        const link = await alice.dial(bob.self, bob.listening(), soon())
        expect(told).toEqual([link])
      })

      test('two dials to one peer are two links, the newer with the higher number', async () => {
        const { alice, bob } = await aliceAndBob()
        const [first, second] = await Promise.all([
          alice.dial(bob.self, bob.listening(), soon()),
          alice.dial(bob.self, bob.listening(), soon()),
        ])
        const third = await alice.dial(bob.self, bob.listening(), soon())
        expect(new Set([first.number, second.number, third.number]).size).toBe(3)
        expect(third.number).toBeGreaterThan(Math.max(first.number, second.number))
        first.close()
        await next<void>(first.onClose)
        expect(second.closed).toBe(false)
        expect(third.closed).toBe(false)
      })

      test('when both dial each other there are two links, one each way', async () => {
        const { alice, bob } = await aliceAndBob()
        const seen: boolean[] = []
        alice.onLink(({ outbound }) => seen.push(outbound))
        await Promise.all([
          alice.dial(bob.self, bob.listening(), soon()),
          bob.dial(alice.self, alice.listening(), soon()),
        ])
        await expect.poll(() => seen.toSorted()).toEqual([false, true])
      })

      test('the end of a link is seen at both sides, once, and at once by who asks late', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link, accepted } = await linked(alice, bob)
        let told = 0
        accepted.onClose(() => told++)
        link.close()
        expect(link.closed).toBe(true)
        await next<void>(accepted.onClose)
        expect(accepted.closed).toBe(true)
        expect(told).toBe(1)
        let late = false
        accepted.onClose(() => {
          late = true
        })
        expect(late).toBe(true)
      })

      test('whoever stops ends its links; stopping twice is stopping once', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link } = await linked(alice, bob)
        const ended = next<void>(link.onClose)
        await Promise.all([bob.stop(), bob.stop()])
        await ended
        expect(bob.listening()).toEqual([])
      })

      test('nobody at the address, nobody of that name, no address: unreachable', async () => {
        const { alice, bob } = await aliceAndBob()
        const carol = (await newKey()).peer
        const addresses = bob.listening()
        await expect(alice.dial(carol, addresses, soon())).rejects.toMatchObject({ code: 'unreachable' })
        await expect(alice.dial(bob.self, [], soon())).rejects.toMatchObject({ code: 'unreachable' })
        await expect(alice.dial(bob.self, ['nowhere'], soon())).rejects.toMatchObject({ code: 'unreachable' })
        await bob.stop()
        await expect(alice.dial(bob.self, addresses, soon())).rejects.toMatchObject({ code: 'unreachable' })
      })

      test('each address that came to nothing is told, and why; one that was not tried is not', async () => {
        const { alice, bob } = await aliceAndBob()
        const told: [string, string][] = []
        const onFailure = (address: string, why: string) => void told.push([address, why])
        await alice.dial(bob.self, bob.listening(), { ...soon(), onFailure })
        expect(told).toEqual([])
        const [address = ''] = bob.listening()
        await bob.stop()
        await expect(
          alice.dial(bob.self, [`${address}/p2p/${bob.self}`], { ...soon(), onFailure }),
        ).rejects.toMatchObject({ code: 'unreachable' })
        expect(told.map(([, why]) => why)).toEqual(['refused'])
        expect(told[0]?.[0]).toContain(address)
      })

      test('a dead address does not hide the live one', async () => {
        const { alice, bob } = await aliceAndBob()
        const dead = '/ip4/127.0.0.1/tcp/1'
        const link = await alice.dial(bob.self, [dead, ...bob.listening()], soon())
        expect(link.peer).toBe(bob.self)
      })

      test('a dial can be given up', async () => {
        const { alice, bob } = await aliceAndBob()
        const giveUp = new AbortController()
        const dial = alice.dial(bob.self, bob.listening(), { signal: giveUp.signal })
        giveUp.abort()
        await expect(dial).rejects.toMatchObject({ code: 'aborted' })
        await expect(alice.dial(bob.self, bob.listening(), { signal: giveUp.signal })).rejects.toMatchObject({
          code: 'aborted',
        })
      })

      test('who is hidden listens nowhere, and dials all the same', async () => {
        const hidden = await world.mesh({ hidden: true })
        const bob = await world.mesh()
        expect(hidden.listening()).toEqual([])
        const { link } = await linked(hidden, bob)
        expect(link.peer).toBe(bob.self)
      })

      test('a listener that throws on a new link harms neither link nor the next listener', async () => {
        const faults: unknown[] = []
        const { alice, bob } = await aliceAndBob({ onFault: (fault) => faults.push(fault) })
        bob.onLink(() => {
          throw new Error('clumsy')
        })
        const { accepted } = await linked(alice, bob)
        expect(accepted.closed).toBe(false)
        expect(faults).toHaveLength(1)
      })
    })

    describe('channels', () => {
      test('the other side is told which channel was opened, and on which link', async () => {
        const { link, accepted, mine, theirs } = await talking()
        expect(mine.kind).toBe('messages')
        expect(theirs.kind).toBe('messages')
        expect(mine.link).toBe(link)
        expect(theirs.link).toBe(accepted)
        const presence = next<Channel>(accepted.onChannel)
        await link.open('presence', soon())
        expect((await presence).kind).toBe('presence')
      })

      test('only the dialler opens channels', async () => {
        const { accepted } = await talking()
        await expect(accepted.open('presence', soon())).rejects.toMatchObject({ code: 'unreachable' })
      })

      test('frames of every size arrive in order and whole, both ways', async () => {
        const { mine, theirs } = await talking()
        const sizes = [1, 2, 127, 128, 129, 16_383, 16_384, 16_385, FRAME_LIMIT, 1]
        for (const [from, to] of [
          [mine, theirs],
          [theirs, mine],
        ] as const) {
          const got = collect(to)
          sizes.forEach((size, index) => {
            from.send(frame(size, index))
          })
          await expect.poll(() => got.length).toBe(sizes.length)
          expect(got.map(({ byteLength }) => byteLength)).toEqual(sizes)
          got.forEach((bytes, index) => {
            expect(Buffer.compare(bytes, frame(sizes[index] ?? 0, index))).toBe(0)
          })
        }
      })

      test('a thousand frames of one turn arrive as a thousand frames', async () => {
        const { mine, theirs } = await talking()
        const got = collect(theirs)
        for (let index = 0; index < 1_000; index++) mine.send(frame(1 + (index % 300), index))
        await expect.poll(() => got.length).toBe(1_000)
        got.forEach((bytes, index) => {
          expect(bytes[0]).toBe(index & 0xff)
          expect(bytes.byteLength).toBe(1 + (index % 300))
        })
      })

      test('what is sent may be changed right after', async () => {
        const { mine, theirs } = await talking()
        const got = collect(theirs)
        const bytes = frame(10, 7)
        mine.send(bytes)
        await Promise.resolve()
        bytes.fill(0)
        await expect.poll(() => got[0]?.[0]).toBe(7)
      })

      test('a frame over the limit is refused where it is sent', async () => {
        const { mine, theirs } = await talking()
        const got = collect(theirs)
        expect(() => mine.send(new Uint8Array(FRAME_LIMIT + 1))).toThrow(
          expect.objectContaining({ code: 'too-large' }),
        )
        mine.send(frame(3, 1))
        await expect.poll(() => got.length).toBe(1)
      })

      test('frames that come before anybody listens wait', async () => {
        const { mine, theirs } = await talking()
        mine.send(frame(5, 1))
        mine.send(frame(6, 2))
        const got = collect(mine)
        theirs.send(frame(7, 3))
        await expect.poll(() => got.length).toBe(1)
        const early = collect(theirs)
        await expect.poll(() => early.map(({ byteLength }) => byteLength)).toEqual([5, 6])
      })

      test('a channel that came before anybody asked waits too', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link, accepted } = await linked(alice, bob)
        const channel = await link.open('presence', soon())
        const got = collect(channel)
        channel.send(frame(4, 4))
        const theirs = await next<Channel>(accepted.onChannel)
        theirs.onFrame((bytes) => theirs.send(bytes))
        await expect.poll(() => got.length).toBe(1)
      })

      test('the listener may answer from within, and send from anywhere', async () => {
        const { mine, theirs } = await talking()
        theirs.onFrame((bytes) => theirs.send(bytes))
        const got = collect(mine)
        for (let index = 0; index < 50; index++) mine.send(frame(20, index))
        await expect.poll(() => got.length).toBe(50)
      })

      test('a listener that throws closes its channel, at both sides, and nothing else', async () => {
        const faults: unknown[] = []
        const { link, accepted, mine, theirs } = await talking({ onFault: (fault) => faults.push(fault) })
        const other = next<Channel>(accepted.onChannel)
        const presence = await link.open('presence', soon())
        const got = collect(await other)
        theirs.onFrame(() => {
          throw new Error('clumsy')
        })
        const ended = Promise.all([next<void>(mine.onClose), next<void>(theirs.onClose)])
        mine.send(frame(9, 9))
        await ended
        expect(faults).toHaveLength(1)
        presence.send(frame(3, 3))
        await expect.poll(() => got.length).toBe(1)
        expect(link.closed).toBe(false)
      })

      test('closing is seen at the other side, after the last frame', async () => {
        const { link, mine, theirs } = await talking()
        const story: string[] = []
        theirs.onFrame(({ byteLength }) => story.push(`frame ${byteLength}`))
        theirs.onClose(() => story.push('end'))
        mine.send(frame(11, 0))
        mine.send(frame(12, 0))
        mine.close()
        expect(mine.closed).toBe(true)
        await expect.poll(() => story).toEqual(['frame 11', 'frame 12', 'end'])
        expect(link.closed).toBe(false)
      })

      test('a goodbye sent in the turn of the link’s end arrives', async () => {
        const { link, mine, theirs } = await talking()
        const got = collect(theirs)
        mine.send(frame(8, 8))
        link.close()
        await next<void>(theirs.onClose)
        expect(got).toHaveLength(1)
      })

      test('a goodbye on the younger channel arrives, although who reads the end of the older one closes the link', async () => {
        const { link, accepted, mine, theirs } = await talking()
        const other = next<Channel>(accepted.onChannel)
        const presence = await link.open('presence', soon())
        const got = collect(await other)
        theirs.onFrame(() => {})
        theirs.onClose(() => accepted.close())
        mine.send(frame(3, 3))
        presence.send(frame(4, 4))
        await expect.poll(() => got.length).toBe(1)
        presence.send(frame(8, 8))
        link.close()
        await next<void>(accepted.onClose)
        await expect.poll(() => got.length).toBe(2)
      })

      test('sending on a closed channel does nothing', async () => {
        const { mine, theirs } = await talking()
        theirs.close()
        await next<void>(mine.onClose)
        mine.send(frame(1, 1))
        await mine.drained()
        expect(mine.backlog).toBe(0)
        expect(mine.closed).toBe(true)
      })

      test('the end of a link ends its channels', async () => {
        const { link, mine, theirs } = await talking()
        link.close()
        await Promise.all([next<void>(mine.onClose), next<void>(theirs.onClose)])
        await expect(link.open('presence', soon())).rejects.toMatchObject({ code: 'unreachable' })
      })

      test('a paused reader is felt by the writer, loses nothing, and goes on', async () => {
        const { mine, theirs } = await talking()
        const got: number[] = []
        theirs.onFrame((bytes) => {
          got.push(bytes[0] ?? -1)
          if (got.length === 3) theirs.pause()
        })
        const frames = 400
        const size = 16 * 1024
        for (let index = 0; index < frames; index++) mine.send(frame(size, index))
        await expect.poll(() => got.length).toBe(3)
        await settled(() => mine.backlog)
        expect(got).toHaveLength(3)
        expect(mine.backlog).toBeGreaterThan(frames * size - WINDOW_AT_MOST)
        const drained = mine.drained()
        theirs.resume()
        await expect.poll(() => got.length, { timeout: 5_000 }).toBe(frames)
        await drained
        expect(mine.backlog).toBe(0)
        expect(got).toEqual(Array.from({ length: frames }, (_, index) => index & 0xff))
      })

      test('a reader that pauses before it listens gets nothing until it resumes', async () => {
        const { mine, theirs } = await talking()
        theirs.pause()
        const got = collect(theirs)
        mine.send(frame(5, 5))
        const back = collect(mine)
        theirs.send(frame(6, 6))
        await expect.poll(() => back.length).toBe(1)
        expect(got).toEqual([])
        theirs.resume()
        await expect.poll(() => got.length).toBe(1)
      })
    })

    describe('questions', () => {
      const said = (text: string) => new TextEncoder().encode(text)
      const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

      test('either side asks, and is answered by whoever is asked, on the link it came over', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link, accepted } = await linked(alice, bob)
        bob.onQuestion(async (from, question) =>
          said(`${from === accepted} ${from.peer === alice.self} ${read(question)}`),
        )
        alice.onQuestion(async (from, question) => said(`${from === link} ${read(question)}`))
        expect(read(await link.ask(said('open?'), soon()))).toBe('true true open?')
        expect(read(await accepted.ask(said('and you?'), soon()))).toBe('true and you?')
      })

      test('an answer may be as long as a frame; a question may not', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link } = await linked(alice, bob)
        const long = new Uint8Array(FRAME_LIMIT).fill(7)
        bob.onQuestion(async (_, question) => (question.length === QUESTION_LIMIT ? long : new Uint8Array(1)))
        expect(await link.ask(new Uint8Array(QUESTION_LIMIT), soon())).toEqual(long)
        await expect(link.ask(new Uint8Array(QUESTION_LIMIT + 1), soon())).rejects.toMatchObject({
          code: 'too-large',
        })
      })

      test('nobody to answer, a fault, too long an answer: unreachable, and the link stays', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link } = await linked(alice, bob)
        const ask = () => link.ask(said('?'), soon())
        await expect(ask()).rejects.toMatchObject({ code: 'unreachable' })
        bob.onQuestion(() => {
          throw new Error('broken')
        })
        await expect(ask()).rejects.toMatchObject({ code: 'unreachable' })
        bob.onQuestion(async () => new Uint8Array(FRAME_LIMIT + 1))
        await expect(ask()).rejects.toMatchObject({ code: 'unreachable' })
        bob.onQuestion(async () => said('again'))
        expect(read(await ask())).toBe('again')
        expect(link.closed).toBe(false)
      })

      test('a question can be given up, and ends with its link', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link } = await linked(alice, bob)
        let asked = 0
        bob.onQuestion(() => {
          asked += 1
          return new Promise(() => {})
        })
        const given = new AbortController()
        const first = link.ask(said('?'), { signal: given.signal })
        const second = link.ask(said('?'), soon())
        const ends = Promise.all([
          expect(first).rejects.toMatchObject({ code: 'aborted' }),
          expect(second).rejects.toMatchObject({ code: 'unreachable' }),
        ])
        await expect.poll(() => asked).toBe(2)
        given.abort()
        await expect(link.ask(said('?'), { signal: given.signal })).rejects.toMatchObject({ code: 'aborted' })
        link.close()
        await ends
        await expect(link.ask(said('?'), soon())).rejects.toMatchObject({ code: 'unreachable' })
      })

      test('a link may not be asked without end', async () => {
        const { alice, bob } = await aliceAndBob()
        const { link } = await linked(alice, bob)
        let answerAll = () => {}
        const wait = new Promise<void>((resolve) => (answerAll = resolve))
        bob.onQuestion(async () => {
          await wait
          return said('yes')
        })
        const asking = Array.from({ length: QUESTIONS_AT_ONCE }, () => link.ask(said('?'), soon()))
        await expect(link.ask(said('?'), soon())).rejects.toMatchObject({ code: 'unreachable' })
        answerAll()
        expect((await Promise.all(asking)).map(read)).toEqual(asking.map(() => 'yes'))
      })
    })

    describe('the carrier', () => {
      async function carriers(count: number) {
        const meshes = await Promise.all(Array.from({ length: count }, () => world.mesh()))
        const got = meshes.map((mesh) => {
          const announcements: { tag: number; neighbour: PeerId }[] = []
          mesh.carrier.onAnnouncement((bytes, neighbour) =>
            announcements.push({ tag: bytes[0] ?? -1, neighbour }),
          )
          return announcements
        })
        return { meshes, got }
      }

      /** Links them in a row: the ends hear each other only through those between. */
      async function inRow(meshes: readonly Mesh[]) {
        for (const [index, mesh] of meshes.entries()) {
          const following = meshes[index + 1]
          if (following !== undefined) await mesh.dial(following.self, following.listening(), soon())
        }
      }

      test('reaches neighbours and those behind them, never who published', async () => {
        const { meshes, got } = await carriers(3)
        for (const { carrier } of meshes) carrier.join(TOPIC, () => 'accept')
        await inRow(meshes)
        const [alice, bob, carol] = meshes as [Mesh, Mesh, Mesh]
        await everyoneHears(alice, [got[1], got[2]])
        expect(got[1]?.every(({ neighbour }) => neighbour === alice.self)).toBe(true)
        expect(got[2]?.every(({ neighbour }) => neighbour === bob.self)).toBe(true)
        expect(got[0]).toEqual([])
        await everyoneHears(carol, [got[0], got[1]])
      })

      test('what is rejected or ignored is neither delivered nor relayed; own ones are not judged', async () => {
        const { meshes, got } = await carriers(3)
        const [alice, bob] = meshes as [Mesh, Mesh, Mesh]
        const judged: number[] = []
        for (const { carrier, self } of meshes) {
          carrier.join(TOPIC, (bytes) => {
            if (self === alice.self) throw new Error('alice judges her own')
            if (self === bob.self) judged.push(bytes[0] ?? -1)
            return bytes[0] === 1 ? 'reject' : bytes[0] === 2 ? 'ignore' : 'accept'
          })
        }
        await inRow(meshes)
        await everyoneHears(alice, [got[1], got[2]])
        await alice.carrier.publish(announcement(1))
        await alice.carrier.publish(announcement(2))
        await alice.carrier.publish(announcement(3))
        for (const announcements of got.slice(1)) {
          await expect.poll(() => announcements.some(({ tag }) => tag === 3)).toBe(true)
          expect(announcements.some(({ tag }) => tag === 1 || tag === 2)).toBe(false)
        }
        expect(judged).toContain(1)
        expect(judged).toContain(2)
      })

      test('a judge that throws lets nothing through, and a listener that throws stops nothing', async () => {
        const { meshes, got } = await carriers(2)
        const [alice, bob] = meshes as [Mesh, Mesh]
        alice.carrier.join(TOPIC, () => 'accept')
        bob.carrier.join(TOPIC, (bytes) => {
          if (bytes[0] === 1) throw new Error('clumsy')
          return 'accept'
        })
        let thrown = 0
        bob.carrier.onAnnouncement(() => {
          thrown++
          throw new Error('clumsier')
        })
        await inRow(meshes)
        await everyoneHears(alice, [got[1]])
        await alice.carrier.publish(announcement(1))
        await alice.carrier.publish(announcement(3))
        await expect.poll(() => got[1]?.some(({ tag }) => tag === 3)).toBe(true)
        expect(got[1]?.some(({ tag }) => tag === 1)).toBe(false)
        expect(thrown).toBeGreaterThan(1)
      })

      test('with nobody there it reaches nobody, and that is no error', async () => {
        const alice = await world.mesh()
        alice.carrier.join(TOPIC, () => 'accept')
        expect(await alice.carrier.publish(announcement(3))).toBe(0)
      })
    })

    describe('the air', () => {
      async function overheard(mesh: Mesh, of: PeerId): Promise<Heard> {
        return new Promise((resolve) => {
          mesh.air.onHeard((heard) => {
            if (heard.peer === of) resolve(heard)
          })
        })
      }

      test('a question is heard by others and not by who asked', async () => {
        const { alice, bob } = await aliceAndBob()
        let own = 0
        alice.air.onAsked(() => own++)
        const asked = next<boolean>(bob.air.onAsked)
        alice.air.ask()
        await asked
        expect(own).toBe(0)
      })

      test('an answer tells key, mesh, and addresses that can be dialled', async () => {
        const { alice, bob } = await aliceAndBob()
        const hearing = overheard(alice, bob.self)
        bob.air.answer({})
        const heard = await hearing
        expect(heard).toMatchObject({ peer: bob.self, mesh: MESH_HASH, visiting: false, goodbye: false })
        expect(heard.addresses.toSorted()).toEqual(bob.listening().toSorted())
        expect(alice.networks().some(({ name }) => name === heard.network)).toBe(true)
        const link = await alice.dial(heard.peer, heard.addresses, soon())
        expect(link.remote.host).not.toBe('')
      })

      test('what was said, what came back, and what was heard of others is counted', async () => {
        const { alice, bob } = await aliceAndBob()
        const asked = next<boolean>(bob.air.onAsked)
        alice.air.ask()
        await asked
        const loud = () => alice.air.traffic().filter(({ said }) => said > 0)
        await expect.poll(() => loud().every(({ said, ownHeard }) => ownHeard >= said)).toBe(true)
        expect(loud().length).toBeGreaterThan(0)
        expect(loud().every(({ unsaid, fault }) => unsaid === 0 && fault === undefined)).toBe(true)
      })

      test('a host tells of itself', async () => {
        const { alice } = await aliceAndBob()
        expect((await alice.host()).platform).toBeTypeOf('string')
      })

      test('a visitor says so, and a goodbye is told as one', async () => {
        const { alice, bob } = await aliceAndBob()
        const visiting = overheard(alice, bob.self)
        bob.air.answer({ visiting: true })
        expect((await visiting).visiting).toBe(true)
        const goodbye = overheard(alice, bob.self)
        bob.air.answer({ goodbye: true })
        expect((await goodbye).goodbye).toBe(true)
      })

      test('a goodbye in the turn of the end arrives', async () => {
        const { alice, bob } = await aliceAndBob()
        const first = overheard(alice, bob.self)
        bob.air.answer({})
        await first
        const goodbye = overheard(alice, bob.self)
        bob.air.answer({ goodbye: true })
        await bob.stop()
        expect((await goodbye).goodbye).toBe(true)
      })

      test('own answers are not told; who is hidden answers nobody', async () => {
        const { alice, bob } = await aliceAndBob()
        const hidden = await world.mesh({ hidden: true })
        const told: PeerId[] = []
        alice.air.onHeard(({ peer }) => told.push(peer))
        alice.air.onEcho(() => told.push(alice.self))
        alice.air.answer({})
        hidden.air.answer({})
        const hearing = overheard(alice, bob.self)
        bob.air.answer({})
        await hearing
        expect(told).not.toContain(alice.self)
        expect(told).not.toContain(hidden.self)
      })

      test('another home with our key is an echo, not a person', async () => {
        const alice = await world.mesh()
        const clone = await world.mesh({ cloneOf: alice })
        const told: PeerId[] = []
        alice.air.onHeard(({ peer }) => told.push(peer))
        const echo = next<Echo>(alice.air.onEcho)
        clone.air.answer({ starting: true })
        const heard = await echo
        expect(heard).toMatchObject({ source: expect.stringMatching(/./), visiting: false, starting: true })
        expect(heard.stays).toBe(false)
        expect(told).not.toContain(alice.self)
        // Both see it, and agree that the one that was here first stays.
        const back = next<Echo>(clone.air.onEcho)
        alice.air.answer({})
        const heardBack = await back
        expect(heardBack).toMatchObject({ starting: false, stays: true })
      })

      test('a home asks after its own key by name, and only who has that key is meant', async () => {
        const alice = await world.mesh()
        const bob = await world.mesh()
        const clone = await world.mesh({ cloneOf: alice })
        const meant = [next<boolean>(bob.air.onAsked), next<boolean>(clone.air.onAsked)]
        alice.air.ask({ own: true })
        expect(await Promise.all(meant)).toEqual([false, true])
      })
    })
  })
}

async function linked(from: Mesh, to: Mesh): Promise<{ link: Link; accepted: Link }> {
  const accepting = next<Link>(to.onLink)
  const link = await from.dial(to.self, to.listening(), soon())
  return { link, accepted: await accepting }
}

function collect(channel: Channel): Uint8Array[] {
  const got: Uint8Array[] = []
  channel.onFrame((bytes) => got.push(bytes.slice()))
  return got
}

/** Bytes that tell their place: the first is `index`, the rest follows from it. */
function frame(size: number, index: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (index + at * 7) & 0xff)
}

function announcement(tag: number): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(512))
  bytes[0] = tag
  return bytes
}

/** Publishes until all have heard: subscriptions take a moment to spread after a link came up. */
async function everyoneHears(
  from: Mesh,
  listeners: readonly ({ tag: number }[] | undefined)[],
): Promise<void> {
  const before = listeners.map((got) => got?.length ?? 0)
  await expect
    .poll(
      async () => {
        await from.carrier.publish(announcement(0))
        return listeners.every((got, index) => (got?.length ?? 0) > (before[index] ?? 0))
      },
      { timeout: 5_000, interval: 20 },
    )
    .toBe(true)
}

/** Waits until `value` is the same twice, 50 ms apart. */
async function settled(value: () => number): Promise<void> {
  let last = Number.NaN
  await expect
    .poll(
      () => {
        const same = value() === last
        last = value()
        return same
      },
      { interval: 50 },
    )
    .toBe(true)
}
