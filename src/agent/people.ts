/** Who somebody is, and who I am. */
import type { PeerId } from '../principal/ids.ts'

/** Somebody, everywhere the same object. `name` is the petname I gave, else their claim, else the end of the id. */
export interface Person {
  peerId: PeerId
  name: string
  petname?: string
  address: string
  relation: 'contact' | 'near' | 'stranger'
  verified: boolean
}

/** What `whoami` shows. */
export interface Self {
  peerId: PeerId
  name: string
  /** `pres:<peer id>` */
  presence: string
  /** `im:<peer id>` */
  inbox: string
  /** `nigh:<peer id>?name=…&addr=…` to hand over */
  card: string
  /** Twelve words that say the key aloud. */
  safetyWords: string
  mesh: string
  /** Listening addresses; empty when no peer runs. */
  listen: string[]
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
  who: Person
  kind: 'message' | 'subscription'
  text?: string
  at: string
}

/** One person of my contacts. */
export interface Contact {
  who: Person
  groups: string[]
  addedAt: string
}

/** What adding a contact did, so that it can be said in a sentence. */
export interface ContactAdded {
  who: Person
  /** The view of my presence that this opens to them. */
  opens: string
  /** Requests of theirs that this accepted. */
  accepted: { messages: number; subscription: boolean }
}

/** What an answer to requests did. */
export interface Answered {
  who: Person
  messages: number
  subscription: boolean
  contact: boolean
}

/** Somebody to become a contact. */
export interface AddContact {
  who: string
  name?: string
  groups?: string[]
  waitMs?: number
}

/** A backup of the whole home: key, messages, contacts, rules. */
export interface Backup {
  /** Absolute path. */
  file: string
  /** What is received later is not in it. RFC 3339. */
  at: string
  bytes: number
}
