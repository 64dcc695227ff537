/**
 * The pictures of the page in the README: people of a small office on a mesh of their own, on loopback, before a real
 * Chromium.
 *
 *     npm run build && node scripts/page-pictures.ts
 */
import { fileURLToPath } from 'node:url'
import { openBrowser } from '../test/page/browser.ts'
import { acquainted, type Seat, sit } from '../test/page/pages.ts'
import { type Terminals, terminals } from '../test/support/terminals.ts'

const DOCS = new URL('../docs/', import.meta.url)

await using world = terminals()
const browser = await openBrowser()
try {
  await office(world)
  const alice = await sit(browser, world, 'alice', { viewport: { width: 1080, height: 680 } })
  const bob = await sit(browser, world, 'bob')
  await alice.row('Bob').getByText('here now').waitFor()
  await talk(alice, bob)
  await take(alice, 'page-light.png')

  await alice.page.emulateMedia({ colorScheme: 'dark' })
  await alice.page.getByRole('button', { name: 'Details' }).click()
  await alice.page.getByText('because').first().waitFor()
  await take(alice, 'page-dark.png')
} finally {
  await browser.close()
}

/** Four people, each as they are this noon. */
async function office(place: Terminals): Promise<void> {
  await place.run('dave', 'whoami')
  for (const [one, other] of [
    ['alice', 'bob'],
    ['alice', 'carol'],
    ['alice', 'erin'],
  ] as const)
    await acquainted(place, one, other)
  for (const name of ['alice', 'bob', 'carol', 'erin', 'dave']) {
    const shown = name.charAt(0).toUpperCase() + name.slice(1)
    await place.run(name, 'me', '--name', shown)
    if (name !== 'alice' && name !== 'dave') await place.run('alice', 'contacts', 'rename', name, shown)
  }
  await place.run('bob', 'contacts', 'rename', 'alice', 'Alice')
  await place.run('alice', 'status', '--activity', 'working', '--note', 'at my desk')
  await place.run('bob', 'status', '--note', 'back from the dentist')
  await place.run('carol', 'status', 'closed', '--activity', 'meeting', '--note', 'until three')
  await Promise.all(['carol', 'dave', 'erin'].map((name) => place.up(name)))
}

async function talk(alice: Seat, bob: Seat): Promise<void> {
  await alice.talkTo('Bob')
  await bob.talkTo('Alice')
  await bob.say('The draft is on the shared disk. Could you look at section 3 before we send it?')
  await alice.sees('The draft is on the shared disk.')
  await alice.say('Sure, I have half an hour now.')
  await bob.sees('Sure, I have')
  await bob.say('Great. Lunch at half past twelve?')
  await alice.sees('Lunch at half past twelve?')
  await alice.say('Gladly.')
  await bob.sees('Gladly')
  await alice.page.locator('.standing-delivered').nth(1).waitFor()
  await alice.row('Carol').getByText('until three').waitFor()
  await alice.row('Erin').getByText('here now').waitFor()
  await alice.row('Dave').getByText('here now').waitFor()
}

async function take(seat: Seat, name: string): Promise<void> {
  await seat.page.screenshot({ path: fileURLToPath(new URL(name, DOCS)), animations: 'disabled' })
}
