/** `nigh who`: contacts and people near, each with presence, its age and what it rests on. */
import type { Sighting } from '../../../agent.ts'
import { withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { presenceWords, type Reader, readerOf } from '../presence-words.ts'
import { evidenceWords, idEnd, nameOf } from '../sentences.ts'
import { table } from '../table.ts'

/** A peer that was started for this command has to find people first, ms. */
const BORROWED_WAIT_MS = 2_000

export async function who(call: Call): Promise<number> {
  const { print, around, globals, home } = call
  return withPeer(call, async (agent) => {
    const waitMs = globals.wait ?? (agent.running === 'command' ? BORROWED_WAIT_MS : 0)
    const people = await agent.who({ waitMs }, { signal: around.interrupted() })
    const now = around.now()
    if (print.json) {
      for (const sighting of people) {
        print.print({ event: 'person', at: now.toISOString(), ...sighting }, () => undefined)
      }
      return 0
    }
    if (people.length > 0) {
      print.say(list(people, readerOf(around), print.bold))
      return 0
    }
    const self = await agent.whoami()
    if (self.listen.length === 0)
      print.note('Nobody is here, and you are not listening, so nobody can find you.')
    else {
      const looking = agent.running === 'up' ? ' Your Nigh keeps looking.' : ''
      print.note(`Nobody is here yet on the mesh "${harmless(self.mesh)}".${looking}`)
    }
    print.note(
      `Others must run "nigh up" on this network. To wait for the first to come: nigh who${home.flags} --wait 10s`,
    )
    print.note(`If somebody should be here, this says why they are not: nigh doctor${home.flags}`)
    return 0
  })
}

function list(people: readonly Sighting[], reader: Reader, bold: (text: string) => string): string {
  const bearers = new Map<string, number>()
  for (const { who } of people) bearers.set(nameOf(who), (bearers.get(nameOf(who)) ?? 0) + 1)
  const called = ({ who }: Sighting) =>
    (bearers.get(nameOf(who)) ?? 0) > 1 ? `${nameOf(who)} (${idEnd(who.peerId)})` : nameOf(who)
  const rows = people.map((each) => [
    called(each),
    presenceWords(each, reader),
    evidenceWords(each, reader.now),
    each.who.relation + (each.who.verified ? ', verified' : ''),
  ])
  const [heading = '', ...lines] = table([['NAME', 'PRESENCE', 'SEEN', 'RELATION'], ...rows])
  return [bold(heading), ...lines].join('\n')
}
