/** Somebody leaves the keys and comes back, as the other one reads it on their screen. */
import { describe, expect, test } from 'vitest'
import { hasTmux, needsTmux, stage } from './stage.ts'

describe.skipIf(!hasTmux)(`leaving the keys${needsTmux}`, () => {
  test('idle without a key, back with the first, at any of two screens; what was set by hand stays, and leaving leaves nothing', async () => {
    await using here = await stage()
    await here.run('alice', 'whoami')
    await here.run('alice', 'me', '--away-after', '2s')
    const up = await here.nigh('alice', { args: 'up' })
    await up.shows('You are alice')
    const bob = await here.nigh('bob', { size: { columns: 100, rows: 30 } })
    await bob.shows(/● alice +now/)
    await bob.press('c')
    await bob.shows('is a contact now')
    await here.run('alice', 'contacts', 'add', 'bob')
    await here.run('alice', 'status', '--activity', 'busy', '--note', 'in a call', '--until', '1h')
    await bob.press('Escape')
    await bob.shows('open (busy) in a call')

    const desk = await here.nigh('alice')
    await desk.shows(/● bob +now/)
    await bob.shows('idle since')
    expect(await bob.text()).toContain('open (busy) in a call')
    await desk.press('Down')
    await bob.hides('idle since')
    expect(await bob.text()).toContain('open (busy) in a call')

    // A second screen, at which somebody types; the first one is left alone.
    await bob.shows('idle since')
    const laptop = await here.nigh('alice')
    await laptop.shows(/● bob +now/)
    await bob.hides('idle since')
    await bob.shows('idle since')
    await laptop.press('Down')
    await bob.hides('idle since')
    await bob.shows('idle since')

    // One is left by its key, the other one's window is closed.
    await laptop.press('q')
    await laptop.shows('Your Nigh goes on running.')
    await bob.shows('idle since')
    await desk.close()
    await bob.hides('idle since')
    expect(await bob.text()).toContain('open (busy) in a call')
  })
})
