/** A screen without a terminal: keys and happenings in, rows and asks out, and a clock that stands still until it is set. */
import type { Listing } from '../../src/agent/conversation.ts'
import type { Said } from '../../src/agent/said.ts'
import type { Message, Outcome, Person, Sighting, UserInput } from '../../src/agent.ts'
import { type Look, plain } from '../../src/doors/tui/cells.ts'
import { frame } from '../../src/doors/tui/frame.ts'
import { happened } from '../../src/doors/tui/happened.ts'
import type { Found, Happening } from '../../src/doors/tui/happening.ts'
import { type Key, type KeyName, pasteOf } from '../../src/doors/tui/key.ts'
import { type Ask, beginning, type Changed, type Size, type State } from '../../src/doors/tui/state.ts'
import { touched } from '../../src/doors/tui/touched.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { RULES, SELF, STATUS } from '../support/fake-agent.ts'

export const NOON = Date.parse('2026-11-26T12:00:00.000Z')

export interface Desk {
  readonly state: State
  /** What was asked since the last look; not what was told of the keys, which every key may do. */
  asks(): readonly Ask[]
  /** What was told of the keys since the last look. */
  told(): readonly (UserInput | null)[]
  now: number
  happen(...happenings: Happening[]): void
  press(...keys: (KeyName | `ctrl-${string}` | `alt-${string}`)[]): void
  type(text: string): void
  paste(text: string): void
  /** The rows as they are read. */
  rows(): string[]
  text(): string
  cursor(): { x: number; y: number } | undefined
  /** Every look there is on the screen. */
  looks(): Look[]
}

export function desk(size: Size = { columns: 80, rows: 24 }, found: Partial<Found> = {}): Desk {
  let state = beginning(size, NOON, '')
  let asked: Ask[] = []
  let told: (UserInput | null)[] = []
  const change = ([next, more]: Changed): void => {
    state = next
    for (const ask of more) ask.ask === 'keys' ? told.push(ask.input) : asked.push(ask)
  }
  const here: Desk = {
    now: NOON,
    get state() {
      return state
    },
    asks() {
      const all = asked
      asked = []
      return all
    },
    told() {
      const all = told
      told = []
      return all
    },
    happen(...happenings) {
      for (const happening of happenings) change(happened(state, happening, here.now))
    },
    press(...keys) {
      for (const key of keys) change(touched(state, keyOf(key), here.now))
    },
    type(text) {
      for (const letter of text)
        change(touched(state, { name: 'text', text: letter, ctrl: false, alt: false }, here.now))
    },
    paste: (text) => change(touched(state, pasteOf(text), here.now)),
    rows: () => frame(state).rows.map(plain),
    text: () => here.rows().join('\n'),
    cursor: () => frame(state).cursor,
    looks: () => frame(state).rows.flat(),
  }
  here.happen({
    event: 'started',
    as: 'own',
    found: {
      self: SELF,
      status: STATUS,
      rules: RULES,
      known: [],
      unread: new Map(),
      requests: [],
      personRules: new Map(),
      ...found,
    },
  })
  return here
}

function keyOf(word: string): Key {
  const [, held, rest] = /^(?:(ctrl|alt)-)?(.+)$/.exec(word) ?? []
  const key = { ctrl: held === 'ctrl', alt: held === 'alt' }
  const isLetter = held !== undefined && rest?.length === 1
  return isLetter ? { name: 'text', text: rest, ...key } : { name: rest as KeyName, text: '', ...key }
}

export function person(name: string, more: Partial<Person> = {}): Person {
  const peerId = peerIdOf(name)
  return { peerId, name, address: `pres:${peerId}`, relation: 'contact', verified: false, ...more }
}

function peerIdOf(name: string): PeerId {
  const letters = name.replace(/[^1-9A-HJ-NP-Za-km-z]/g, 'x')
  return `12D3KooW${letters.padEnd(44, 'x').slice(0, 44)}` as PeerId
}

export function sighting(who: Person, more: Partial<Sighting> = {}): Sighting {
  return {
    who,
    evidence: 'live',
    presence: {
      name: who.name,
      tuples: [{ id: 'im', status: { basic: 'open' }, address: `im:${who.peerId}` }],
    },
    seenAt: new Date(NOON).toISOString(),
    ageMs: 0,
    ...more,
  }
}

export function came(...people: readonly Sighting[]): Happening {
  return { event: 'snapshot', at: new Date(NOON).toISOString(), seq: 0, people: [...people] }
}

/** A page of history, asked for before anything was told, unless `more` says otherwise. */
export function page(who: Person, rows: readonly Said[], more: Partial<Listing> = {}): Happening {
  return { event: 'page', who: who.peerId, listing: { rows, asOf: 0, whole: rows.length < 100, ...more } }
}

let count = 0

function nextId(): MessageId {
  count += 1
  return `0190f2a1-7c3e-7abc-8def-${String(count).padStart(12, '0')}` as MessageId
}

export function from(who: Person, text: string, more: Partial<Message> = {}): Message {
  const at = new Date(NOON + count * 1_000).toISOString()
  const to = { ...who, name: 'alice' }
  const said = { id: nextId(), from: who, to, text, contentType: 'text/plain', sentAt: at, at }
  return { ...said, disposition: 'accepted', unread: true, seq: count, ...more }
}

export function to(who: Person, text: string, more: Partial<Outcome> = {}): Outcome {
  const at = new Date(NOON + count * 1_000).toISOString()
  const stands = { outcome: 'success', state: 'settled' } as const
  const kept = more.outcome === undefined ? { disposition: 'delivered' as const } : {}
  return { id: nextId(), to: who, text, at, sentAt: at, seq: count, ...stands, ...kept, ...more }
}

export const heard = (message: Message): Happening => ({ event: 'message', ...message })
