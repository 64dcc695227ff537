/** Steps of two people at their screens that are the same on one host and on two. */
import { expect } from 'vitest'
import type { Stage, Terminal } from './stage.ts'

interface Screens {
  alice: Terminal
  bob: Terminal
}

export async function say(terminal: Terminal, text: string): Promise<void> {
  await terminal.type(text)
  await terminal.press('Enter')
}

/** Each sees the other, with a mark that says so. */
export async function meet({ alice, bob }: Screens): Promise<void> {
  await alice.shows(/● bob +now/)
  await bob.shows(/● alice +now/)
}

/** Each adds the other as a contact. */
export async function becomeContacts({ alice, bob }: Screens): Promise<void> {
  await meet({ alice, bob })
  for (const each of [alice, bob]) {
    await each.press('c')
    await each.shows('is a contact now')
  }
  for (const each of [bob, alice]) {
    await each.press('Escape')
    await each.shows('contact  open')
  }
}

/** Alice knocks, Bob accepts her and answers; what he writes first is a request to her in turn. */
export async function knockAndAnswer({ alice, bob }: Screens): Promise<void> {
  await alice.press('Enter')
  await alice.shows('Your first message waits as')
  await say(alice, 'Lunch?')
  await alice.shows(/= +you: Lunch\?/)
  await alice.shows('held as a request')

  await bob.shows('1 request: r')
  await bob.press('r')
  await bob.shows('Who knocks')
  await bob.shows('Lunch?')
  await bob.press('c')
  await bob.shows('Accepted alice, a contact now.')
  await bob.shows(/alice +now +1/)
  await alice.shows(/✓ +you: Lunch\?/)

  await bob.press('Enter')
  await bob.shows(/alice: Lunch\?/)
  await say(bob, 'At noon.')
  await bob.shows(/= +you: At noon\./)
  await alice.shows('1 request')
  await alice.press('C-r')
  await alice.shows('At noon.')
  await alice.press('c')
  await alice.shows('Accepted bob, a contact now.')
  await alice.shows(/bob: At noon\./)
  await bob.shows(/✓ +you: At noon\./)
}

/** Bob's process is killed: he is unknown, not offline, and what Alice writes then is owed. */
export async function writeToTheKilled({ alice, bob }: Screens, text: string): Promise<void> {
  process.kill(await bob.pid(), 'SIGKILL')
  await alice.shows(/\? bob/)
  expect(await alice.text()).not.toContain('offline')
  await say(alice, text)
  await alice.shows(`·  you: ${text}`)
}

/** Bob says that he is busy, and until when. */
export async function busyUntilFive({ alice, bob }: Screens): Promise<void> {
  await bob.press('C-s')
  await bob.shows('My status')
  await bob.type('back at five')
  await bob.press('Down', 'Enter')
  await bob.shows('bob is open (busy) back at five')
  await alice.shows('open (busy) back at five')
}

/** Alice compares the words on her screen with those that Bob's Nigh tells him. */
export async function compareWords(here: Stage, alice: Terminal): Promise<void> {
  const words = /safety words +(\S.*)\n/
    .exec(await here.run('bob', 'whoami'))?.[1]
    ?.trim()
    .split(' ')
  expect(words).toHaveLength(12)
  await alice.press('v')
  await alice.shows('Is it really bob?')
  // Both sets are on the screen: Bob's, and Alice's own for him.
  for (const word of words ?? []) await alice.shows(new RegExp(`\\b${word}\\b`))
  await alice.press('y')
  await alice.shows('bob is verified')
  await alice.press('Escape')
  await alice.shows('now · verified')
}

/** What they may is asked, and `key` is the answer. */
export async function rule(terminal: Terminal, other: string, key: string): Promise<void> {
  await terminal.press('b')
  await terminal.shows(`${other}: what may they?`)
  await terminal.press(key)
}
