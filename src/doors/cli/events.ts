/** What happens, as lines: one filter fits a listing, a follow and `up`. */
import type { Agent, AgentEvent, Change, Sighting } from '../../agent.ts'
import type { Call } from './call.ts'
import { knocks } from './knocks.ts'
import { presenceWords, type Reader, readerOf } from './presence-words.ts'
import {
  amendedLine,
  clock,
  count,
  evidenceWords,
  idEnd,
  messageLine,
  nameOf,
  outcomeWord,
  subscriptionSentence,
} from './sentences.ts'

/** Prints every event of `events` until they end; `offline` is left to `onOffline`. */
export async function tellEvents(
  call: Pick<Call<object>, 'print' | 'around' | 'home'>,
  agent: Agent,
  events: AsyncIterable<AgentEvent>,
  onOffline: (event: AgentEvent) => void,
): Promise<void> {
  const { print, around, home } = call
  const known = acquaintances()
  let waiting = 0

  const sayRequests = async () => {
    const now = (await agent.requests()).length
    if (now > 0 && now !== waiting) print.say(`${count(now, 'request')}: nigh requests${home.flags}`)
    waiting = now
  }
  using requests = knocks(sayRequests, around.now)

  for await (const event of events) {
    if (event.event === 'offline') {
      onOffline(event)
    } else if (event.event === 'snapshot') {
      // Who is here already came before we listened.
      for (const sighting of event.people) {
        if (sighting.evidence !== 'live' && sighting.evidence !== 'heard') continue
        const { at, seq } = event
        print.print({ event: 'presence', at, seq, change: 'came', ...sighting }, () =>
          presenceLine({ ...sighting, change: 'came', at }, readerOf(around), known),
        )
      }
    } else if (event.event === 'presence') {
      print.print(event, () => presenceLine(event, readerOf(around), known))
    } else if (event.event === 'subscription') {
      print.print(
        event,
        () => `${clock(event.at, around.now())} ${subscriptionSentence(event, call.home.flags)}`,
      )
    } else if (event.event === 'message') {
      const held = event.disposition === 'held'
      print.print(event, () => (held ? undefined : messageLine(event, around.now())))
      if (held && !print.json) await requests.heard()
    } else if (event.event === 'outcome') {
      // People want to know how it ended; that it left is no news.
      const ended = event.state === 'settled' || event.disposition !== undefined
      print.print(event, () =>
        ended ? `${clock(event.at, around.now())} to ${nameOf(event.to)}: ${outcomeWord(event)}` : undefined,
      )
    } else if (event.event === 'amended') {
      print.print(event, () => amendedLine(event, around.now()))
    } else if (event.event === 'request') {
      if (print.json) print.print(event, () => undefined)
      else await requests.heard()
    } else if (event.event === 'read') {
      // For screens: whoever read them knows.
      print.print(event, () => undefined)
    } else if (event.event === 'composing') {
      // A line that scrolls by is no sign of typing: that is for screens, and for programs.
      print.print(event, () => undefined)
    } else if (event.event === 'warning') {
      print.warn({ code: event.code, message: event.message, at: event.at, seq: event.seq })
    }
  }
}

/** What this listener was told of each person. Who comes and goes all year must not fill memory. */
interface Acquaintances {
  /** The name as it is said here: the end of the id stands beside a name that two people bear. */
  called(sighting: Sighting): string
  /** Whether `words` about this person are others than the last. */
  isNews(sighting: Sighting, words: string): boolean
}

/** People remembered at most: forgetting them costs a suffix or a repeated line, no more. */
const REMEMBERED_LIMIT = 10_000

function acquaintances(): Acquaintances {
  const bearers = new Map<string, Set<string>>()
  const lastSaid = new Map<string, string>()
  return {
    called: ({ who }) => {
      const name = nameOf(who)
      const known = bearers.get(name) ?? new Set()
      if (bearers.size > REMEMBERED_LIMIT) bearers.clear()
      if (known.size < 100) known.add(who.peerId)
      bearers.set(name, known)
      return known.size > 1 ? `${name} (${idEnd(who.peerId)})` : name
    },
    isNews: ({ who }, words) => {
      if (lastSaid.get(who.peerId) === words) return false
      if (lastSaid.size > REMEMBERED_LIMIT) lastSaid.clear()
      lastSaid.set(who.peerId, words)
      return true
    },
  }
}

function presenceLine(
  event: Sighting & { change: Change; at: string },
  reader: Reader,
  { called, isNews }: Acquaintances,
): string | undefined {
  const { now } = reader
  const time = clock(event.at, now)
  const name = called(event)
  const words = presenceWords(event, reader)
  // A document may change in what a line does not show.
  const news = isNews(event, event.change === 'left' || event.change === 'unknown' ? event.change : words)
  if (event.change === 'came') return `${time} ${name} came  ${words}`
  if (event.change === 'left') return `${time} ${name} left`
  if (event.change === 'unknown')
    return `${time} ${name}: ${evidenceWords({ ...event, evidence: 'unknown' }, now)}`
  return news ? `${time} ${name} is ${words}` : undefined
}
