/** Presence beside messages on the same links, over real sockets: neither is in the other's way (RFC 2779 3.4.1). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPeer } from '../../src/index.ts'

const CHANGES = 100

const median = (times: number[]): number =>
  times.toSorted((one, other) => one - other)[times.length >> 1] ?? Number.NaN

test('Bob changes a hundred times and writes a hundred messages: the median notification takes at most twice as long as the median message (scene 28)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nigh-beside-'))
  const open = (name: string) =>
    createPeer({
      home: join(folder, name),
      name,
      mesh: 'side-by-side',
      interfaces: ['lo'],
    })
  const [alice, bob] = await Promise.all([open('alice'), open('bob')])
  const over = new AbortController()
  try {
    await alice.addContact({ who: (await bob.whoami()).card, name: 'bob' })
    await bob.addContact({ who: (await alice.whoami()).card, name: 'alice' })
    const leftAt = new Map<string, number>()
    const took = { notification: new Map<string, number>(), message: new Map<string, number>() }
    let wake = (): void => {}
    void (async () => {
      for await (const event of alice.events({}, { signal: over.signal })) {
        const said =
          event.event === 'message'
            ? event.text
            : event.event === 'presence'
              ? event.presence?.note
              : undefined
        const from = leftAt.get(said ?? '')
        if (said === undefined || from === undefined) continue
        const kind = event.event === 'message' ? took.message : took.notification
        if (!kind.has(said)) kind.set(said, performance.now() - from)
        wake()
      }
    })()
    const seen = async (which: Map<string, number>, what: string): Promise<void> => {
      while (!which.has(what)) await new Promise<void>((resolve) => (wake = resolve))
    }
    // Both are warm, and all links and grants stand.
    leftAt.set('first', performance.now())
    await bob.status({ note: 'first' })
    await seen(took.notification, 'first')
    expect((await bob.send({ to: 'alice', text: 'hello', waitMs: 10_000 })).outcome).toBe('success')

    for (let number = 0; number < CHANGES; number++) {
      const [note, text] = [`note ${number}`, `message ${number}`]
      leftAt.set(note, performance.now())
      const changing = bob.status({ note })
      leftAt.set(text, performance.now())
      const sending = bob.send({ to: 'alice', text })
      await Promise.all([changing, sending])
      await seen(took.notification, note)
      await seen(took.message, text)
    }
    took.notification.delete('first')
    const notification = median([...took.notification.values()])
    const message = median([...took.message.values()])
    console.log(
      `${CHANGES} of each: median notification ${notification.toFixed(2)} ms, median message ${message.toFixed(2)} ms`,
    )
    expect([took.notification.size, took.message.size]).toEqual([CHANGES, CHANGES])
    expect(notification).toBeLessThan(2 * message)
  } finally {
    over.abort()
    await Promise.all([alice.close(), bob.close()])
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
