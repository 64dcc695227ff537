/** Bell and notification as they leave: where they can be shown, and nothing in them that is a command. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { harmless } from '../../src/doors/cli/harmless.ts'
import { BELL, commandFor, escapeFor, notifier, notifyWay } from '../../src/doors/tui/notify.ts'

describe('where a notification can be shown', () => {
  const desktop = { DISPLAY: ':0', TERM: 'xterm-256color' }
  const table: [
    where: string,
    env: Record<string, string>,
    platform: NodeJS.Platform,
    way: string | undefined,
  ][] = [
    ['iTerm2', { TERM_PROGRAM: 'iTerm.app' }, 'darwin', 'osc 9'],
    ['iTerm2 at the near end of ssh', { LC_TERMINAL: 'iTerm2', SSH_TTY: '/dev/pts/1' }, 'linux', 'osc 9'],
    ['kitty over ssh', { TERM: 'xterm-kitty', SSH_CONNECTION: '1 2 3 4' }, 'linux', 'osc 9'],
    ['foot', { TERM: 'foot', WAYLAND_DISPLAY: 'wayland-0' }, 'linux', 'osc 777'],
    ['a terminal of X', desktop, 'linux', 'notify-send'],
    [
      'tmux in kitty on a desktop',
      { ...desktop, TERM: 'xterm-kitty', TMUX: '/tmp/tmux' },
      'linux',
      'notify-send',
    ],
    ['screen in iTerm2', { TERM_PROGRAM: 'iTerm.app', STY: '1.pts' }, 'darwin', 'osascript'],
    [
      'another terminal over ssh, windows forwarded',
      { ...desktop, SSH_CONNECTION: '1 2 3 4' },
      'linux',
      undefined,
    ],
    ['the console', { TERM: 'linux' }, 'linux', undefined],
    ['Terminal.app', { TERM_PROGRAM: 'Apple_Terminal' }, 'darwin', 'osascript'],
    ['Windows', { TERM: 'xterm-256color' }, 'win32', undefined],
  ]
  test.each(table)('%s', (_, env, platform, way) => {
    expect(notifyWay(env, platform)).toBe(way)
  })
})

/** Names and texts as the screen hands them on. */
const words = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '4;1;50',
      '--help',
      '-i',
      '\u001b\\\u001b]0;title',
      '<img src=x>',
      'a;b',
      '\\033[2J',
      '$(id)',
    ),
  )
  .map(harmless)

describe('what others wrote is no command', () => {
  test('of the terminal: one escape, begun and ended by us, whose parts are ours', () => {
    fc.assert(
      fc.property(words, words, (from, text) => {
        const nine = escapeFor('osc 9', { from, text })
        expect(nine.startsWith('\u001b]9;Nigh: ')).toBe(true)
        const seven = escapeFor('osc 777', { from, text })
        expect(seven.startsWith('\u001b]777;notify;Nigh: ')).toBe(true)
        expect(seven.split(';')).toHaveLength(4)
        for (const each of [nine, seven]) {
          expect(each.endsWith('\u001b\\')).toBe(true)
          expect(each.slice(1, -2)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
        }
      }),
    )
  })

  test('of a program: two words behind --, no option, no markup, no escape', () => {
    fc.assert(
      fc.property(words, words, (from, text) => {
        const [program, ...given] = commandFor('notify-send', { from, text })
        expect(program).toBe('notify-send')
        expect(given.slice(0, -2)).toEqual(['--app-name=Nigh', '--category=im.received', '--'])
        expect(given.at(-2)).toBe(`Nigh: ${from}`)
        expect(given.at(-1)).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|(?<!\\)(?:\\\\)*\\(?!\\)/)
        const mac = commandFor('osascript', { from, text })
        expect(mac.slice(-3)).toEqual(['--', `Nigh: ${from}`, text])
        expect(mac.slice(0, -3).join(' ')).not.toContain(from.length > 12 ? from : '\u0000')
      }),
    )
  })

  test('without the text none of it is in there', () => {
    expect(escapeFor('osc 9', { from: 'bob' })).toBe('\u001b]9;Nigh: bob: a message for you\u001b\\')
  })
})

test('where nothing is known to show one, the bell is all; a program that is not there is no failure', () => {
  const written: string[] = []
  const call = { bell: true, notification: { from: 'bob' } }
  notifier((text) => written.push(text), undefined)(call)
  expect(written).toEqual([BELL])
  notifier((text) => written.push(text), 'osc 777')({ ...call, bell: false })
  expect(written.at(-1)).toContain('Nigh: bob')
})
