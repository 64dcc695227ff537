/**
 * Ours, as a program would use it: createPeer, contacts on both sides, a status change, and the `changed` that a watcher
 * reads from its events. In a star the watchers are hidden: they listen nowhere and are heard by nobody, so that they
 * know the presentity alone, as the yardstick's do.
 */
import { join } from 'node:path'
import { createPeer, type Peer } from '../src/index.ts'
import { answering, hostClock } from './participant.ts'
import { type PresentityParty, sightings, type WatchersParty, written } from './presence-party.ts'

const peers: Peer[] = []

async function close(): Promise<void> {
  await Promise.all(peers.map((peer) => peer.close()))
}

const noteOf = (number: number): string => `change ${number}`

const presentity: PresentityParty = {
  async open({ folder, mesh }) {
    const peer = await createPeer({
      home: join(folder, 'presentity'),
      name: 'presentity',
      mesh,
      interfaces: ['lo'],
    })
    peers.push(peer)
    return (await peer.whoami()).card
  },
  async welcome(watchers) {
    for (const [index, who] of watchers.entries())
      await peers[0]?.addContact({ who, name: `watcher ${index}` })
  },
  async change(number) {
    const at = hostClock()
    await peers[0]?.status({ note: noteOf(number) })
    return at
  },
  written,
  close,
}

let sightingsHere = sightings(0)

async function look(watcher: number, peer: Peer): Promise<void> {
  for await (const event of peer.events()) {
    if (event.event !== 'presence' || event.who.petname !== 'presentity') continue
    const number = /^change (\d+)$/.exec(event.presence?.note ?? '')?.[1]
    if (number !== undefined) sightingsHere.saw(watcher, Number(number))
  }
}

async function hasSeen(peer: Peer): Promise<boolean> {
  const all = await peer.who()
  return all.some(({ who, evidence, presence }) => {
    return who.petname === 'presentity' && evidence === 'live' && presence !== undefined
  })
}

const watchers: WatchersParty = {
  async open({ folder, mesh, count, star }) {
    sightingsHere = sightings(count)
    for (let index = 0; index < count; index++) {
      const home = join(folder, `watcher-${index}`)
      if (star) {
        const resting = await createPeer({ home, mesh, start: false })
        await resting.rules({ preset: 'hidden' })
        await resting.close()
      }
      peers.push(await createPeer({ home, mesh, interfaces: ['lo'] }))
    }
    return peers.map(({ peerId }) => peerId)
  },
  async watch(presentity) {
    for (const [index, peer] of peers.entries()) {
      void look(index, peer)
      await peer.addContact({ who: presentity, name: 'presentity' })
    }
    for (const peer of peers) for await (const _event of peer.events()) if (await hasSeen(peer)) break
  },
  seen: (number) => sightingsHere.all(number),
  written,
  close,
}

answering(process.env.ROLE === 'presentity' ? presentity : watchers, close)
