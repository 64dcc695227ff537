/** What was said in a conversation, theirs or mine, as every door lists it. */
import type { Message, Outcome, Person } from '../agent.ts'

/** A message of theirs or of mine. */
export type Said = Message | Outcome

/** The number of what no peer has taken yet: behind all that have one. */
export const UNNUMBERED = Number.POSITIVE_INFINITY

export function isMine(said: Said): said is Outcome {
  return 'outcome' in said
}

/** With whom it was said. */
export function otherOf(said: Said): Person {
  return isMine(said) ? said.to : said.from
}

/** Held until I say yes to it: no part of a conversation yet. */
export function isRequest(said: Said): boolean {
  return !isMine(said) && said.disposition === 'held'
}

/** A message of mine as it is about to leave, at wall ms `now`: no peer has taken it yet. */
export function leaving(
  message: Pick<Outcome, 'id' | 'to' | 'text' | 'replyTo' | 'quoted'>,
  now: number,
): Outcome {
  const at = new Date(now).toISOString()
  return { ...message, outcome: 'indeterminate', state: 'owed', at, sentAt: at, seq: UNNUMBERED }
}

/** What tells a message apart within a conversation: the two sides number their own. */
export function keyOf(said: Said): string {
  return `${isMine(said) ? 'me' : 'they'} ${said.id}`
}

/** When it was said, for its place in time: theirs when it came, mine when I sent it. */
export function timeOf(said: Said): string {
  return isMine(said) ? said.sentAt : said.at
}

/** Where a message is; looked for from the end, where nearly all that is looked for is. */
export function indexOf(said: readonly Said[], key: string): number {
  // Ids first: making a key of each of ten thousand would be felt.
  return said.findLastIndex((each) => key.endsWith(each.id) && keyOf(each) === key)
}
