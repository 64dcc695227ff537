/** What is typed wrong: commands, options, arguments, names. Exit 2 before anything is made or started. */
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Desk, desk, expectRefusal } from './desk.ts'

let here: Desk
beforeAll(() => {
  here = desk()
})
afterAll(() => here[Symbol.asyncDispose]())

interface Row {
  typed: string[]
  says: RegExp
  env?: Record<string, string>
}

const rows: Record<string, Row> = {
  'an unknown command names the nearest': { typed: ['sned', 'bob', 'hi'], says: /"sned".*nigh send$/m },
  'an unknown command of a command, too': {
    typed: ['contacts', 'ad', 'bob'],
    says: /"ad".*nigh contacts add$/m,
  },
  'a command that is an escape sequence': { typed: ['\u001b[2J\u0007'], says: /\\u\{1b\}\[2J/ },
  'an unknown option names the nearest': {
    typed: ['send', 'bob', 'hi', '--expier', '1h'],
    says: /--expier.*--expire/,
  },
  'an unknown option of nigh itself': { typed: ['--frobnicate'], says: /--frobnicate.*--help/ },
  'whose help has the answer': {
    typed: ['--as', 'alice', 'message', 'reply', 'ID', '--frobnicate'],
    says: /See: nigh message reply --help$/m,
  },
  'a command without its argument': { typed: ['send'], says: /who.*nigh.*--help/ },
  'an empty WHO': { typed: ['send', '', 'hi'], says: /Say to whom, as in: nigh send/ },
  'an option without its argument': { typed: ['send', 'bob', 'hi', '--expire'], says: /--expire/ },
  'too many words': {
    typed: ['send', 'bob', 'hello', 'there'],
    says: /Put a text of several words in quotes/,
  },
  'a duration that is none': {
    typed: ['who', '--wait', 'soon'],
    says: /"soon" is no duration.*10s, 5m, 1h or 2d/,
  },
  'a duration without a unit': { typed: ['who', '--wait', '10'], says: /"10" is no duration/ },
  'a negative duration': { typed: ['who', '--wait=-5s'], says: /"-5s" is no duration/ },
  'a duration of a thousand years': { typed: ['send', 'bob', 'hi', '--expire', '365000d'], says: /365000d/ },
  'a time that is none': { typed: ['status', '--until', '25:61'], says: /"25:61" is no time.*17:30/ },
  'a date that does not exist': {
    typed: ['status', '--until', '2026-02-30T10:00:00Z'],
    says: /is no time|passed/,
  },
  'a time that has passed': {
    typed: ['status', '--until', '2001-01-01T00:00:00Z'],
    says: /has passed already/,
  },
  'a status that is none': { typed: ['status', 'asleep'], says: /asleep.*open, closed/ },
  'a number that is none': { typed: ['inbox', '--limit', 'many'], says: /whole number from 1 to 1000/ },
  'a number out of range': { typed: ['inbox', '--limit', '0'], says: /whole number from 1 to 1000/ },
  'a port that is none': { typed: ['up', '--port', '70000'], says: /--port.*whole number/ },
  'a preset that is none': { typed: ['rules', 'preset', 'paranoid'], says: /paranoid.*private/ },
  'options that exclude one another': {
    typed: ['inbox', '--follow', '--before', 'x'],
    says: /do not go together/,
  },
  'a profile in capitals': { typed: ['whoami', '--as', 'Alice'], says: /"Alice" cannot be a profile.*a-z/ },
  'a profile that climbs out of its folder': {
    typed: ['whoami', '--as', '../../etc'],
    says: /cannot be a profile/,
  },
  'an endless profile': { typed: ['whoami', '--as', 'a'.repeat(33)], says: /1 to 32/ },
  'an empty home': { typed: ['whoami', '--home', ''], says: /--home needs a folder.*nigh --home/ },
  'a mesh with a blank': { typed: ['up', '--mesh', 'my office'], says: /mesh.*a-z, 0-9/ },
  'a mesh in capitals': { typed: ['up', '--mesh', 'Office'], says: /mesh.*a-z, 0-9/ },
  'an endless mesh': { typed: ['up', '--mesh', 'm'.repeat(65)], says: /mesh.*64/ },
  'a mesh from the environment': { typed: ['up'], env: { NIGH_MESH: 'my office' }, says: /mesh.*a-z, 0-9/ },
}

describe('exit 2, and nothing is made', () => {
  test.concurrent.for(Object.entries(rows))('%s', async ([name, { typed, says, env = {} }]) => {
    // A home of its own, that none of these may make: a typo must not mint an identity.
    const as = `row-${Object.keys(rows).indexOf(name)}`
    const answered = await here.nigh(typed, { as, env })
    expectRefusal(answered, { exit: 2, code: 'usage', says })
    expect(existsSync(here.home(as))).toBe(false)
  })
})

test('control: a word that is known makes the home and ends 0', async () => {
  expect((await here.nigh(['whoami', '--as', 'known'])).code).toBe(0)
  expect(existsSync(here.home('known'))).toBe(true)
})

test('where no home is, every other command says how to make one: 6, and makes none', async () => {
  for (const typed of [['who'], ['inbox'], ['send', 'bob', 'hi'], ['down'], ['status', 'open']]) {
    const answered = await here.nigh(typed, { as: 'nobody' })
    expectRefusal(answered, {
      exit: 6,
      code: 'no-home',
      says: /There is no Nigh home.*nigh up --as nobody$/m,
    })
  }
  expect(existsSync(here.home('nobody'))).toBe(false)
})
