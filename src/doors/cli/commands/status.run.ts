/**
 * `nigh status`: shows my presence, or merges into it what was named. With --tuple it is about one tuple of mine, in the
 * same way.
 */
import type { Agent, Basic, OwnStatus, OwnTuple, StatusChange } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { instantOf } from '../duration.ts'
import { ownTupleWords, readerOf } from '../presence-words.ts'
import { ownStatusSentence } from '../sentences.ts'

export interface StatusOptions {
  activity?: string[]
  note?: string
  until?: string
  clear?: boolean
  tuple?: string
  address?: string
  priority?: number
  removeTuple?: string
  elide?: 'on' | 'off'
}

type StatusCall = Call<StatusOptions>

export async function status(call: StatusCall): Promise<number> {
  const { options, print, around } = call
  const { tuple, address, priority, removeTuple, elide } = options
  if (tuple === undefined && (address !== undefined || priority !== undefined))
    throw new NighError(
      'usage',
      'An address belongs to a tuple, which needs an id: nigh status --tuple phone --address tel:+43123456',
    )
  if (tuple !== undefined && tuple === removeTuple)
    throw new NighError('usage', '--tuple and --remove-tuple name the same one. Say which is meant.')
  const change: StatusChange = {
    ...(tuple === undefined ? statusChange(call) : {}),
    ...(elide === undefined ? {} : { elision: elide === 'on' }),
  }
  return withOwn(call, async ({ agent, running }) => {
    if (removeTuple !== undefined) await agent.withdrawTuple({ id: removeTuple })
    if (tuple !== undefined) await publish(call, agent, tuple)
    const own = await agent.status(Object.keys(change).length === 0 ? undefined : change)
    const tuples = await agent.tuples()
    const line = {
      event: 'status',
      at: around.now().toISOString(),
      ...own,
      ...(tuples.length === 0 ? {} : { tuples }),
    }
    print.print(line, () => sentences(call, { own, tuples, running }))
    return 0
  })
}

function sentences(
  { around, home }: StatusCall,
  { own, tuples, running }: { own: OwnStatus; tuples: readonly OwnTuple[]; running: boolean },
): string {
  const elided = own.elision ? ' While closed, your address is left out.' : ''
  const unseen = running ? '' : ` Nobody sees it until you start: nigh up${home.flags}`
  const lines = tuples.map((each) => `  ${ownTupleWords(each, readerOf(around))}`)
  return [ownStatusSentence(own, around.now()) + elided + unseen, ...lines].join('\n')
}

function statusChange({ words, options, around }: StatusCall): StatusChange {
  const { activity, note, until, clear } = options
  return {
    ...(words[0] === undefined ? {} : { basic: words[0] as Basic }),
    ...(activity === undefined ? {} : { activities: activity.filter(isSaid) }),
    ...(note === undefined ? {} : { note: note === '' ? null : note }),
    ...(until === undefined ? {} : { until: untilOf(until, around.now()) }),
    ...(clear ? { clear } : {}),
  }
}

/** What is not named stays as it was; an empty text takes its part away. */
async function publish({ words, options, around }: StatusCall, agent: Agent, id: string): Promise<void> {
  const { activity, note, until, clear, address, priority } = options
  const before = clear ? undefined : (await agent.tuples()).find((each) => each.id === id)
  const tuple: OwnTuple = { ...before, id, status: { ...before?.status } }
  const { status = {} } = tuple
  if (words[0] !== undefined) status.basic = words[0] as Basic
  if (activity !== undefined) status.activities = activity.filter(isSaid)
  if (note !== undefined) {
    // It is another thing said: what it is in other languages has to be said anew.
    delete tuple.notes
    delete status.note
    if (note !== '') status.note = note
  }
  if (until !== undefined) {
    const end = untilOf(until, around.now())
    delete tuple.until
    if (end !== null) tuple.until = end
  }
  if (address !== undefined) {
    delete tuple.address
    if (address !== '') tuple.address = address
  }
  if (priority !== undefined) tuple.priority = priority
  await agent.publishTuple(tuple)
}

function isSaid(text: string): boolean {
  return text !== ''
}

/** `''` takes the end away. */
function untilOf(text: string, now: Date): string | null {
  return text === '' ? null : instantOf(text, now)
}
