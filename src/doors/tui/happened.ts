import {
  fared,
  heard,
  type Listing,
  NOTHING_SAID,
  oldestOf,
  unsaid,
  wereRead,
  listed as withListing,
} from '../../agent/conversation.ts'
import { isMine, isRequest, keyOf, leaving } from '../../agent/said.ts'
import type { AgentEvent, Person, PersonRuleChange, Request, Sighting } from '../../agent.ts'
import type { PeerId } from '../../principal/ids.ts'
import { amended, editedAgain, forgotten, readElsewhere } from './afterwards.ts'
import { keysTold } from './at-the-keys.ts'
import { callFor } from './calling.ts'
import { fieldWith, isEmpty } from './field.ts'
import type { Found, Happening } from './happening.ts'
import { isLooking } from './looking.ts'
import { changedPerson, met, withPeople } from './people.ts'
import {
  type Ask,
  answers,
  type Changed,
  isFollowed,
  openWith,
  type Someone,
  type State,
  said as saying,
  talkWith,
  withDrafts,
  withTalk,
} from './state.ts'
import { WHY_AFTER_MS } from './waiting.ts'

export function happened(before: State, happening: Happening, now: number): Changed {
  const state: State = { ...before, now, seq: seqAfter(before, happening) }
  switch (happening.event) {
    case 'tick':
      return keysTold(ticked(state))
    case 'size':
      return [{ ...state, size: happening.size }, []]
    case 'started':
      return started(state, happening)
    case 'drafts':
      return [withDrafts(state, happening.drafts), []]
    case 'lost':
      return [lost(state, happening.handedOver), []]
    case 'snapshot':
    case 'people':
      return looked(listed(state, happening.people))
    case 'presence':
      return looked(met(state, happening.who, sightingOf(happening)))
    case 'message':
      return callFor(state, received(state, happening), happening)
    case 'outcome':
      return outcome(state, happening)
    case 'amended':
      return amended(state, happening)
    case 'unread':
      return [changedPerson(state, happening.who, { unread: happening.count }), []]
    case 'forgotten':
      return [forgotten(state, happening), []]
    case 'sending':
      return [sending(state, happening), []]
    case 'not sent':
      return [notSent(state, happening), []]
    case 'page':
      return page(state, happening)
    case 'reached':
      return [reached(state, happening), []]
    case 'request':
      return [state, [{ ask: 'requests' }]]
    case 'requests':
      return [requests(state, happening.requests), []]
    case 'composing':
      return [changedPerson(state, happening.who.peerId, { writing: happening.state === 'active' }), []]
    case 'own status':
      return [{ ...state, status: happening.status }, []]
    case 'me':
      return [{ ...state, self: happening.self, status: happening.status }, []]
    case 'diagnosis':
      return [diagnosed(state, happening), []]
    case 'watchers':
      return [
        state.panel?.kind === 'watchers'
          ? { ...state, panel: { ...state.panel, rows: happening.rows } }
          : state,
        [],
      ]
    case 'found':
      return [found(state, happening), []]
    case 'card':
      return [
        {
          ...state,
          self: happening.self,
          ...(state.panel?.kind === 'card'
            ? { panel: { kind: 'card' as const, codes: happening.codes } }
            : {}),
        },
        [],
      ]
    case 'words': {
      const { panel } = state
      if (panel?.kind !== 'verify' || panel.who !== happening.who) return [state, []]
      const { words, mine, codes } = happening
      return [{ ...state, panel: { ...panel, words, mine, codes } }, []]
    }
    case 'person':
      return looked(personChanged(state, happening))
    case 'done':
      return [saying(state, happening.sentence), []]
    case 'failed':
      return [saying(failed(state, happening.of), happening.sentence, 'failed'), []]
    case 'accepted':
      return accepted(state, happening)
    case 'warning':
      return [warned(state, happening), []]
    case 'read':
      return [readElsewhere(state, happening), []]
    case 'subscription':
    case 'offline':
      return [state, []]
  }
}

/** A new stream begins at the last stored event; answers have the number of what they are about. */
function seqAfter({ seq }: State, happening: Happening): number {
  if (!('seq' in happening)) return seq
  return happening.event === 'snapshot' ? happening.seq : Math.max(seq, happening.seq)
}

/** Where nobody is found, the doctor is asked why, and again every now and then: things change. */
function ticked(state: State): Changed {
  const { order, now, since, diagnosedAt = Number.NEGATIVE_INFINITY } = state
  if (!answers(state) || order.length > 0) return [state, []]
  if (now - since < WHY_AFTER_MS || now - diagnosedAt < DIAGNOSE_EVERY_MS) return [state, []]
  return [{ ...state, diagnosedAt: now }, [{ ask: 'diagnose' }]]
}

const DIAGNOSE_EVERY_MS = 30_000

function diagnosed(state: State, { who, diagnosis }: Extract<Happening, { event: 'diagnosis' }>): State {
  const next = who === undefined ? { ...state, diagnosis } : state
  const { panel } = next
  return panel?.kind === 'doctor' && panel.who === who ? { ...next, panel: { ...panel, diagnosis } } : next
}

function started(state: State, { as, found: start }: { as: 'own' | 'attached'; found: Found }): Changed {
  const again = state.peer === 'lost'
  // Told to the one before: this one knows nothing of it.
  const { keysAre: _, ...fresh } = state
  let next: State = { ...fresh, peer: as, self: start.self, status: start.status, rules: start.rules }
  for (const who of start.known) next = changedPerson(met(next, who), who.peerId, { talked: true })
  const people = new Map<PeerId, Someone>()
  for (const [peer, someone] of next.people)
    people.set(peer, {
      ...someone,
      writing: false,
      unread: openWith(next) === peer ? someone.unread : (start.unread.get(peer) ?? 0),
      ...ruleOf(start.personRules.get(peer)),
    })
  next = requests(withPeople(next, people), start.requests)
  // What was said meanwhile is not in what is loaded, and numbers count from what this one tells.
  const { told, missing } = NOTHING_SAID
  const talks = new Map(
    [...next.talks].map(([peer, talk]) => [peer, { ...talk, told, missing, loaded: 'not yet' as const }]),
  )
  next = { ...next, talks }
  return looked(again ? saying(next, 'Connected again.') : next)
}

function ruleOf(rule: PersonRuleChange['then'] | undefined): Pick<Someone, 'rule'> {
  return rule === undefined || rule === 'allow' || rule === 'unblock' ? {} : { rule }
}

function lost(state: State, handedOver: boolean): State {
  const people = new Map<PeerId, Someone>()
  // Nobody watches any more: what is shown is the last that was known.
  for (const [peer, someone] of state.people) {
    const evidence = someone.sighting.evidence === 'gone' ? 'gone' : 'unknown'
    people.set(peer, { ...someone, writing: false, sighting: { ...someone.sighting, evidence } })
  }
  const next = withPeople({ ...state, peer: 'lost' }, people)
  return saying(
    next,
    handedOver
      ? 'Nigh hands your home over. Connecting to the next…'
      : 'Your Nigh has ended. Waiting for it to come back…',
    'warning',
  )
}

/** Everybody as they are listed now; whoever is neither listed nor talked to any more is let go of. */
function listed(state: State, sightings: readonly Sighting[]): State {
  const here = new Set(sightings.map(({ who }) => who.peerId))
  const people = new Map(
    [...state.people].filter(([peer, { talked }]) => here.has(peer) || talked || peer === openWith(state)),
  )
  for (const sighting of sightings) {
    const known = people.get(sighting.who.peerId)
    people.set(sighting.who.peerId, { unread: 0, writing: false, ...known, who: sighting.who, sighting })
  }
  return withPeople(state, people)
}

function sightingOf({ who, presence, evidence, seenAt, ageMs }: Sighting): Sighting {
  return {
    who,
    evidence,
    ...(presence === undefined ? {} : { presence }),
    ...(seenAt === undefined ? {} : { seenAt }),
    ...(ageMs === undefined ? {} : { ageMs }),
  }
}

/** After somebody is there to be looked at: their conversation is loaded, once. */
export function looked(state: State): Changed {
  const { selected } = state
  if (selected === undefined || !answers(state)) return [state, []]
  if (talkWith(state, selected).loaded !== 'not yet') return [state, []]
  return [withTalk(state, selected, { loaded: 'asked' }), [{ ask: 'page', who: selected }]]
}

function received(state: State, message: Extract<AgentEvent, { event: 'message' }>): Changed {
  const { event: _, ...said } = message
  if (isRequest(message)) return [state, [{ ask: 'requests' }]]
  const from = message.from.peerId
  const talk = talkWith(state, from)
  let next = met(state, message.from)
  next = changedPerson(next, from, { writing: false, talked: true })
  if (talk.loaded !== 'not yet') next = withTalk(next, from, heard(talk, said))
  if (message.deleted !== undefined) return [next, []]
  const isOpen = openWith(next) === from
  if (isOpen && talk.bottom === undefined && isLooking(next)) return shownRead(next, from)
  if (isOpen && talk.bottom !== undefined) next = withTalk(next, from, { below: talk.below + 1 })
  return looked(changedPerson(next, from, { unread: (next.people.get(from)?.unread ?? 0) + 1 }))
}

/** Everything that is loaded of an open conversation is read. */
export function shownRead(state: State, who: PeerId): Changed {
  const talk = talkWith(state, who)
  const unread = talk.said.filter((each) => !isMine(each) && each.unread && !isRequest(each))
  const next = changedPerson(state, who, { unread: 0 })
  if (unread.length === 0) return [next, []]
  const ids = unread.map(({ id }) => id)
  return [withTalk(next, who, wereRead(talk, ids)), [{ ask: 'read', ids }]]
}

function outcome(state: State, event: Extract<AgentEvent, { event: 'outcome' }>): Changed {
  const { event: _, ...stands } = event
  const to = event.to.peerId
  const next = changedPerson(state.people.has(to) ? state : met(state, event.to), to, { talked: true })
  const talk = talkWith(next, to)
  if (!isFollowed(talk)) return [next, []]
  return mended(withTalk(next, to, fared(talk, stands)), to)
}

function sending(state: State, { to, id, text, answers }: Extract<Happening, { event: 'sending' }>): State {
  const quoting = answers === undefined ? {} : { replyTo: answers.id, quoted: answers.words }
  const talk = talkWith(state, to.peerId)
  return withTalk(state, to.peerId, {
    ...heard(talk, leaving({ id, to, text, ...quoting }, state.now)),
    bottom: undefined,
    below: 0,
    newFrom: undefined,
  })
}

/** The text goes back to where it was typed, unless something else is there by now. */
function notSent(state: State, { to, id, text, sentence }: Extract<Happening, { event: 'not sent' }>): State {
  const talk = talkWith(state, to)
  const back = isEmpty(talk.draft) ? { draft: fieldWith(text) } : {}
  return saying(withTalk(state, to, { ...unsaid(talk, `me ${id}`), ...back }), sentence, 'failed')
}

function page(state: State, { who, listing }: Extract<Happening, { event: 'page' }>): Changed {
  const { newFrom } = talkWith(state, who)
  let [next, asks] = mended(withPage(state, who, listing), who)
  if (openWith(next) !== who) return [next, asks]
  const first = talkWith(next, who).said.find((each) => !isMine(each) && each.unread)
  if (listing.before === undefined && first !== undefined && newFrom === undefined)
    next = withTalk(next, who, { newFrom: keyOf(first) })
  const [read, more] = shownRead(next, who)
  return [read, [...asks, ...more]]
}

function withPage(state: State, who: PeerId, listing: Listing): State {
  const talk = talkWith(state, who)
  const joined = withListing(talk, listing)
  const isAsked = talk.older === 'asked' && listing.before === undefined
  const older = joined.from === Number.NEGATIVE_INFINITY ? 'none' : isAsked ? 'asked' : 'perhaps'
  return withTalk(state, who, { ...joined, older, loaded: 'yes' })
}

/** What was sent through another door has a text that no event carries: it is listed. */
function mended(state: State, who: PeerId): Changed {
  const { loaded, missing } = talkWith(state, who)
  if (loaded !== 'yes' || missing.length === 0) return [state, []]
  return [withTalk(state, who, { loaded: 'asked' }), [{ ask: 'page', who }]]
}

function reached(state: State, { who, key, listing }: Extract<Happening, { event: 'reached' }>): State {
  const bottom = { key, row: Number.MAX_SAFE_INTEGER }
  return withTalk(withPage(state, who, listing), who, { picked: key, bottom })
}

function requests(state: State, all: readonly Request[]): State {
  const next = { ...state, requests: all }
  if (state.panel?.kind !== 'requests') return next
  // The last one was answered: what is next is what they wrote.
  if (all.length === 0 && state.requests.length > 0) {
    const { panel: _, ...shut } = next
    return shut
  }
  // Who is chosen stays so while others are answered elsewhere: the next key is for them.
  const { index } = state.panel
  const chosen = state.requests[index]
  const at = all.findIndex(({ who, kind }) => who.peerId === chosen?.who.peerId && kind === chosen.kind)
  return {
    ...next,
    panel: { kind: 'requests', index: at < 0 ? Math.max(0, Math.min(index, all.length - 1)) : at },
  }
}

function found(state: State, { words, said }: Extract<Happening, { event: 'found' }>): State {
  const { panel } = state
  if (panel?.kind !== 'search' || panel.asked !== words) return state
  return { ...state, panel: { ...panel, found: [...said].reverse(), index: 0 } }
}

function personChanged(state: State, { who, rule }: Extract<Happening, { event: 'person' }>): State {
  const next = closed(met(state, who), who)
  if (rule === undefined) return next
  const people = new Map(next.people)
  const someone = people.get(who.peerId)
  if (someone === undefined) return next
  const { rule: _, ...rest } = someone
  people.set(who.peerId, { ...rest, ...ruleOf(rule) })
  return withPeople(next, people)
}

function accepted(
  state: State,
  { who, listing, messages }: Extract<Happening, { event: 'accepted' }>,
): Changed {
  const known = changedPerson(met(state, who), who.peerId, { unread: messages, talked: true })
  // Who is writing to somebody goes on writing to them.
  const next = state.focus === 'people' ? { ...known, selected: who.peerId } : known
  return page(next, { event: 'page', who: who.peerId, listing })
}

/** What was asked can be asked again. */
function failed(state: State, of: Ask | undefined): State {
  if (of?.ask === 'page') return withTalk(state, of.who, { loaded: 'yes', older: 'perhaps' })
  if (of?.ask === 'edit' && talkWith(state, of.who).about === undefined) return editedAgain(state, of)
  if (of?.ask === 'add' && state.panel?.kind === 'add')
    return { ...state, panel: { ...state.panel, asked: false } }
  return state
}

/** The panel in which it was asked has done its work. Who was added is who is looked at next. */
function closed(state: State, who: Person): State {
  const { panel, ...rest } = state
  if (panel?.kind === 'add' && panel.asked) return { ...rest, selected: who.peerId }
  const isAbout =
    panel !== undefined && 'who' in panel && panel.who === who.peerId && panel.kind !== 'details'
  return isAbout ? rest : state
}

/** Warnings about the mesh say why nobody is found; the others are one quiet line. */
function warned(state: State, { message }: { code: string; message: string }): State {
  const trouble = [...state.trouble.filter((each) => each !== message), message].slice(-3)
  return saying({ ...state, trouble }, message, 'warning')
}

/** A page of what was before, if there may be one and the Agent can answer. */
export function olderAsked(state: State, who: PeerId): readonly [State, readonly Ask[]] {
  const talk = talkWith(state, who)
  const first = oldestOf(talk)
  if (talk.loaded !== 'yes' || talk.older !== 'perhaps' || first === undefined) return [state, []]
  if (!answers(state)) return [state, []]
  return [withTalk(state, who, { older: 'asked' }), [{ ask: 'page', who, before: first.id }]]
}
