/**
 * Ours, as a program would use it: createPeer, contacts on both sides, agent.send until the outcome, and a reader of
 * events on the receiving side. Nothing of the inside is touched before the stores are read back.
 */
import { join } from 'node:path'
import { createPeer, type Peer } from '../src/index.ts'
import type { OutboxRow } from '../src/ports.ts'
import { openStore } from '../src/store/store.ts'
import { ANSWER_WITHIN_MS, inTurn, inWindow, type MessagesParty } from './messages-party.ts'
import { answering } from './participant.ts'

/** Rows read back at once. */
const PAGE = 5_000

let home = ''
let peer: Peer | undefined
let isSender = false
const told: string[] = []

function opened(): Peer {
  if (peer === undefined) throw new Error('not open')
  return peer
}

async function readEvents(from: Peer): Promise<void> {
  for await (const event of from.events()) if (event.event === 'message') told.push(event.text)
}

async function send(text: string): Promise<void> {
  const { outcome, reason } = await opened().send({ to: 'friend', text, waitMs: ANSWER_WITHIN_MS })
  if (outcome !== 'success') throw new Error(`a message ended as ${outcome} ${reason ?? ''}`)
}

const party: MessagesParty = {
  async open({ folder, mesh }) {
    home = folder
    peer = await createPeer({ home, name: 'party', mesh, interfaces: ['lo'] })
    void readEvents(peer)
    return (await peer.whoami()).card
  },
  async meet(other, role) {
    await opened().addContact({ who: other, name: 'friend' })
    isSender = role === 'sender'
    const there = async (): Promise<boolean> =>
      (await opened().who()).some(({ who, evidence }) => who.petname === 'friend' && evidence === 'live')
    for await (const _event of opened().events()) if (await there()) break
  },
  oneByOne: (all) => inTurn(all, send),
  pipelined: (all) => inWindow(all, send),
  async kept() {
    await opened().close()
    const store = await openStore(join(home, 'nigh.db'))
    const decoder = new TextDecoder()
    const bodies: string[] = []
    for (let before = Number.POSITIVE_INFINITY; ; ) {
      const rows = isSender
        ? await store.outbox.page({ before, limit: PAGE })
        : await store.inbox.page({ before, limit: PAGE })
      const [oldest] = rows
      if (oldest === undefined) break
      before = oldest.seq
      if (isSender && !rows.every((row) => succeeded(row as OutboxRow)))
        throw new Error('a row of the outbox is not settled as success')
      bodies.unshift(...rows.map(({ body }) => decoder.decode(body)))
    }
    await store.close()
    if (!isSender && told.length !== bodies.length)
      throw new Error(`${bodies.length} messages kept, ${told.length} told`)
    return bodies
  },
}

const succeeded = ({ state, outcome, disposition }: OutboxRow): boolean =>
  state === 'settled' && outcome === 'success' && disposition === 'delivered'

answering(party, async () => peer?.close())
