/**
 * The first five minutes of two people at two computers: hosts of the lab on one switch, in each a screen. Nobody types
 * an address, and all of it is read from the screens.
 */
import { expect } from 'vitest'
import { lab } from '../lab/lab.ts'
import { scene } from '../lab/means.ts'
import { stage } from './stage.ts'
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

/** Two hosts on a switch, Bob's cable not plugged in yet, and a stage for their screens. */
async function computers() {
  const world = await lab('alice', 'bob')
  const { alice, bob } = world.hosts
  await bob.cable.pull()
  const here = await stage({ alice: alice.namespace, bob: bob.namespace })
  return {
    here,
    cable: bob.cable,
    async [Symbol.asyncDispose]() {
      await here[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

scene(
  'An empty network, then somebody; a request, yes, a talk; a crash and a pulled cable, and all that was said is there once',
  async () => {
    await using place = await computers()
    const { here, cable } = place
    const alice = await here.nigh('alice')
    const bob = await here.nigh('bob', { size: { columns: 100, rows: 30 } })
    // Start: never a blank, and a reason where nobody is found.
    await alice.shows(/Looking for people|Nobody found yet/)
    await alice.shows('People on this network can see: alice, open.')
    await alice.shows('Nobody found yet')
    await alice.shows('d  the doctor')
    await bob.shows('Nobody found yet')

    // See: the cable is plugged in, and that is all.
    await cable.plug()
    await meet({ alice, bob })

    // Request, and yes; chat, both ways.
    await knockAndAnswer({ alice, bob })
    await say(alice, 'See you')
    await bob.shows('alice: See you')

    // Crash and return: unknown, not offline; what was owed arrives, once.
    await writeToTheKilled({ alice, bob }, 'where are you?')
    const again = await here.nigh('bob', { size: { columns: 100, rows: 30 } })
    await alice.shows(/● bob +now/)
    await alice.shows(/✓ +you: where are you\?/)
    await again.shows(/● alice +now/)
    await again.press('Enter')
    const read = await again.shows('alice: where are you?')
    expect(read.split('where are you?')).toHaveLength(2)

    // The control: they talk through that cable, and through nothing else.
    await cable.pull()
    await alice.shows(/\? bob/)
    await again.shows(/\? alice/)
    await say(again, 'crash!')
    await again.shows(/[·›] +you: crash!/)
    expect(await alice.text()).not.toContain('crash!')
    await cable.plug()
    await alice.shows('bob: crash!')
    await again.shows(/✓ +you: crash!/)

    await again.press('C-c')
    await again.shows('You have left.')
    await alice.shows(/- bob +left/)
  },
  { needs: ['tmux'], walls: false, seconds: 180 },
)

scene(
  'Status and note, safety words, a polite block that shows nobody in, and it lifted',
  async () => {
    await using place = await computers()
    const { here, cable } = place
    await cable.plug()
    const alice = await here.nigh('alice')
    const bob = await here.nigh('bob', { size: { columns: 100, rows: 30 } })
    await becomeContacts({ alice, bob })
    await busyUntilFive({ alice, bob })
    await compareWords(here, alice)

    await rule(bob, 'alice', 'p')
    await alice.shows(/○ bob/)
    await alice.hides('back at five')
    await rule(bob, 'alice', 'u')
    await bob.shows('is blocked or hidden any more')
    await alice.shows('open (busy) back at five')
  },
  { needs: ['tmux'], walls: false, seconds: 180 },
)
