/** What happens to messages after they came: read elsewhere, changed, deleted, an edit that was refused. */

import * as conversation from '../../agent/conversation.ts'
import { quoteOf } from '../../agent/quote.ts'
import { isMine, keyOf, otherOf } from '../../agent/said.ts'
import type { AgentEvent } from '../../agent.ts'
import { fieldWith } from './field.ts'
import type { Happening } from './happening.ts'
import { changedPerson } from './people.ts'
import { type Ask, type Changed, isFollowed, type State, talkWith, withTalk } from './state.ts'

/** At whatever door it was read: what was read here is unread no longer, and is not taken off twice. */
export function readElsewhere(state: State, { who, ids }: Extract<AgentEvent, { event: 'read' }>): State {
  const talk = talkWith(state, who.peerId)
  const theirs = new Map(talk.said.flatMap((each) => (isMine(each) ? [] : [[each.id, each.unread] as const])))
  const news = ids.filter((id) => theirs.get(id) !== false)
  const someone = state.people.get(who.peerId)
  if (someone === undefined || news.length === 0) return state
  const next = changedPerson(state, who.peerId, { unread: Math.max(0, someone.unread - news.length) })
  return isFollowed(talk) ? withTalk(next, who.peerId, conversation.wereRead(talk, ids)) : next
}

/** As it is now, where it is loaded; elsewhere it will be read as it is. */
export function amended(state: State, { message, seq }: Extract<AgentEvent, { event: 'amended' }>): Changed {
  const who = otherOf(message).peerId
  const talk = talkWith(state, who)
  const next = isFollowed(talk) ? withTalk(state, who, conversation.amended(talk, message, seq)) : state
  const unread = state.people.get(who)?.unread ?? 0
  if (isMine(message) || message.deleted === undefined || unread === 0) return [next, []]
  // What was deleted has nothing to be read any more.
  const before = talk.said.find((each) => keyOf(each) === keyOf(message))
  if (before === undefined) return [next, [{ ask: 'unread', who }]]
  if (isMine(before) || !before.unread) return [next, []]
  return [changedPerson(next, who, { unread: unread - 1 }), []]
}

export function forgotten(state: State, { who, key }: Extract<Happening, { event: 'forgotten' }>): State {
  const talk = talkWith(state, who)
  const next = withTalk(state, who, {
    ...conversation.gone(talk, key),
    ...(talk.picked === key ? { picked: undefined } : {}),
  })
  return state.focus === 'messages' ? { ...next, focus: 'writing' } : next
}

/** An edit goes on where it was: as a draft it would be sent as a message of its own. */
export function editedAgain(state: State, { who, id, key, text }: Extract<Ask, { ask: 'edit' }>): State {
  const { said, draft } = talkWith(state, who)
  const words = quoteOf(said.find((each) => keyOf(each) === key)?.text ?? '')
  return withTalk(state, who, {
    draft: fieldWith(text),
    about: { as: 'edit', key, id, words, before: draft },
  })
}
