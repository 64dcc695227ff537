/** The terminal itself: given back whatever happens, in any size, without colours, and shared with the peer of the home. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasTmux, needsTmux, stage } from './stage.ts'

const GIVEN_BACK = { alternate: false, cursor: true }

describe.skipIf(!hasTmux)(`the terminal${needsTmux}`, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s: goodbye, and the terminal is as it was', async (signal) => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    const bob = await here.nigh('bob')
    await bob.shows(/● alice +now/)
    await alice.shows(/● bob +now/)
    expect(await alice.modes()).toMatchObject({ alternate: true })
    process.kill(await alice.pid(), signal)
    await alice.shows('You have left.')
    expect(await alice.modes()).toEqual(GIVEN_BACK)
    await bob.shows(/- alice +left/)
    await alice.line('echo still $((40 + 2))')
    await alice.shows('still 42')
  })

  test('a closed terminal is a goodbye', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    const bob = await here.nigh('bob')
    await bob.shows(/● alice +now/)
    process.kill(await alice.pid(), 'SIGHUP')
    await bob.shows(/- alice +left/)
    const again = await here.nigh('alice')
    await bob.shows(/● alice +now/)
    await again.close()
    await bob.shows(/- alice +left/)
  })

  test('what was being written is there again after a kill', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    const bob = await here.nigh('bob')
    await alice.shows(/● bob +now/)
    await alice.press('Enter')
    await alice.shows('a message to bob')
    await alice.type('half a thought')
    await alice.shows('› half a thought')
    await expect
      .poll(() => existsSync(join(here.home('alice'), 'drafts.json')), { timeout: 20_000 })
      .toBe(true)
    process.kill(await alice.pid(), 'SIGKILL')
    await bob.shows(/\? alice/)
    const again = await here.nigh('alice')
    await again.shows('› half a thought')
  })

  test('a crash gives the terminal back before it says what happened', async () => {
    await using here = await stage()
    const crash = `data:text/javascript,process.on('SIGUSR2',()=>{throw new Error('a crash for the test')})`
    const alice = await here.nigh('alice', { env: { NODE_OPTIONS: `--import="${crash}"` } })
    await alice.shows('Enter talk')
    const sent = await alice.record()
    process.kill(await alice.pid(), 'SIGUSR2')
    await alice.shows('a crash for the test')
    expect(await alice.modes()).toEqual(GIVEN_BACK)
    // Told of its window's focus, a shell would take that for keys.
    await expect.poll(sent).toContain('\u001b[?1004l')
    await alice.line('echo still $((40 + 2))')
    await alice.shows('still 42')
  })

  test('Ctrl-Z gives the shell the terminal, fg brings the screen back', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    await alice.shows('Enter talk')
    const sent = await alice.record()
    await alice.press('C-z')
    await alice.shows('Stopped')
    expect(await alice.modes()).toEqual(GIVEN_BACK)
    await expect.poll(sent).toContain('\u001b[?1004l')
    await alice.line('fg')
    await alice.shows('Enter talk')
    await expect.poll(sent).toContain('\u001b[?1004h')
    await alice.press('?')
    await alice.shows('Among people')
  })

  test('Ctrl-Z where no shell could bring it back leaves the screen as it is', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice', { alone: true })
    await alice.shows('Enter talk')
    await alice.press('C-z')
    await alice.press('?')
    await alice.shows('Among people')
    expect(await alice.modes()).toMatchObject({ alternate: true })
  })

  test('what libraries and Node say does not break the screen, and comes out afterwards', async () => {
    await using here = await stage()
    const noise = `data:text/javascript,process.on('SIGUSR2',()=>{console.error('noise one');process.emitWarning('noise two');console.log('noise three')})`
    const alice = await here.nigh('alice', { env: { NODE_OPTIONS: `--import="${noise}"` } })
    await alice.shows('Enter talk')
    const before = await alice.text()
    process.kill(await alice.pid(), 'SIGUSR2')
    await alice.press('?')
    await alice.shows('Among people')
    await alice.press('Escape')
    await alice.shows('Enter talk')
    expect((await alice.text()).split('\n')[0]).toBe(before.split('\n')[0])
    expect(await alice.text()).not.toContain('noise')
    await alice.press('q')
    await alice.shows('You have left.')
    for (const said of ['noise one', 'noise two', 'noise three']) await alice.shows(said)
  })

  test('every size is drawn to its edges: small, usual, large, narrow, and on the way from one to the other', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    const bob = await here.nigh('bob')
    await alice.shows(/● bob +now/)
    await alice.press('Enter')
    await alice.shows('a message to bob')
    for (const size of [
      { columns: 200, rows: 60 },
      { columns: 40, rows: 12 },
      { columns: 80, rows: 24 },
    ]) {
      await alice.resize(size)
      const screen = await alice.shows(new RegExp(`^ Nigh  alice(?:[^\\n]*\\n){${size.rows - 1}} Enter send`))
      expect(screen.includes('│')).toBe(size.columns >= 60)
      expect(screen).toContain('a message to bob')
      expect(screen.split('Nigh  alice')).toHaveLength(2)
    }
    await alice.resize({ columns: 15, rows: 5 })
    await alice.shows('larger')
    await alice.resize({ columns: 80, rows: 24 })
    await alice.shows('a message to bob')
    await bob.shows(/● alice/)
  })

  test('wide characters, emoji, right to left and hostile text stand in their columns', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice', { size: { columns: 100, rows: 30 } })
    await here.run('bob', 'whoami')
    const bob = await here.nigh('bob')
    await alice.shows(/● bob +now/)
    await alice.press('c')
    await alice.shows('is a contact now')
    await bob.shows(/alice/)
    for (const text of ['你好 世界', 'שלום', '👩‍👩‍👧 ok', 'a\u202egpj.exe\u001b[2J'])
      await here.run('bob', 'send', 'alice', text)
    await alice.shows('你好 世界')
    await alice.shows('שלום')
    await alice.shows('\\u{202e}gpj.exe\\u{1b}[2J')
    const rows = (await alice.text()).split('\n')
    const column = rows[2]?.indexOf('│')
    for (const row of rows.slice(1, -2)) expect(row.indexOf('│')).toBe(column)
  })

  test('NO_COLOR: not one colour; a locale without UTF-8: ASCII signs and lines', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice', { env: { NO_COLOR: '1' } })
    const bob = await here.nigh('bob', { env: { LC_ALL: 'C' } })
    await alice.shows(/● bob +now/)
    await bob.shows(/\* alice +now/)
    await bob.shows('|')
    // Bold, dim and inverse are no colours.
    expect(await alice.coloured()).not.toMatch(/\u001b\[[\d;]*[34][0-8]/)
    expect(await bob.coloured()).toMatch(/\u001b\[[\d;]*3[0-8]/)
    expect(await bob.text()).not.toMatch(/[●│─›]/)
  })

  test('a terminal that cannot move its cursor has lines instead of a screen', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice', { env: { TERM: 'dumb' } })
    await alice.shows('cannot show a screen')
    await alice.shows('You are alice')
    expect(await alice.modes()).toMatchObject({ alternate: false })
    await alice.press('C-c')
    await alice.shows('You have left.')
  })

  test('with nigh up running the screen only attaches: leaving it ends nothing', async () => {
    await using here = await stage()
    const up = await here.nigh('alice', { args: 'up' })
    await up.shows('You are alice')
    const alice = await here.nigh('alice')
    const bob = await here.nigh('bob')
    await alice.shows(/● bob +now/)
    await bob.shows(/● alice +now/)
    await alice.press('q')
    await alice.shows('Your Nigh goes on running.')
    expect(await bob.text()).toMatch(/● alice +now/)

    const again = await here.nigh('alice')
    await again.shows(/● bob +now/)
    await up.press('C-c')
    await again.shows('Your Nigh has ended.')
    await again.shows('not connected')
    await again.shows(/\? bob/)
    // Another terminal runs it again: connected, without a key.
    await up.line('clear')
    const next = await here.nigh('alice', { args: 'up' })
    await next.shows('You are alice')
    await again.shows(/● bob +now/)
    await again.hides('not connected')
    await next.press('C-c')
    await again.shows('not connected')
    await again.press('h')
    await again.shows(/● bob +now/)
    await again.press('q')
    await again.shows('You have left.')
  })

  test('nigh down ends the screen’s own peer, and the screen with it', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    await alice.shows('Enter talk')
    await here.run('alice', 'down')
    await alice.shows('You have left.')
    expect(await alice.modes()).toEqual(GIVEN_BACK)
  })
})
