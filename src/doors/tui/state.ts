/**
 * All that the screen knows and shows, as plain values. `change` (happened.ts, pressed.ts) makes the next state out of
 * what happened or was pressed, and says what the hallway is to ask of the Agent; the views make rows out of it.
 */
import { type Conversation, NOTHING_SAID } from '../../agent/conversation.ts'
import type { Said } from '../../agent/said.ts'
import type {
  Diagnosis,
  OwnStatus,
  Person,
  PersonRuleChange,
  Request,
  RulesSummary,
  Self,
  Sighting,
  StatusChange,
  UserInput,
  WatcherInformation,
} from '../../agent.ts'
import type { MessageId, PeerId } from '../../principal/ids.ts'
import { type Calls, NO_CALLS } from './calls.ts'
import { EMPTY, type Field, fieldWith, isEmpty, textOf } from './field.ts'
import type { Notification } from './notify.ts'

export interface State {
  size: Size
  /** Wall ms. Passed in, never asked for. */
  now: number
  /** The number of the last stored event: what is asked for from now on knows all up to it. */
  seq: number
  /** When people began to be looked for, wall ms. */
  since: number
  /** When the last key was pressed, wall ms. */
  keyAt: number
  /** Another window has the keys, as the terminal told. */
  elsewhere?: true
  /** What was told of them last, and when, wall ms. */
  keysAre?: { state: UserInput['state']; at: number }
  /** What the person was called for. */
  calls: Calls
  peer: PeerState
  /** The options that choose this home again, for commands to paste into another terminal. */
  flags: string
  self?: Self
  status?: OwnStatus
  rules?: RulesSummary
  people: ReadonlyMap<PeerId, Someone>
  /** Everybody who is listed, in order. */
  order: readonly PeerId[]
  selected?: PeerId
  focus: Focus
  talks: ReadonlyMap<PeerId, Talk>
  requests: readonly Request[]
  panel?: Panel
  notice?: Notice
  /** The mesh cannot hear or be heard, as it said itself; shown where nobody is found. */
  trouble: readonly string[]
  /** Why nobody is found, as far as it is known, and when that was asked, wall ms. */
  diagnosis?: Diagnosis
  diagnosedAt?: number
}

export interface Size {
  columns: number
  rows: number
}

/** `own`: it runs in this process; `attached`: in another; `lost`: it ended or handed the home over. */
export type PeerState = 'starting' | 'own' | 'attached' | 'lost'

/** Where keys go: the list, the draft, or the messages above it. */
export type Focus = 'people' | 'writing' | 'messages'

/** One person of the list. */
export interface Someone {
  who: Person
  /** As it was told; ages count from `seenAt`. */
  sighting: Sighting
  unread: number
  writing: boolean
  /** There is a conversation with them: they stay listed, whether or not they are near. */
  talked?: true
  rule?: PersonRuleChange['then']
}

/** A conversation, and where the person is in it. */
export interface Talk extends Conversation {
  loaded: 'not yet' | 'asked' | 'yes'
  /** What is older is being asked for, or there is nothing older. */
  older: 'perhaps' | 'asked' | 'none'
  /** Scrolled back: this row of this message is the lowest shown. */
  bottom?: { key: string; row: number }
  /** Came below while scrolled back. */
  below: number
  /** The first that was unread when the conversation was opened. */
  newFrom?: string
  /** Chosen by the person, to act upon. */
  picked?: string
  draft: Field
  /** What the draft is about; `before`: what was being written when an edit began. */
  about?: { as: 'answer' | 'edit'; key: string; id: MessageId; words: string; before: Field }
}

const NO_TALK: Talk = { ...NOTHING_SAID, loaded: 'not yet', older: 'perhaps', below: 0, draft: EMPTY }

/** A line at the foot, until the next key. */
export interface Notice {
  text: string
  kind: 'said' | 'failed' | 'warning'
}

export type Panel =
  | { kind: 'help'; top: number }
  | { kind: 'requests'; index: number }
  | { kind: 'watchers'; rows?: readonly WatcherInformation[]; top: number }
  | { kind: 'status'; field: Field; basic: OwnStatus['basic']; activities: readonly string[] }
  | { kind: 'add'; field: Field; asked: boolean }
  | { kind: 'card'; codes: Codes }
  | { kind: 'verify'; who: PeerId; words?: string; mine?: string; codes: Codes }
  | { kind: 'rule'; who: PeerId }
  | { kind: 'rename'; who: PeerId; field: Field }
  | { kind: 'search'; field: Field; found: readonly Said[]; asked: string; index: number }
  | { kind: 'details'; who: PeerId; key: string }
  | { kind: 'react'; who: PeerId; key: string; field: Field }
  /** `forBoth`: the other one may have it, so it can be deleted there, too. */
  | { kind: 'erase'; who: PeerId; key: string; forBoth: boolean }
  | { kind: 'doctor'; who?: PeerId; diagnosis?: Diagnosis }

/** My card as codes to photograph, the one that says more first; the largest that fits is shown. */
export type Codes = readonly (readonly string[])[]

/** What the hallway is to do; it answers with a happening, if with anything. */
export type Ask =
  | { ask: 'page'; who: PeerId; before?: string }
  /** Back to this message, however far. */
  | { ask: 'reach'; who: PeerId; key: string; id: MessageId }
  | { ask: 'read'; ids: readonly MessageId[] }
  /** How much of theirs is unread, where the screen cannot know. */
  | { ask: 'unread'; who: PeerId }
  | { ask: 'send'; to: Person; text: string; answers?: { id: MessageId; words: string } }
  | { ask: 'edit'; who: PeerId; id: MessageId; key: string; text: string }
  | { ask: 'react'; id: MessageId; reaction: string | null }
  /** For both. */
  | { ask: 'erase'; id: MessageId }
  /** Here alone. */
  | { ask: 'forget'; who: PeerId; key: string; id: MessageId }
  | { ask: 'composing'; to: PeerId; state: 'active' | 'idle' }
  | { ask: 'status'; change: StatusChange }
  | { ask: 'answer'; who: PeerId; answer: 'accept' | 'contact' | 'refuse' }
  | { ask: 'add'; who: string }
  | { ask: 'rule'; who: PeerId; then: PersonRuleChange['then'] }
  | { ask: 'words'; who: PeerId }
  | { ask: 'verify'; who: PeerId; verified: boolean }
  | { ask: 'rename'; who: PeerId; name: string }
  | { ask: 'remove'; who: PeerId }
  | { ask: 'search'; words: string }
  | { ask: 'recall'; id: MessageId }
  | { ask: 'watchers' }
  | { ask: 'diagnose'; who?: PeerId }
  | { ask: 'card' }
  | { ask: 'people' }
  | { ask: 'requests' }
  | { ask: 'me' }
  | { ask: 'keys'; input: UserInput | null }
  | { ask: 'call'; who: PeerId; bell: boolean; notification?: Notification }
  | { ask: 'run here' }
  | { ask: 'suspend' }
  | { ask: 'redraw' }
  | { ask: 'quit' }

export type Changed = readonly [State, readonly Ask[]]

export function beginning(size: Size, now: number, flags: string): State {
  return {
    size,
    now,
    seq: 0,
    since: now,
    keyAt: now,
    calls: NO_CALLS,
    peer: 'starting',
    flags,
    people: new Map(),
    order: [],
    focus: 'people',
    talks: new Map(),
    requests: [],
    trouble: [],
  }
}

/** Drafts of an earlier screen, for people of whom this one does not know them. */
export function withDrafts(state: State, drafts: ReadonlyMap<PeerId, string>): State {
  let next = state
  for (const [who, text] of drafts)
    if (isEmpty(talkWith(next, who).draft)) next = withTalk(next, who, { draft: fieldWith(text) })
  return next
}

/** What is being written, by person; nothing where nothing is. */
export function draftsOf({ talks }: State): Map<PeerId, string> {
  return new Map(
    [...talks].flatMap(([who, { draft, about }]) => {
      // Half an edit is no draft: it would be sent as a message of its own.
      const kept = about?.as === 'edit' ? about.before : draft
      return isEmpty(kept) ? [] : [[who, textOf(kept)]]
    }),
  )
}

export function talkWith(state: State, who: PeerId): Talk {
  return state.talks.get(who) ?? NO_TALK
}

/** What is said in it has a place here: what is not loaded yet, and not asked for, will be listed as it is then. */
export function isFollowed({ loaded, said }: Talk): boolean {
  return loaded !== 'not yet' || said.length > 0
}

/** The conversation changed by `fields`; an `undefined` takes a field away. */
export function withTalk(
  state: State,
  who: PeerId,
  fields: { [Part in keyof Talk]?: Talk[Part] | undefined },
): State {
  const talks = new Map(state.talks)
  talks.set(who, without({ ...talkWith(state, who), ...fields }) as Talk)
  return { ...state, talks }
}

/** An object without the fields that are undefined. */
export function without<Fields extends object>(fields: Fields): Fields {
  for (const [name, value] of Object.entries(fields))
    if (value === undefined) delete (fields as Record<string, unknown>)[name]
  return fields
}

export function said(state: State, text: string, kind: Notice['kind'] = 'said'): State {
  return { ...state, notice: { text, kind } }
}

/** Whether there is an Agent to ask. */
export function answers({ peer }: State): boolean {
  return peer === 'own' || peer === 'attached'
}

/** Whose conversation is open: keys are written to them, and what they say is read. */
export function openWith(state: State): PeerId | undefined {
  return state.focus === 'people' ? undefined : state.selected
}
