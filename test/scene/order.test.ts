/** What happens is told in the order of its numbers: whoever comes again with the last one he saw has missed nothing. */
import { expect, test } from 'vitest'
import { isStored } from '../../src/agent/events.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import type { Channel, Link, Mesh, Store } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { friends } from '../support/talk.ts'
import { town } from '../support/town.ts'

/** Receipts that came to Alice and were not read yet. */
type Unread = (() => void)[]

/** Receipts wait until somebody reads them. */
function unreadReceipts(unread: Unread): (mesh: Mesh) => Mesh {
  const instead = <Thing extends object>(real: Thing, members: Partial<Thing>): Thing =>
    new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(members, name) ?? Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const channel = (real: Channel): Channel =>
    instead(real, {
      onFrame: (listener) =>
        real.onFrame((frame) => {
          const isReceipt =
            real.kind === 'messages' && openMessageFrame(frame, '' as PeerId).kind === 'receipt'
          if (isReceipt) unread.push(() => listener(frame))
          else listener(frame)
        }),
    })
  const link = (real: Link): Link =>
    instead(real, {
      open: async (kind, options) => channel(await real.open(kind, options)),
      onChannel: (listener) => real.onChannel((opened) => listener(channel(opened))),
    })
  return (mesh) => instead(mesh, { onLink: (listener) => mesh.onLink((up) => listener(link(up))) })
}

test('Alice writes again in the moment in which a receipt comes: both are in one commit, and told in the order of their numbers', async () => {
  await using place = await town('numbers')
  const unread: Unread = []
  const readNow = (): void => {
    for (const read of unread.splice(0)) read()
  }
  const tapStore = (store: Store): Store => ({
    ...store,
    outbox: {
      ...store.outbox,
      owe(row) {
        const owing = store.outbox.owe(row)
        readNow()
        return owing
      },
    },
  })
  const { alice } = await friends(place, { alice: { tapStore, tapMesh: unreadReceipts(unread) } })
  for (const text of ['one', 'two', 'three']) {
    const sending = alice.agent.send({ to: 'Bob', text })
    await place.pass(1_000)
    await sending
  }
  readNow()
  await place.pass(1_000)
  const told = alice.events.filter(isStored)
  expect(told.filter(({ event }) => event === 'outcome')).toHaveLength(6)
  const numbers = told.map(({ seq }) => seq)
  expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
})
