/**
 * Nigh for programs: open a peer, act through its Agent, listen to its events.
 *
 * @packageDocumentation
 */

export type {
  AddContact,
  Agent,
  AgentEvent,
  Answered,
  Basic,
  CallOptions,
  Change,
  Contact,
  ContactAdded,
  DeliveryConditions,
  DeliveryExplained,
  DeliveryRule,
  DeliveryRules,
  DeliveryRulesInForce,
  Disposition,
  Evidence,
  Explanation,
  InboxQuery,
  Message,
  OutboxState,
  Outcome,
  OutcomeWord,
  OwnStatus,
  Person,
  Presence,
  PresenceTuple,
  Preset,
  Reason,
  Request,
  RulesSummary,
  Self,
  SendOptions,
  Sighting,
  StatusChange,
  Subscription,
  SubscriptionStatus,
  Via,
  WatcherInformation,
} from './agent.ts'
export { type ErrorCode, NighError } from './errors.ts'
export { openPeer, type Peer, type PeerOptions } from './peer.ts'
export type { MessageId, PeerId } from './principal/ids.ts'
