/** Two people, each at a screen, as they meet, talk, part and come back. */
import { describe, expect, test } from 'vitest'
import { hasTmux, needsTmux, type Stage, stage, type Terminal } from './stage.ts'
import {
  becomeContacts,
  busyUntilFive,
  compareWords,
  knockAndAnswer,
  meet,
  rule,
  say,
  writeToTheKilled,
} from './steps.ts'

/** Two screens that see each other; with `acquainted` each is the other's contact. */
async function two(here: Stage, acquainted = true): Promise<{ alice: Terminal; bob: Terminal }> {
  const alice = await here.nigh('alice')
  const bob = await here.nigh('bob', { size: { columns: 100, rows: 30 } })
  await (acquainted ? becomeContacts({ alice, bob }) : meet({ alice, bob }))
  return { alice, bob }
}

describe.skipIf(!hasTmux)(`two screens${needsTmux}`, () => {
  test('nobody is there: never a blank, first that it looks, then why, and what can be done', async () => {
    await using here = await stage()
    const alice = await here.nigh('alice')
    await alice.shows(/Looking for people|Nobody found yet/)
    await alice.shows('add somebody by their address or card')
    await alice.shows('People on this network can see: alice, open.')
    await alice.shows('Nobody found yet')
    // What a doctor finds on loopback alone, and what to do about it.
    await alice.shows('This computer is on no network')
    await alice.shows('d  the doctor')
    await alice.press('d')
    await alice.shows('Why is nobody here?')
    await alice.shows('Connect it to the Wi-Fi')
    await alice.press('Escape')
    await alice.press('m')
    await alice.shows('nigh:12D3KooW')
    await alice.shows('Your safety words')
    await alice.press('Escape')
    await alice.press('?')
    await alice.shows('select somebody')
    await alice.press('Escape')
    await alice.press('q')
    await alice.shows('You have left.')
  })

  test('Alice edits and deletes, Bob reacts and answers: each sees it where the message stands', async () => {
    await using here = await stage()
    const { alice, bob } = await two(here)
    await bob.press('Enter')
    await alice.press('Enter')
    await say(alice, 'The door is opne')
    await bob.shows('alice: The door is opne')
    await alice.press('Up')
    await alice.press('e')
    await alice.shows('you edit: The door is opne')
    await alice.press('BSpace')
    await alice.press('BSpace')
    await say(alice, 'en')
    await bob.shows(/alice: The door is open.*\n.*edited/)
    await bob.press('Up')
    await bob.press('+')
    await bob.shows('Your reaction')
    await bob.press('1')
    await alice.shows(/you: The door is open.*\n.*edited · bob: 👍/)
    await bob.press('a')
    await bob.shows('you answer: The door is open')
    await say(bob, 'Coming')
    await alice.shows(/↳ The door is open.*\n.*bob: Coming/)
    await alice.press('Up')
    await alice.press('Up')
    await alice.press('x')
    await alice.shows('for both')
    await alice.press('b')
    await alice.shows('Deleted for both.')
    await bob.shows('alice: (deleted)')
    await bob.shows(/↳ an earlier message.*\n.*you: Coming/)
  })

  test('Alice knocks, Bob accepts her; both see how each message fares', async () => {
    await using here = await stage()
    await knockAndAnswer(await two(here, false))
  })

  test('they talk: pasted lines, signs of writing, status and note, and a goodbye', async () => {
    await using here = await stage()
    const { alice, bob } = await two(here)
    await alice.press('Enter')
    await bob.press('Enter')
    await say(alice, 'hello')
    await bob.shows('alice: hello')
    await alice.shows(/✓ +you: hello/)

    await alice.paste('one\ntwo\nthree')
    await alice.shows(/› one\n.*two\n.*three/)
    await alice.press('Enter')
    await bob.shows(/alice: one\n.* two\n.* three/)

    await say(bob, 'yes')
    await alice.shows('bob: yes')
    await bob.type('I am')
    await alice.shows('bob is writing…')
    await bob.press('C-u')
    await alice.hides('bob is writing…')

    await busyUntilFive({ alice, bob })
    await bob.press('C-s', 'Tab', 'Enter')
    await alice.shows(/○ bob/)
    await say(alice, 'too late?')
    await alice.shows('failed: closed')

    await bob.press('C-c')
    await bob.shows('You have left.')
    await alice.shows(/- bob +left/)
  })

  test('Bob is killed: unknown, not offline; what is owed arrives once he is back', async () => {
    await using here = await stage()
    const { alice, bob } = await two(here)
    await alice.press('Enter')
    await say(alice, 'first')
    await alice.shows(/✓ +you: first/)
    await writeToTheKilled({ alice, bob }, 'are you there?')
    await alice.shows('unknown since')
    await alice.shows('owed: it leaves when')
    const again = await here.nigh('bob')
    await again.shows(/alice +now +2/)
    await alice.shows(/● bob +now/)
    await alice.shows(/✓ +you: are you there\?/)
    await again.press('Enter')
    await again.shows(/alice: first\n.*alice: are you there\?/)
  })

  test('they verify each other: one by the words, one by the card', async () => {
    await using here = await stage()
    const { alice, bob } = await two(here)
    await compareWords(here, alice)

    const card = /card +(nigh:\S+)/.exec(await here.run('alice', 'whoami'))?.[1] ?? ''
    const other = /card +(nigh:\S+)/.exec(await here.run('carol', 'whoami'))?.[1] ?? ''
    await bob.press('v')
    await bob.shows('Is it really alice?')
    await bob.shows('paste their card')
    await bob.paste(other)
    await bob.shows('That is not what alice must show')
    await bob.paste(card)
    await bob.shows('alice is verified')
    expect(await here.run('bob', 'contacts')).toMatch(/alice +\S+ +verified/)
  })

  test('Bob is blocked, politely and plainly, and unblocked; each time the effect is said', async () => {
    await using here = await stage()
    const { alice, bob } = await two(here)
    await rule(alice, 'bob', 'p')
    await alice.shows(/closed, whatever you do|you closed/)
    await bob.shows(/○ alice/)
    await rule(alice, 'bob', 'u')
    await alice.shows('is blocked or hidden any more')
    await bob.shows(/● alice/)
    await rule(alice, 'bob', 'b')
    await alice.shows(/× bob/)
    await bob.press('Enter')
    await say(bob, 'why?')
    await bob.shows(/[!·] +you: why\?/)
    expect(await alice.text()).not.toContain('why?')
  })

  test('who watches me, search, rename, and a message that is taken back', async () => {
    await using here = await stage()
    const { alice, bob } = await two(here)
    await alice.press('w')
    await alice.shows('Who watches you')
    await alice.shows(/bob …\w+ +sees/)
    await alice.press('Escape')

    await alice.press('Enter')
    await say(alice, 'the needle in the hay')
    await alice.shows(/✓ +you: the needle/)
    await say(alice, 'more hay')
    await alice.shows(/✓ +you: more hay/)
    await bob.press('C-c')
    await bob.shows('You have left.')
    await alice.shows(/- bob +left/)
    await say(alice, 'never mind')
    await alice.shows(/· +you: never mind/)
    await alice.press('Up')
    await alice.shows('r recall')
    await alice.press('r')
    await alice.shows('Recalled: bob will not get it.')
    await alice.shows('failed: recalled')

    await alice.press('Escape')
    await alice.press('n')
    await alice.shows('What do you call bob?')
    await alice.press('C-u')
    await say(alice, 'Robert')
    await alice.shows('You call them Robert now.')
    await alice.shows(/- Robert/)
    await alice.press('/')
    await alice.type('needl')
    await alice.shows(/to Robert: the needle in the hay/)
    await alice.press('Down')
    await alice.press('Enter')
    await alice.shows('r recall')
  })
})
