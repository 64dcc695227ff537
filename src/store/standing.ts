/**
 * How a message stands after all that was done to it, whatever came first: edits and deletions of its writer, reactions of
 * the other one. Of two of a kind the later by its author's own count stands (sent times of one author rise, so a link
 * that brings them in another order changes nothing); a deletion is for good.
 */
import type { Amendment } from '../agent.ts'
import { REACTION_LIMIT } from '../envelope/protocol.ts'
import type { Standing } from '../ports.ts'
import type { MessageId } from '../principal/ids.ts'

/** One message that changes another. */
export interface Amending {
  /** Number of the row that brought it. */
  carrier: number
  by: Amendment
  id: MessageId
  /** Its author's claim. */
  sentAt: number
  /** Wall ms at which it was kept, or owed, here. */
  at: number
  body: Uint8Array
  contentType: string
  /** Of mine: failed, it changed nothing; open, it is not answered yet. */
  fate: 'stands' | 'open' | 'failed'
}

/** What comes of them; `worth`: those whose body is still shown. Undefined where nothing stands. */
export function standingOf(all: readonly Amending[]): { standing?: Standing; worth: ReadonlySet<number> } {
  const counted = all.filter(({ fate }) => fate !== 'failed')
  const [deletion] = inOrder(counted.filter(({ by }) => by === 'delete'))
  const edit = inOrder(counted.filter(({ by }) => by === 'edit')).at(-1)
  const reaction = inOrder(counted.filter(({ by }) => by === 'react' || by === 'unreact')).at(-1)
  const open = counted.some(({ fate }) => fate === 'open') ? { open: true as const } : {}
  if (deletion !== undefined) return { standing: { deletedAt: deletion.at, ...open }, worth: new Set() }
  const sign = reaction?.by === 'react' ? reactionIn(reaction.body) : ''
  const standing: Standing = {
    ...(edit === undefined ? {} : { editedAt: edit.at, body: edit.body, contentType: edit.contentType }),
    ...(sign === '' ? {} : { reaction: sign }),
    ...open,
  }
  const worth = new Set([edit?.carrier, reaction?.carrier].filter((carrier) => carrier !== undefined))
  return Object.keys(standing).length === 0 ? { worth } : { standing, worth }
}

/** By their author's count. Where that is the same, as after a restore, by the ids: any order does, as long as all have the same. */
function inOrder(some: readonly Amending[]): Amending[] {
  return some.toSorted((one, other) => one.sentAt - other.sentAt || (one.id < other.id ? -1 : 1))
}

const DECODER = new TextDecoder()

/** On one line, whatever was sent; one that shows nothing is none. */
function reactionIn(body: Uint8Array): string {
  return DECODER.decode(body.subarray(0, REACTION_LIMIT))
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
}
