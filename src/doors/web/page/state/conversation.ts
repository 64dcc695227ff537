/** What the page asks of a conversation as far as it is loaded. */

import type { Conversation } from '../../../../agent/conversation.ts'
import { isMine } from '../../../../agent/said.ts'

/** A page of it has been read. */
export function isLoaded(conversation: Conversation | undefined): boolean {
  return conversation?.from !== undefined
}

/** Nothing is older than what is here. */
export function isWhole({ from }: Conversation): boolean {
  return from === Number.NEGATIVE_INFINITY
}

/** Ids of theirs that I have not read. */
export function unreadIn(conversation: Conversation | undefined): string[] {
  return (conversation?.said ?? []).flatMap((said) => (!isMine(said) && said.unread ? [said.id] : []))
}
