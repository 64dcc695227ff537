/**
 * Nigh for programs: open a peer, act through its Agent, listen to its events.
 *
 * @packageDocumentation
 */

export { appearsReady } from './agent/readiness.ts'
export type {
  AccessConditions,
  AccessRules,
  AccessRulesInForce,
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
  GeneralRule,
  InboxQuery,
  Markup,
  Message,
  Notes,
  OutboxState,
  Outcome,
  OutcomeWord,
  OwnStatus,
  OwnTuple,
  Person,
  PersonRuleChange,
  PersonRuleMade,
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
  TupleStatus,
  TupleView,
  UserInput,
  Via,
  WatcherInformation,
} from './agent.ts'
export { type ErrorCode, NighError } from './errors.ts'
export { openPeer, type Peer, type PeerOptions } from './peer.ts'
export type { MessageId, PeerId } from './principal/ids.ts'
