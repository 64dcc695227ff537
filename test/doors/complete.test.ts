/** What may come next, from the declarations alone. */
import { expect, test } from 'vitest'
import { commandLine } from '../../src/doors/cli/command-line.ts'
import { offerFor } from '../../src/doors/cli/complete.ts'

const offer = (...typed: string[]) =>
  offerFor(
    commandLine(
      () => async () => {},
      () => {},
    ),
    typed,
  )

test.each([
  [['s'], { words: ['status', 'subscriptions', 'send', 'search', 'schema'] }],
  [['rules', ''], { words: ['preset', 'access', 'delivery', 'visibility', 'watchers-visible', 'explain'] }],
  [['rules', 'preset', ''], { words: ['default', 'office', 'private', 'hidden'] }],
  [['--as', 'alice', 'rules', 'preset', 'o'], { words: ['office'] }],
  [['send', ''], { people: true }],
  [['send', '--expire', '1h', 'b'], { people: true }],
  [['send', '--until-open', 'b'], { people: true }],
  [['send', '--', 'b'], { people: true }],
  [['send', 'bob', 'lun'], { words: [] }],
  [['send', '--', 'bob', '-'], { words: [] }],
  [['fetch', 'bob', 'c'], { people: true }],
  [['inbox', '--with', ''], { people: true }],
  [['inbox', '--with', 'bob', '--un'], { words: ['--unread'] }],
  [['watchers', '--of', 'b'], { people: true }],
  [['contacts', 'add', ''], { people: true }],
  [['contacts', 'rename', 'bob', ''], { words: [] }],
  [['restore', ''], { files: true }],
  [['who', '--as', ''], { profiles: true }],
  [['who', '--home', ''], { files: true }],
  [['me', '--composing', ''], { words: ['on', 'off'] }],
  [['help', 'rec'], { words: ['recall'] }],
  [['completion', ''], { words: ['bash', 'zsh', 'fish'] }],
  [['nonsense', ''], { words: [] }],
])('nigh %j', (typed, wanted) => {
  expect(offer(...typed)).toEqual(wanted)
})

test('every command and every option of its own is offered, and what only shells call is not', () => {
  const { words } = offer('') as { words: string[] }
  expect(words).toContain('help')
  expect(words).not.toContain('complete')
  expect(offer('send', '--')).toMatchObject({
    words: expect.arrayContaining(['--expire', '--until-open', '--json', '--wait', '--help']),
  })
})
