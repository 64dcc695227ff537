/** Who somebody is, and who I am. */
import type { PeerId } from '../principal/ids.ts'

/** Somebody, everywhere the same object. `name` is the petname I gave, else their claim, else the end of the id. */
export interface Person {
  /** Their key: the one name that nobody else can have. */
  peerId: PeerId
  /** For showing. */
  name: string
  /** What I call them, unique among my contacts. */
  petname?: string
  /** `pres:<peer id>` */
  address: string
  /** `contact`: I know them. `near`: they are on this network. `stranger`: neither. */
  relation: 'contact' | 'near' | 'stranger'
  /** I have compared their safety words or card. */
  verified: boolean
}

/** What `whoami` shows. */
export interface Self {
  /** My key. */
  peerId: PeerId
  /** My display name, as others see it. */
  name: string
  /** `pres:<peer id>` */
  presence: string
  /** `im:<peer id>` */
  inbox: string
  /** `nigh:<peer id>?name=…&addr=…` to hand over */
  card: string
  /** Twelve words that say the key aloud. */
  safetyWords: string
  /** Name of the mesh: peers of another one are not seen. */
  mesh: string
  /** Listening addresses; empty when no peer runs. */
  listen: string[]
  /** The home folder, absolute. */
  home: string
  /** Contacts and accepted people are told when I have read their message (RFC 5438). */
  displayReceipts: boolean
  /** Contacts are told that I am writing to them (RFC 3994). */
  composing: boolean
  /** A screen rings the terminal's bell for a message that nobody sees come. */
  bell: boolean
  /** What a screen puts on the desktop then. */
  notify: DesktopNotification
  /** Without a key for so long its person counts as idle at a screen, ms; absent: never. */
  awayAfterMs?: number
}

/** Nothing, who wrote, or the text as well: whoever passes by, or sees a locked desktop, reads it too. */
export type DesktopNotification = 'off' | 'name' | 'text'

/** What `me` changes; an absent field is left as it was. */
export interface SelfChange {
  /** My display name, at most 64 characters. */
  name?: string
  /** Off until chosen; counts for what is read from then on. */
  displayReceipts?: boolean
  /** On until chosen otherwise. */
  composing?: boolean
  /** On until chosen otherwise. */
  bell?: boolean
  /** `name` until chosen otherwise. */
  notify?: DesktopNotification
  /** At least 1 s; `null`: never. */
  awayAfterMs?: number | null
}

/** Somebody knocks. */
export interface Request {
  /** Who knocks. */
  who: Person
  /** `message`: they want to write to me. `subscription`: they want to see how I am. */
  kind: 'message' | 'subscription'
  /** Of a message: what it says. */
  text?: string
  /** When it came, RFC 3339. */
  at: string
}

/** One person of my contacts. */
export interface Contact {
  /** Who it is. */
  who: Person
  /** The groups that I put them in. */
  groups: string[]
  /** RFC 3339. */
  addedAt: string
}

/** What adding a contact did, so that it can be said in a sentence. */
export interface ContactAdded {
  /** Who it is, as a contact. */
  who: Person
  /** The view of my presence that this opens to them. */
  opens: string
  /** Requests of theirs that this accepted. */
  accepted: { messages: number; subscription: boolean }
}

/** What an answer to requests did. */
export interface Answered {
  /** Who had knocked. */
  who: Person
  /** How many held messages were answered. */
  messages: number
  /** A wish to see me was answered. */
  subscription: boolean
  /** They are a contact now. */
  contact: boolean
}

/** Somebody to become a contact. */
export interface AddContact {
  /** A name on this network, an address, a peer id or a card. */
  who: string
  /** What I call them from now on; unique among my contacts. */
  name?: string
  /** Groups to put them in, at most 32. */
  groups?: string[]
  /** Longest wait for somebody of that name to come, ms; at most an hour. Default 0. */
  waitMs?: number
}

/** A backup of the whole home: key, messages, contacts, rules. */
export interface Backup {
  /** Absolute path. */
  file: string
  /** What is received later is not in it. RFC 3339. */
  at: string
  /** Size of the file. */
  bytes: number
}
