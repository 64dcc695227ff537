/** What calls a person who looks elsewhere, in real terminals. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasTmux, needsTmux, type Stage, stage } from './stage.ts'

describe.skipIf(!hasTmux)(`a message that nobody sees come${needsTmux}`, () => {
  test('rings the bell and names its sender on the desktop; the same conversation rings no more', async () => {
    await using here = await stage()
    // A desktop that writes down what it is asked to show.
    const desk = join(here.home('alice'), '..', 'desk')
    mkdirSync(desk, { recursive: true })
    writeFileSync(
      join(desk, 'notify-send'),
      '#!/bin/sh\nfor each in "$@"; do printf \'<%s>\' "$each"; done >> "$0.shown"\n',
    )
    chmodSync(join(desk, 'notify-send'), 0o755)
    const env = { DISPLAY: ':0', PATH: `${desk}:${process.env.PATH}` }
    const alice = await here.nigh('alice', { env })
    const bob = await here.nigh('bob')
    for (const [each, other] of [
      [alice, 'bob'],
      [bob, 'alice'],
    ] as const) {
      await each.shows(new RegExp(`● ${other} +now`))
      await each.press('c')
      await each.shows('is a contact now')
    }
    const sent = await alice.record()
    await here.run('bob', 'send', 'alice', 'the secret plan')
    await alice.shows(/● bob +now +1/)
    await expect.poll(sent).toContain('\u0007')
    const shown = join(desk, 'notify-send.shown')
    await expect
      .poll(() => existsSync(shown) && readFileSync(shown, 'utf8'))
      .toBe('<--app-name=Nigh><--category=im.received><--><Nigh: bob><a message for you>')
    await here.run('bob', 'send', 'alice', 'and more of it')
    await alice.shows(/● bob +now +2/)
    expect(sent().split('\u0007')).toHaveLength(2)
    expect(readFileSync(shown, 'utf8').match(/Nigh: bob/g)).toHaveLength(1)

    // Whoever reads as it comes is not called.
    await alice.press('Enter')
    await alice.shows('bob: and more of it')
    await here.run('bob', 'send', 'alice', 'are you there?')
    await alice.shows('bob: are you there?')
    expect(sent().split('\u0007')).toHaveLength(2)

    // Nor at another screen of hers, where nobody looks at that conversation.
    const other = await here.nigh('alice', { env })
    await other.shows('bob: are you there?')
    const rung = await other.record()
    for (const text of ['one', 'two', 'three']) {
      await here.run('bob', 'send', 'alice', text)
      await other.shows(`bob: ${text}`)
    }
    await other.press('q')
    await other.shows('goes on running')
    expect(rung()).not.toContain('\u0007')
    await bob.press('q')
  })

  test('while another window has the keys, also what comes into an open conversation', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    await alice.shows('Enter talk')
    await here.run('alice', 'contacts', 'add', await cardOf(here, 'bob'))
    await here.run('bob', 'contacts', 'add', await cardOf(here, 'alice'))
    await alice.shows('Enter to write to bob')
    await alice.press('Enter')
    await here.run('bob', 'send', 'alice', 'one')
    await alice.shows('bob: one')
    const sent = await alice.record()
    // As a terminal tells that its window lost the keys, and has them again.
    await alice.press('Escape', '[', 'O')
    await here.run('bob', 'send', 'alice', 'two')
    await alice.shows('1 unread')
    await expect.poll(sent).toContain('\u0007')
    await alice.press('Escape', '[', 'I')
    await alice.hides('1 unread')
    await alice.shows('a message to bob')

    // A shell would take what is told for keys.
    await alice.press('C-c')
    await alice.shows('You have left.')
    expect(sent()).toContain('\u001b[?1004l')
  })
})

const cardOf = async (here: Stage, name: string): Promise<string> =>
  JSON.parse(await here.run(name, 'whoami', '--json')).card
