/** What happens to the screen, as plain values: events of the Agent, its answers, time, the window's size. */
import type { Listing } from '../../agent/conversation.ts'
import type { Said } from '../../agent/said.ts'
import type {
  AgentEvent,
  Diagnosis,
  OwnStatus,
  Person,
  PersonRuleChange,
  Request,
  RulesSummary,
  Self,
  Sighting,
  WatcherInformation,
} from '../../agent.ts'
import type { MessageId, PeerId } from '../../principal/ids.ts'
import type { Ask, Codes, Size } from './state.ts'

export type Happening =
  | AgentEvent
  | { event: 'tick' }
  | { event: 'size'; size: Size }
  /** The Agent answers from now on, for the first time or again. */
  | { event: 'started'; as: 'own' | 'attached'; found: Found }
  | { event: 'lost'; handedOver: boolean }
  /** What was being written when the screen was left last. */
  | { event: 'drafts'; drafts: ReadonlyMap<PeerId, string> }
  | { event: 'page'; who: PeerId; listing: Listing }
  | {
      event: 'sending'
      to: Person
      id: MessageId
      text: string
      answers?: { id: MessageId; words: string }
    }
  | { event: 'unread'; who: PeerId; count: number }
  /** A message was deleted here. */
  | { event: 'forgotten'; who: PeerId; key: string }
  | { event: 'not sent'; to: PeerId; id: MessageId; text: string; sentence: string }
  | { event: 'people'; people: readonly Sighting[] }
  | { event: 'requests'; requests: readonly Request[] }
  | { event: 'own status'; status: OwnStatus }
  | { event: 'me'; self: Self; status: OwnStatus }
  | { event: 'diagnosis'; who?: PeerId; diagnosis: Diagnosis }
  | { event: 'watchers'; rows: readonly WatcherInformation[] }
  | { event: 'found'; words: string; said: readonly Said[] }
  /** All that was said since this message, and it. */
  | { event: 'reached'; who: PeerId; key: string; listing: Listing }
  | { event: 'card'; self: Self; codes: Codes }
  | { event: 'words'; who: PeerId; words: string; mine: string; codes: Codes }
  /** Somebody is another than before, as it was asked: renamed, verified, added, ruled about. */
  | { event: 'person'; who: Person; rule?: PersonRuleChange['then'] }
  /** What was asked is done: one sentence. */
  | { event: 'done'; sentence: string }
  | { event: 'failed'; sentence: string; of?: Ask }
  /** Somebody's request was accepted; what they said is there now, so many messages of it unread. */
  | { event: 'accepted'; who: Person; listing: Listing; messages: number }

/** What is known when the Agent begins to answer. */
export interface Found {
  self: Self
  status: OwnStatus
  rules: RulesSummary
  /** People with whom there is a conversation, near or not. */
  known: readonly Person[]
  unread: ReadonlyMap<PeerId, number>
  requests: readonly Request[]
  personRules: ReadonlyMap<PeerId, PersonRuleChange['then']>
}
