/**
 * `nigh import`: lines of `nigh export` taken in, of one conversation or of several. All lines are judged before
 * anything is changed; a second import of the same changes nothing.
 */
import { createReadStream } from 'node:fs'
import * as v from 'valibot'
import type { Agent, ImportedMessage } from '../../../agent.ts'
import { BODY_LIMIT, REACTION_LIMIT } from '../../../envelope/protocol.ts'
import { NighError } from '../../../errors.ts'
import { tidyName } from '../../../principal/names.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { count } from '../sentences.ts'

/** A body of 64 KiB, each byte of it escaped, and what stands around it. */
const LINE_LIMIT = 6 * BODY_LIMIT + 4_096
/** Messages in one call, by number and by characters of text: a line that the door lets through. */
const ROWS_AT_ONCE = 500
const TEXT_AT_ONCE = 256 * 1024

export async function importConversations(call: Call): Promise<number> {
  const { words, print, around } = call
  const [file = ''] = words
  const people = await conversationsIn(file, call)
  return withOwn(call, async ({ agent }) => {
    let taken = 0
    let known = 0
    for (const { who, messages } of people.values()) {
      const fresh = await takeIn(agent, who, messages)
      taken += fresh
      known += messages.length - fresh
    }
    const at = around.now().toISOString()
    print.print({ event: 'imported', at, taken, known }, () =>
      [
        `${count(taken, 'message')} taken in${known > 0 ? `; ${known} were here already` : ''}.`,
        ...(taken > 0 ? ['They are past: nothing of them is sent, and nobody is told.'] : []),
      ].join(' '),
    )
    return 0
  })
}

/** What is newer than all that is here comes after it, the rest before. */
async function takeIn(agent: Agent, who: string, messages: readonly ImportedMessage[]): Promise<number> {
  const [newest] = await agent.inbox({ with: who, limit: 1 })
  const last = newest && Date.parse('outcome' in newest ? newest.sentAt : newest.at)
  // By this side's clock: when mine were written, when theirs came.
  const isNewer = ({ received, sentAt, at }: ImportedMessage) =>
    last !== undefined && Date.parse(received ? at : sentAt) > last
  const split = messages.findIndex(isNewer)
  const [before, after] = split < 0 ? [messages, []] : [messages.slice(0, split), messages.slice(split)]
  let taken = 0
  // Each part goes before all that is here: the newest part first. Cut off in the middle, it can be begun again.
  for (const part of parts(before).reverse())
    taken += (await agent.importMessages({ who, messages: part, place: 'before' })).taken
  for (const part of parts(after))
    taken += (await agent.importMessages({ who, messages: part, place: 'after' })).taken
  return taken
}

function parts(messages: readonly ImportedMessage[]): ImportedMessage[][] {
  const all: ImportedMessage[][] = []
  let room = 0
  for (const message of messages) {
    const part = all.at(-1)
    room -= message.text.length
    if (part !== undefined && part.length < ROWS_AT_ONCE && room >= 0) part.push(message)
    else {
      all.push([message])
      room = TEXT_AT_ONCE - message.text.length
    }
  }
  return all
}

interface Conversation {
  who: string
  messages: ImportedMessage[]
}

/** Whoever's id → what was said, in the order of the lines. */
async function conversationsIn(file: string, { around }: Call): Promise<Map<string, Conversation>> {
  const people = new Map<string, Conversation>()
  const input = file === '-' ? around.stdin : createReadStream(file)
  let number = 0
  try {
    for await (const line of linesOf(input)) {
      number++
      if (line.trim() === '') continue
      const { who, message } = messageIn(line, number)
      const { peerId } = who
      const conversation = people.get(peerId)
      if (conversation === undefined) people.set(peerId, { who: cardOf(who), messages: [message] })
      else conversation.messages.push(message)
    }
  } catch (cause) {
    if (cause instanceof NighError) throw cause
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'There is no such file.' : String(cause)
    throw new NighError('file-unusable', `${harmless(file)} could not be read. ${reason}`, { cause })
  }
  return people
}

async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_LIMIT)
      throw new NighError('usage', 'A line is longer than any message. Nothing was imported.')
    yield* lines
  }
  yield rest + decoder.decode()
}

const person = v.object({
  peerId: v.pipe(v.string(), v.maxLength(64)),
  name: v.exactOptional(v.string()),
})
type Named = v.InferOutput<typeof person>

/** Their card, so that whoever is nobody here has the name that they had there; one who is known keeps theirs. */
function cardOf({ peerId, name = '' }: Named): string {
  const claimed = tidyName(name)
  // The end of the id is no name: it stands for somebody who had none there either.
  if (claimed === undefined || peerId.endsWith(claimed)) return peerId
  // Anything else than an id is looked for as it stands.
  if (!/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/.test(peerId)) return peerId
  return `nigh:${peerId}?name=${encodeURIComponent(claimed)}`
}

const instant = v.pipe(v.string(), v.isoTimestamp())
const common = {
  id: v.pipe(v.string(), v.uuid()),
  text: v.string(),
  sentAt: instant,
  at: instant,
  inbox: v.exactOptional(v.string()),
  replyTo: v.exactOptional(v.pipe(v.string(), v.uuid())),
  edited: v.exactOptional(instant),
  deleted: v.exactOptional(instant),
  reaction: v.exactOptional(v.pipe(v.string(), v.maxLength(REACTION_LIMIT))),
}
/** Newer fields are passed over. */
const LINE = v.variant('event', [
  v.object({
    ...common,
    event: v.literal('message'),
    from: person,
    contentType: v.string(),
    disposition: v.literal('accepted'),
  }),
  v.object({
    ...common,
    event: v.literal('outcome'),
    to: person,
    contentType: v.exactOptional(v.string(), 'text/plain'),
    outcome: v.picklist(['success', 'failure', 'indeterminate']),
    state: v.string(),
    reason: v.exactOptional(v.string()),
    disposition: v.exactOptional(v.string()),
  }),
])

function messageIn(line: string, number: number): { who: Named; message: ImportedMessage } {
  const read = v.safeParse(LINE, parsed(line))
  if (!read.success || new TextEncoder().encode(read.output.text).length > BODY_LIMIT) {
    const place = read.success ? 'text' : (v.getDotPath(read.issues[0]) ?? 'event')
    throw new NighError(
      'usage',
      `Line ${number} is no message of an export (${harmless(place)}). Nothing was imported.`,
    )
  }
  const { id, text, contentType, sentAt, at, inbox } = read.output
  const label = inbox === undefined ? {} : { inbox }
  const { replyTo, edited, deleted, reaction } = read.output
  const past = {
    ...{ id, text, contentType, sentAt, at, ...label },
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(edited === undefined ? {} : { edited }),
    ...(deleted === undefined ? {} : { deleted }),
    ...(reaction === undefined ? {} : { reaction }),
  }
  if (read.output.event === 'message') return { who: read.output.from, message: { ...past, received: true } }
  return { who: read.output.to, message: { ...past, received: false, ...endOf(read.output) } }
}

/** A message that was under way, or a request, ended in a way that nobody here knows. */
function endOf({ outcome, state, reason, disposition }: Ended): EndedAs {
  if (state !== 'settled' || disposition === 'held') return { outcome: 'indeterminate' }
  return {
    outcome,
    ...(reason === undefined ? {} : { reason: reason as NonNullable<EndedAs['reason']> }),
    ...(disposition === 'delivered' || disposition === 'displayed' ? { disposition } : {}),
  }
}

type Ended = { outcome: EndedAs['outcome']; state: string; reason?: string; disposition?: string }
type EndedAs = Pick<Extract<ImportedMessage, { received: false }>, 'outcome' | 'reason' | 'disposition'>

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
