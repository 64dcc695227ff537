/** The links that are up: found by number and by peer, counted as they are now when one more comes. */
import { expect, test } from 'vitest'
import { LINKS_PER_ADDRESS } from '../../src/envelope/protocol.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import type { LinkSession } from '../../src/service/link-session.ts'
import { createSessions } from '../../src/service/sessions.ts'

const bob = 'bob' as PeerId
const carol = 'carol' as PeerId

const NOBODY = { isContact: () => false, isSought: () => false, isThisHost: () => false }

/** What the sessions look at of one. */
function session(number: number, peer: PeerId, host = '10.0.0.7'): LinkSession {
  return { link: { number, peer, remote: { host, port: 1, relayed: false } } } as LinkSession
}

test('Two links of one peer are found together, and each is gone when it ends', () => {
  const sessions = createSessions(NOBODY)
  const [first, second, other] = [session(1, bob), session(2, bob), session(3, carol)]
  for (const each of [first, second, other]) sessions.add(each)
  expect(sessions.of(bob)).toEqual([first, second])
  expect(sessions.peers()).toEqual([bob, carol])
  sessions.remove(first)
  expect(sessions.of(bob)).toEqual([second])
  sessions.remove(second)
  expect(sessions.of(bob)).toEqual([])
  expect(sessions.peers()).toEqual([carol])
  expect(sessions.all()).toEqual([other])
  expect([sessions.get(1), sessions.get(3)]).toEqual([undefined, other])
})

test('A stranger who became a contact while linked takes no stranger’s place', () => {
  const contacts = new Set<PeerId>()
  const sessions = createSessions({ ...NOBODY, isContact: (peer) => contacts.has(peer) })
  const strangers = Array.from({ length: LINKS_PER_ADDRESS + 1 }, (_, index) =>
    session(index + 1, `stranger ${index}` as PeerId),
  )
  for (const each of strangers) sessions.add(each)
  const newest = strangers.at(-1) as LinkSession
  expect(sessions.mayStay(newest)).toEqual({ evict: newest.link.number })
  contacts.add('stranger 0' as PeerId)
  expect(sessions.mayStay(newest)).toEqual({ stay: true })
})
