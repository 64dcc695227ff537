/**
 * `nigh watch`: a SUBSCRIBER. The wish is the person's and stays until it is cancelled; following ends with Ctrl-C.
 * Whoever runs the peer may change meanwhile: it goes on with the next, but starts none after one was ended.
 */
import { setTimeout as after } from 'node:timers/promises'
import type { AgentEvent, Subscription } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import type { RemoteAgent } from '../../rpc/connect-agent.ts'
import { findRunning, withOwnOrPeer, withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { tellEvents } from '../events.ts'
import { subscriptionSentence } from '../sentences.ts'

/** How long a name that only the network knows is looked for, ms. */
const WAIT_MS = 5_000
/** After a peer was ended, the next is looked for this often, ms: soon enough for a person, nothing for a processor. */
const LOOK_EVERY_MS = 250

export interface WatchOptions {
  cancel?: boolean
}

type WatchCall = Call<WatchOptions>

export async function watch(call: WatchCall): Promise<number> {
  const people = call.words.filter((word) => word !== undefined)
  if (call.options.cancel) return cancel(call, people)
  const interrupted = call.around.interrupted()
  const followed: Followed = { asked: people, said: new Map() }
  while (!interrupted.aborted) {
    try {
      await withPeer(call, (agent) => follow(call, agent, followed, interrupted))
    } catch (cause) {
      if (!(cause instanceof NighError && cause.code === 'closed')) throw cause
      call.print.note(
        `The Nigh of this home was ended: waiting for the next. Start it with: nigh up${call.home.flags}`,
      )
      await nextPeer(call, interrupted)
    }
  }
  return 0
}

async function cancel(call: WatchCall, people: readonly string[]): Promise<number> {
  const { print, around, globals } = call
  if (people.length === 0) throw new NighError('usage', 'Say whom, as in: nigh watch bob --cancel')
  return withOwnOrPeer(call, async (agent) => {
    for (const who of people) {
      const subscription = await agent.unwatch({ who, waitMs: globals.wait ?? WAIT_MS })
      const line = { event: 'subscription', at: around.now().toISOString(), ...subscription }
      print.print(line, () => subscriptionSentence(subscription, call.home.flags))
    }
    return 0
  })
}

/** Whom the person named; once they are found, who that is. Empty: everybody. */
interface Followed {
  asked: readonly string[]
  peers?: ReadonlySet<string>
  /** How each subscription was said to stand. */
  said: Map<string, string>
}

/** Follows until Ctrl-C; rejects with `closed` when the peer ends before. */
async function follow(
  { print, around, home, globals }: WatchCall,
  agent: RemoteAgent,
  followed: Followed,
  signal: AbortSignal,
): Promise<void> {
  // Listening begins before asking, so that nothing falls between.
  const events = agent.events({}, { signal })[Symbol.asyncIterator]()
  const first = events.next()
  first.catch(() => {})
  if (followed.peers === undefined) {
    const peers = new Set<string>()
    for (const who of followed.asked) {
      const subscription = await agent.watch({ who, waitMs: globals.wait ?? WAIT_MS }, { signal })
      peers.add(subscription.who.peerId)
      if (!isNews(followed.said, subscription)) continue
      const line = { event: 'subscription', at: around.now().toISOString(), ...subscription }
      print.print(line, () => subscriptionSentence(subscription, home.flags))
    }
    followed.peers = peers
  }
  const told = about({ peers: followed.peers, said: followed.said }, first, events)
  await tellEvents({ print, around, home }, agent, told, () => {})
  if (!signal.aborted) throw new NighError('closed', 'The running Nigh ended.')
}

/** What concerns those who are followed. */
async function* about(
  { peers, said }: { peers: ReadonlySet<string>; said: Map<string, string> },
  first: Promise<IteratorResult<AgentEvent>>,
  rest: AsyncIterator<AgentEvent>,
): AsyncGenerator<AgentEvent> {
  const concerns = ({ who }: { who: { peerId: string } }) => peers.size === 0 || peers.has(who.peerId)
  for (let next = await first; !next.done; next = await rest.next()) {
    const event = next.value
    if (event.event === 'snapshot') yield { ...event, people: event.people.filter(concerns) }
    else if (event.event === 'warning') yield event
    else if (event.event === 'presence' && concerns(event)) yield event
    else if (event.event === 'subscription' && concerns(event) && isNews(said, event)) yield event
  }
}

/** The answer to the wish and the event of it say the same: once is enough. */
function isNews(said: Map<string, string>, { who, status, reason }: Subscription): boolean {
  const words = `${status} ${reason}`
  if (said.get(who.peerId) === words) return false
  said.set(who.peerId, words)
  return true
}

async function nextPeer(call: WatchCall, interrupted: AbortSignal): Promise<void> {
  while (!interrupted.aborted) {
    await after(LOOK_EVERY_MS, undefined, { signal: interrupted }).catch(() => {})
    const remote = await findRunning(call)
    remote?.detach()
    if (remote !== undefined) return
  }
}
