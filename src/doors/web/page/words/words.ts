/** The catalogue: its shape, its languages, and which of them is spoken. */
import type {
  Basic,
  Cause,
  Diagnosis,
  Disposition,
  OutboxState,
  Preset,
  Reason,
  SubscriptionStatus,
  Via,
} from '../../../../agent.ts'
import type { ErrorCode } from '../../../../errors.ts'
import type { Link } from '../state/page-state.ts'
import type { PersonRuleAct } from '../state/person-rule.ts'
import { de } from './de.ts'
import { en } from './en.ts'

type About = (name: string) => string

/**
 * Every text of the page. What a peer says itself comes in English: what went wrong and why somebody is not seen are said
 * here by their codes, in other languages; why a rule decides has none, and stays as it came.
 */
export interface Words {
  /** BCP 47 */
  language: string
  /** For clocks and days: the person's own kind of the language. */
  locale: string
  languageName: string
  app: string
  tagline: string
  skip: string
  link: Record<Exclude<Link, 'open'>, string>
  people: {
    title: string
    contacts: string
    near: string
    others: string
    unread(count: number): string
    verified: string
    choose: string
  }
  empty: {
    searching: string
    nobody: string
    why: string
    reasons: readonly string[]
    meshIs(mesh: string): string
    add: string
    card: string
  }
  diagnosis: { looking: string; why: string }
  add: { title: string; label: string; hint: string; button: string; done: About }
  /** How old, in ms. */
  evidence: {
    live: string
    heard(ms: number): string
    unknownSince(ms: number): string
    gone(ms: number | undefined): string
    never: string
    /** What they showed last. */
    was(presence: string): string
  }
  basic: Record<Basic | 'present', string>
  activity(activity: string): string
  idle: string
  until(time: string): string
  conversation: {
    label: About
    nothing: About
    earlier: string
    you: string
    write: About
    send: string
    keys: string
    isWriting: About
    closed: About
    waitUntilOpen: string
    recall: string
    retry: string
    toInbox(inbox: string): string
    anEarlierOne: string
    deleted: string
    edited: string
    amending: string
    reaction: About
    acts: string
    answer: string
    react(reaction: string): string
    unreact: string
    edit: string
    deleteForBoth: string
    deleteSurely: string
    notChanged: string
    about(as: 'answer' | 'edit'): string
    leave: string
    notSent: string
    details: string
    back: string
  }
  outcome: {
    kept(disposition: Disposition): string
    failed(reason: Reason, name: string): string
    waits(why: string, name: string): string
    state(state: OutboxState): string
    sending: string
  }
  requests: {
    title: string
    none: string
    explained: string
    message: string
    subscription: string
    accept: string
    acceptContact: string
    refuse: string
    accepted: About
    added: About
    refused: About
  }
  details: {
    title: About
    close: string
    presence: string
    id: string
    otherWays: string
    rename: string
    save: string
    addContact: string
    removeContact: string
    removed: About
    renamed: About
    what: string
    sees: { nothing: string; untilAccepted: string }
    seesView(view: string): string
    wouldSee(document: string): string
    because(why: string): string
    messages: Record<'accept' | 'hold' | 'refuse', string>
    theyRead(reason: string): string
    rule: string
    now: string
    acts: Readonly<Record<PersonRuleAct, { name: string; does: About }>>
    verify: string
  }
  verify: {
    title: About
    explained: About
    theirs: About
    mine: string
    paste: string
    compare: string
    same: About
    differs: About
    needsContact: About
    match: string
    mismatch: string
    done: About
    undo: string
    undone: About
  }
  watchers: {
    title: string
    none: string
    explained: string
    sees: string
    last: string
    times: string
    could: string
    denied: string
    via(via: Via): string
    subscription(status: SubscriptionStatus): string
  }
  rules: {
    title: string
    preset: string
    presets: Readonly<Record<Preset, { name: string; does: string }>>
    effect: string
    people: string
    noPeople: string
    general: string
    delivery: string
    changed: string
  }
  card: {
    title: string
    explained: string
    copy: string
    copied: string
    words: string
    wordsExplained: string
    address: string
    qr: string
  }
  me: {
    title: string
    open: string
    closed: string
    openMeans: string
    closedMeans: string
    note: string
    notePlaceholder: string
    activity: string
    noActivity: string
    until: string
    untilNone: string
    hours(hours: number): string
    save: string
    clear: string
    status: string
    saved: string
    name: string
  }
  settings: { language: string }
  warning: string
  dismiss: string
  /** Sentences for failures, where the peer's own would name commands or be in English; without one it is said as it came. */
  failures: Partial<Record<ErrorCode, string>>
  /** As `failures`, for warnings by their codes. */
  warnings: Readonly<Record<string, string>>
  /** As `failures`, for what a peer found: the cause, and what to do. Names in it are other people's text. */
  causes: Partial<Record<Cause, (found: Diagnosis) => { sentence: string; act: string }>>
  failed(sentence: string): string
  titleWith(count: number, app: string): string
}

export const LANGUAGES: readonly Words[] = [en, de]

/** The first of the person's languages that there is; English where there is none. */
export function wordsFor(preferred: readonly string[]): Words {
  for (const tag of preferred) {
    const [primary] = tag.toLowerCase().split('-')
    const found = LANGUAGES.find(({ language }) => language === primary)
    if (found !== undefined) return { ...found, locale: tag }
  }
  return en
}
