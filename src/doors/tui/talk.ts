/** A conversation grows at both ends: what comes is appended, pages of what was before are put in front. */

import { requoted } from '../../agent/quote.ts'
import { isMine, keyOf, type Said } from '../../agent/said.ts'
import type { Outcome } from '../../agent.ts'
import type { Talk } from './state.ts'

/** Rows of history asked for at once: some screens of them. */
export const PAGE = 100

/** What came, or is about to leave; one that is there already is replaced. */
export function appended(said: readonly Said[], next: Said): readonly Said[] {
  const at = indexOf(said, keyOf(next))
  if (at < 0) return [...said, next]
  const changed = [...said]
  changed[at] = next
  return changed
}

/** As it is now, if it is loaded, also in what answers it. */
export function replaced(said: readonly Said[], next: Said): readonly Said[] {
  const key = keyOf(next)
  if (indexOf(said, key) < 0 && !said.some(({ replyTo }) => replyTo === next.id)) return said
  return said.map((each) => (each.id === next.id && keyOf(each) === key ? next : requoted(each, next)))
}

/** How a message of mine stands now. Undefined where it is not in what is loaded. */
export function settled(said: readonly Said[], outcome: Outcome): readonly Said[] | undefined {
  const at = indexOf(said, `me ${outcome.id}`)
  const known = said[at]
  if (known === undefined || !isMine(known)) return undefined
  // Events of the same message may overtake the answer to its sending.
  if (known.state === 'settled' && outcome.state !== 'settled') return said
  const changed = [...said]
  // What only listings tell stays: its text, what it answers, how it was changed.
  const { waits: _, reason: __, disposition: ___, ...listed } = known
  changed[at] = { ...listed, ...outcome }
  return changed
}

/**
 * The newest page, as it is now, in place of what of it was known. Where it does not reach what was loaded before, that
 * is let go of: a conversation with a gap would read as one without.
 */
export function newest(talk: Talk, page: readonly Said[]): Pick<Talk, 'said' | 'older'> {
  const [first] = page
  const last = page.at(-1)
  const from = first === undefined ? -1 : indexOf(talk.said, keyOf(first))
  const inPage = new Set(page.map(keyOf))
  // Owed just now, or arrived while the page was on its way: what was never numbered, or is newer than all of it.
  const since = talk.said
    .slice(Math.max(0, from))
    .filter(
      (each) => !inPage.has(keyOf(each)) && (last === undefined || each.seq === 0 || each.seq > last.seq),
    )
  return {
    said: [...talk.said.slice(0, Math.max(0, from)), ...page.map((row) => latest(talk.said, row)), ...since],
    older: from > 0 ? talk.older : page.length < PAGE ? 'none' : 'perhaps',
  }
}

/** What was told while the page was on its way stands as it was told. */
function latest(said: readonly Said[], row: Said): Said {
  const known = said[indexOf(said, keyOf(row))]
  if (known === undefined) return row
  if (isMine(row))
    return isMine(known) && known.state === 'settled' && row.state !== 'settled' ? { ...row, ...known } : row
  return !isMine(known) && !known.unread ? { ...row, unread: false } : row
}

/** A page of what was before all that is loaded. */
export function olderPage(talk: Talk, page: readonly Said[]): Pick<Talk, 'said' | 'older'> {
  const known = new Set(talk.said.map(keyOf))
  const fresh = page.filter((each) => !known.has(keyOf(each)))
  return { said: [...fresh, ...talk.said], older: page.length < PAGE ? 'none' : 'perhaps' }
}

/** Where a message is; looked for from the end, where nearly all that is looked for is. */
export function indexOf(said: readonly Said[], key: string): number {
  // Ids first: making a key of each of ten thousand would be felt.
  return said.findLastIndex((each) => key.endsWith(each.id) && keyOf(each) === key)
}
