/** Somebody sits on the wire between Alice and Bob and changes what passes (scene 60). */
import { expect, test } from 'vitest'
import { cutWire } from '../support/mesh-stranger.ts'
import { street } from '../support/street.ts'

test('One bit of Alice’s message is changed on its way: Bob rejects it, Alice does not take it for delivered, and the true one arrives once (scene 60)', async () => {
  await using place = street()
  const bob = await place.moveIn('Bob')
  const wire = await cutWire(bob.mesh)
  try {
    const alice = await place.moveIn('Alice')
    await bob.agent.addContact({ who: `pres:${alice.peerId}` })
    // The only address of Bob that she knows leads past whoever sits there.
    await alice.agent.addContact({ who: `nigh:${bob.peerId}?addr=${wire.address}` })
    const to = `im:${bob.peerId}`
    expect(await alice.agent.send({ to, text: 'hello', waitMs: 5_000 })).toMatchObject({ outcome: 'success' })

    const text = 'send 10 to Carol '.repeat(20)
    const flipped = wire.flipBit(text.length)
    wire.shut(true)
    const lost = new Promise<void>((resolve) => bob.channels.at(-1)?.onClose(resolve))
    const sent = await alice.agent.send({ to, text, waitMs: 300 })
    await Promise.all([flipped, lost])
    expect(sent).toMatchObject({ state: 'sent', outcome: 'indeterminate' })
    const texts = async () =>
      (await bob.agent.inbox()).map((row) => ('text' in row && row.text !== undefined ? row.text : ''))
    expect(await texts()).toEqual(['hello'])
    expect((await alice.agent.outbox()).at(-1)).toMatchObject({ id: sent.id, outcome: 'indeterminate' })

    wire.shut(false)
    const state = async () => (await alice.agent.outbox()).at(-1)?.disposition
    await expect.poll(state, { timeout: 10_000 }).toBe('delivered')
    expect(await texts()).toEqual(['hello', text])
    expect(bob.events.filter(({ event }) => event === 'message')).toHaveLength(2)
  } finally {
    await wire.close()
  }
})

test('Control: the same wire, and nobody touches what passes', async () => {
  await using place = street()
  const bob = await place.moveIn('Bob')
  const wire = await cutWire(bob.mesh)
  try {
    const alice = await place.moveIn('Alice')
    await bob.agent.addContact({ who: `pres:${alice.peerId}` })
    await alice.agent.addContact({ who: `nigh:${bob.peerId}?addr=${wire.address}` })
    const text = 'send 10 to Carol '.repeat(20)
    const sent = await alice.agent.send({ to: `im:${bob.peerId}`, text, waitMs: 5_000 })
    expect(sent).toMatchObject({ outcome: 'success', disposition: 'delivered' })
  } finally {
    await wire.close()
  }
})
