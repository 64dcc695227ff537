/**
 * A conversation as far as it is loaded. What comes is appended once, whatever way it comes: the answer to sending, an
 * event, a replay after a lost link, a page of history. Each side numbers its own messages, so a key names the side.
 */

import { requoted } from '../../../../agent/quote.ts'
import { isMine, keyOf, type Said } from '../../../../agent/said.ts'
import type { Outcome } from '../../../../agent.ts'

export interface Conversation {
  /** Oldest first. */
  said: readonly Said[]
  /** The newest page has been read. */
  loaded: boolean
  /** Nothing is older than what is here. */
  whole: boolean
  /** An outcome came of a message whose text is not here: the newest page is to be read again. */
  stale?: true
}

/** A message that came, or is about to leave. One that is here already stays at its place. */
export function fresh(conversation: Conversation, said: Said): Conversation {
  const at = indexOf(conversation.said, keyOf(said))
  const known = conversation.said[at]
  if (known !== undefined) {
    if (isMine(said)) return noteOutcome(conversation, said)
    // A replay may tell what was read since as unread.
    const read = 'unread' in known && !known.unread
    return replaced(conversation, at, { ...said, unread: said.unread && !read })
  }
  // A listing may bring what an event that came before it is younger than.
  const younger = said.seq === 0 ? -1 : conversation.said.findIndex(({ seq }) => seq > said.seq)
  const place = younger < 0 ? conversation.said.length : younger
  return { ...conversation, said: conversation.said.toSpliced(place, 0, said) }
}

/** How a message of mine stands now. An answer that was overtaken by a later one changes nothing. */
export function noteOutcome(conversation: Conversation, outcome: Outcome): Conversation {
  const at = indexOf(conversation.said, `me ${outcome.id}`)
  const known = conversation.said[at]
  if (known === undefined || !isMine(known)) {
    if (outcome.text !== undefined) return { ...conversation, said: [...conversation.said, outcome] }
    return { ...conversation, stale: true }
  }
  if (rankOf(known) > rankOf(outcome)) return conversation
  // What only listings tell stays: its text, what it answers, how it was changed.
  const { waits: _, reason: __, disposition: ___, ...listed } = known
  return replaced(conversation, at, { ...listed, ...outcome })
}

/** A message as it is after a change, also in what answers it. What is not loaded will be read as it is. */
export function changed(conversation: Conversation, said: Said): Conversation {
  const key = keyOf(said)
  return {
    ...conversation,
    said: conversation.said.map((each) => (keyOf(each) === key ? said : requoted(each, said))),
  }
}

/** A page of history: the newest one, or with `older` the one before all that is here. */
export function keep(
  conversation: Conversation,
  page: { rows: readonly Said[]; whole: boolean; older: boolean },
): Conversation {
  const { said } = conversation
  const inPage = new Set(page.rows.map(keyOf))
  if (page.older) {
    const known = new Set(said.map(keyOf))
    const before = page.rows.filter((row) => !known.has(keyOf(row)))
    return { said: [...before, ...said], loaded: conversation.loaded, whole: page.whole }
  }
  const first = page.rows[0]
  const from = first === undefined ? -1 : indexOf(said, keyOf(first))
  // Where the page does not join what was here, what lies between is missing: it is read again from the page on.
  const before = from > 0 ? said.slice(0, from).filter((row) => !inPage.has(keyOf(row))) : []
  // What was told while the page was on its way stands as it was told.
  const here = new Map(said.map((row) => [keyOf(row), row]))
  const rows = page.rows.map((row) => latest(here.get(keyOf(row)), row))
  // What was said while the page was on its way stays behind it.
  const last = page.rows.at(-1)?.seq ?? 0
  const since = said
    .slice(Math.max(0, from))
    .filter((row) => !inPage.has(keyOf(row)) && (row.seq === 0 || row.seq > last))
  return {
    said: [...before, ...rows, ...since],
    loaded: true,
    whole: from > 0 ? conversation.whole : page.whole,
  }
}

function latest(known: Said | undefined, row: Said): Said {
  if (known === undefined) return row
  if (isMine(row)) return isMine(known) && rankOf(known) > rankOf(row) ? { ...row, ...known } : row
  return !isMine(known) && !known.unread ? { ...row, unread: false } : row
}

/** Ids of theirs that I have not read. */
export function unreadIn(conversation: Conversation | undefined): string[] {
  return (conversation?.said ?? []).flatMap((said) => (!isMine(said) && said.unread ? [said.id] : []))
}

function replaced(conversation: Conversation, at: number, said: Said): Conversation {
  return { ...conversation, said: conversation.said.with(at, said) }
}

function indexOf(said: readonly Said[], key: string): number {
  return said.findLastIndex((each) => keyOf(each) === key)
}

/** Where a message stands on its way; only forwards. */
function rankOf(outcome: Outcome): number {
  const order = outcome.state === 'owed' ? 0 : outcome.state === 'sent' ? 1 : 2
  const kept = { held: 1, delivered: 2, displayed: 3 }
  return order * 10 + (outcome.disposition === undefined ? 0 : kept[outcome.disposition])
}
