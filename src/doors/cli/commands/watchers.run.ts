/** `nigh watchers` and `nigh subscriptions`: who watches me, and whom I watch. */
import type { ShownWatcher, WatcherInformation } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import { withOwn, withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { clock, idEnd, nameOf, subscriptionWords } from '../sentences.ts'
import { table } from '../table.ts'

/** From start to the answer, ms: long enough for a peer that must be found and dialled. */
const WAIT_MS = 5_000

export interface WatchersOptions {
  of?: string
  winfo?: boolean
}

export async function watchers(call: Call<WatchersOptions>): Promise<number> {
  const { options, print, around } = call
  if (options.of !== undefined) return watchersOf(call, options.of)
  if (options.winfo) throw new NighError('usage', 'Say where, as in: nigh watchers --of bob --winfo')
  return withOwn(call, async ({ agent }) => {
    const all = await agent.watchers()
    const now = around.now()
    if (print.json) {
      for (const one of all) print.print({ event: 'watcher', at: now.toISOString(), ...one }, () => undefined)
      return 0
    }
    const received = all.filter((one) => !one.denied)
    const denied = all.filter((one) => one.denied)
    const heading = [
      'NAME',
      'ID',
      'MEANS',
      'SEES',
      'FIRST',
      'LAST',
      'TIMES',
      'COULD READ UNTIL',
      'OTHERS SEE',
    ]
    if (received.length > 0)
      list(
        call,
        heading,
        received.map((one) => row(one, now)),
      )
    if (denied.length > 0) {
      print.say(
        received.length > 0 ? '\nTurned away, and received nothing:' : 'Turned away, and received nothing:',
      )
      list(
        call,
        ['NAME', 'ID', 'MEANS', 'FIRST', 'LAST', 'TIMES'],
        denied.map((one) => deniedRow(one, now)),
      )
    }
    if (all.length === 0) print.note('Nobody has watched you in the last 30 days.')
    return 0
  })
}

/** As somebody else lets me see it. */
async function watchersOf(call: Call<WatchersOptions>, who: string): Promise<number> {
  const { options, print, around, globals } = call
  return withPeer(call, async (agent) => {
    const all = await agent.watchersOf(
      { who, waitMs: globals.wait ?? WAIT_MS },
      { signal: around.interrupted() },
    )
    const shown = options.winfo === true ? all.filter((one) => one.me) : all
    if (print.json) {
      const at = around.now().toISOString()
      for (const one of shown) print.print({ event: 'watcher', at, of: who, ...one }, () => undefined)
      return 0
    }
    if (shown.length > 0) list(call, ['NAME', 'ID', 'MEANS'], shown.map(shownRow))
    else print.note(options.winfo === true ? 'They have nothing of you.' : 'They show you nobody.')
    if (options.winfo !== true)
      print.note('Who hides from others is not in it, and whom they do not let you see.')
    return 0
  })
}

function shownRow({ who, pseudonym, me, ...stands }: ShownWatcher): string[] {
  const name = who === undefined ? harmless(pseudonym ?? '') : nameOf(who)
  return [me ? `${name} (you)` : name, who === undefined ? 'pseudonym' : idEnd(who.peerId), meansOf(stands)]
}

export async function subscriptions(call: Call): Promise<number> {
  const { print, around, home } = call
  return withOwn(call, async ({ agent }) => {
    const all = await agent.subscriptions()
    const at = around.now().toISOString()
    if (print.json) {
      for (const one of all) print.print({ event: 'subscription', at, ...one }, () => undefined)
    } else if (all.length > 0) {
      const rows = all.map((one) => [
        nameOf(one.who),
        idEnd(one.who.peerId),
        one.status,
        subscriptionWords(one),
      ])
      list(call, ['NAME', 'ID', 'STATUS', ''], rows)
    } else {
      print.note(
        `You watch nobody. Contacts and people near are watched by themselves; others: nigh watch${home.flags} WHO`,
      )
    }
    return 0
  })
}

function list({ print }: Pick<Call<object>, 'print'>, heading: string[], rows: string[][]): void {
  const [first = '', ...lines] = table([heading, ...rows])
  print.say([print.bold(first), ...lines].join('\n'))
}

function row(one: WatcherInformation, now: Date): string[] {
  const until = one.couldReadUntil === undefined ? '-' : clock(one.couldReadUntil, now)
  const sees = one.view === undefined ? '-' : harmless(one.view)
  const [name, id, means] = who(one)
  const [first, last, times] = [clock(one.first, now), clock(one.last, now), String(one.count)]
  return [name, id, means, sees, first, last, times, until, othersSee(one)]
}

function deniedRow(one: WatcherInformation, now: Date): string[] {
  return [...who(one), clock(one.first, now), clock(one.last, now), String(one.count)]
}

function who(one: WatcherInformation): [name: string, id: string, means: string] {
  return [nameOf(one.who), idEnd(one.who.peerId), meansOf(one)]
}

/** `subscribed, terminated (timeout)`: the event is said where the state alone does not tell. */
function meansOf({ via, status, reason }: Pick<WatcherInformation, 'via' | 'status' | 'reason'>): string {
  if (status === undefined) return MEANS[via]
  const why = status === 'terminated' && reason !== undefined ? ` (${harmless(reason)})` : ''
  return `${MEANS[via]}, ${status}${why}`
}

function othersSee({ visibility, pseudonym }: WatcherInformation): string {
  if (visibility === 'named') return 'name'
  return visibility === 'pseudonym' ? `as ${harmless(pseudonym ?? '')}` : '-'
}

const MEANS: Readonly<Record<WatcherInformation['via'], string>> = {
  fetch: 'looked',
  poll: 'polls',
  subscribe: 'subscribed',
  touch: 'came by, asked nothing',
}
