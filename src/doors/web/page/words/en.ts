/** Every text of the page, in English. The other languages have the same shape (see `words.ts`). */
import type { Disposition, OutboxState, Preset, Reason, SubscriptionStatus, Via } from '../../../../agent.ts'
import { activityWords } from '../../../cli/activities.ts'
import { age } from '../../../cli/sentences.ts'
import type { PersonRuleAct } from '../state/person-rule.ts'
import type { Words } from './words.ts'

const REASONS: Readonly<Record<Reason, (name: string) => string>> = {
  closed: (name) => `not delivered: ${name} is closed now`,
  refused: (name) => `not delivered: ${name} does not take your messages`,
  unreachable: (name) => `not delivered: ${name} could not be reached`,
  expired: (name) => `not delivered: it expired before ${name} could be reached`,
  recalled: (name) => `taken back: ${name} will not get it`,
  'too-large': (name) => `not delivered: larger than ${name} takes`,
  'unsupported-type': (name) => `not delivered: ${name} cannot read this kind of message`,
  'rate-limited': (name) => `not delivered: ${name} takes no more for now`,
  'no-such-inbox': (name) => `not delivered: ${name} has no such inbox`,
  'hop-limit': () => 'not delivered: it was passed on too often',
}
const KEPT: Readonly<Record<Disposition, string>> = {
  delivered: 'delivered',
  held: 'held as a request until they accept',
  displayed: 'seen',
}
const WAITS: Readonly<Record<string, (name: string) => string>> = {
  acceptance: (name) => `waits until ${name} accepts`,
  open: (name) => `waits until ${name} is open`,
  turn: () => 'waits for its turn',
  unreachable: (name) => `waits until ${name} can be reached`,
}
const STATES: Readonly<Record<OutboxState, string>> = {
  owed: 'kept, and leaves as soon as it can',
  sent: 'sent, not answered yet',
  settled: 'unknown whether kept',
}
const MEANS: Readonly<Record<Via, string>> = {
  fetch: 'looked once',
  poll: 'looks again and again',
  subscribe: 'watches',
  touch: 'came by, asked nothing',
}
const SUBSCRIPTIONS: Readonly<Record<SubscriptionStatus, string>> = {
  active: 'now',
  pending: 'not decided yet',
  waiting: 'the request ran out',
  terminated: 'ended',
}
const PRESETS: Readonly<Record<Preset, { name: string; does: string }>> = {
  default: { name: 'Usual', does: 'People on this network see your name and whether you are open.' },
  office: { name: 'Office', does: 'People on this network see what your contacts see.' },
  private: { name: 'Private', does: 'People on this network have to ask first.' },
  hidden: { name: 'Hidden', does: 'You answer nobody on this network, and link to your contacts only.' },
}
const ACTS: Readonly<Record<PersonRuleAct, { name: string; does(name: string): string }>> = {
  'allow-contacts': {
    name: 'Show everything',
    does: (name) => `${name} sees your name, whether you are open, your activity and your note.`,
  },
  'allow-nearby': {
    name: 'Show name and open or closed',
    does: (name) => `${name} sees your name and whether you are open, and nothing else.`,
  },
  hide: {
    name: 'Hide changes',
    does: (name) => `${name} keeps seeing what they saw last, and is told of no change.`,
  },
  'polite-block': {
    name: 'Block politely',
    does: (name) =>
      `${name} sees you here, but closed, whatever you do. They cannot tell that it is meant for them.`,
  },
  block: {
    name: 'Block',
    does: (name) => `${name} is told so once, sees nothing of you and cannot write to you.`,
  },
  unblock: { name: 'Unblock', does: (name) => `Nothing about ${name} is blocked or hidden any more.` },
}

export const en: Words = {
  language: 'en',
  locale: 'en',
  languageName: 'English',
  app: 'Nigh',
  tagline: 'Who is near, and a word with them.',
  skip: 'Skip to the conversation',

  link: {
    opening: 'Connecting to your Nigh…',
    away: 'Your Nigh is not answering. It is looked for; until then you see how it was. If you ended it, open the page again with: nigh web',
    used: 'This link was used already, or its Nigh has ended. Open the page again with: nigh web',
    strange:
      'Something else answers where your Nigh was. It was told nothing. If it stays so, open the page again with: nigh web',
  },

  people: {
    title: 'People',
    contacts: 'Contacts',
    near: 'Near',
    others: 'Others',
    unread: (count) => `${count} unread`,
    verified: 'verified',
    choose: 'Choose somebody to see how they are and to write to them.',
  },
  empty: {
    searching: 'Looking for people on this network…',
    nobody: 'Nobody here yet',
    why: 'People appear by themselves. If somebody should be here:',
    reasons: [
      'Nigh must be running on their machine, on the same network.',
      'A firewall, a guest network or a VPN may keep you apart.',
      'They may be hidden, or on another mesh.',
    ],
    meshIs: (mesh) => `Yours is “${mesh}”.`,
    add: 'Type their address or card',
    card: 'Show my card',
  },
  diagnosis: { looking: 'Looking for the cause…', why: 'Why can I not see them?' },
  add: {
    title: 'Add somebody',
    label: 'Name, address or card',
    hint: 'As in 12D3KooW…, im:12D3KooW… or nigh:12D3KooW…',
    button: 'Add to contacts',
    done: (name) =>
      `${name} is a contact of yours now, and sees your name, whether you are open, your activity and note.`,
  },

  evidence: {
    live: 'here now',
    heard: (ms) => `heard ${age(ms)} ago`,
    unknownSince: (ms) => `unknown, last seen ${age(ms)} ago`,
    gone: (ms) => (ms === undefined ? 'has left' : `left ${age(ms)} ago`),
    never: 'not seen yet',
    was: (presence) => `was ${presence}`,
  },
  basic: { open: 'open', closed: 'closed', present: 'present' },
  activity: activityWords,
  idle: 'idle',
  until: (time) => `until ${time}`,

  conversation: {
    label: (name) => `Conversation with ${name}`,
    nothing: (name) => `Nothing has been said yet. Say hello to ${name}.`,
    earlier: 'Show earlier messages',
    you: 'You',
    write: (name) => `Message to ${name}`,
    send: 'Send',
    keys: 'Enter sends, Shift and Enter begins a new line',
    isWriting: (name) => `${name} is writing…`,
    closed: (name) => `${name} is closed now. What you write is refused, unless it may wait.`,
    waitUntilOpen: 'Wait until open',
    recall: 'Take back',
    retry: 'Send again',
    toInbox: (inbox) => `to ${inbox}`,
    anEarlierOne: 'an earlier message',
    deleted: 'deleted',
    edited: 'edited',
    amending: 'a change is on its way',
    reaction: (name) => `Reaction of ${name}:`,
    acts: 'What to do with this message',
    answer: 'Answer',
    react: (reaction) => `React with ${reaction}`,
    unreact: 'Take reaction back',
    edit: 'Edit',
    deleteForBoth: 'Delete for both',
    deleteSurely: 'Really delete it for both?',
    notChanged: 'Nothing was changed:',
    about: (as) => (as === 'edit' ? 'You edit' : 'You answer'),
    leave: 'Leave it',
    notSent: 'not sent yet: your Nigh is not answering',
    details: 'Details',
    back: 'Back to people',
  },
  outcome: {
    kept: (disposition) => KEPT[disposition],
    failed: (reason, name) => REASONS[reason]?.(name) ?? `not delivered: ${reason}`,
    waits: (why, name) => WAITS[why]?.(name) ?? STATES.owed,
    state: (state) => STATES[state],
    sending: 'sending…',
  },

  requests: {
    title: 'Requests',
    none: 'Nobody knocks.',
    explained: 'Somebody you do not know can knock once. A refusal lasts, and does not show.',
    message: 'wants to write to you',
    subscription: 'wants to see how you are',
    accept: 'Accept',
    acceptContact: 'Accept as contact',
    refuse: 'Refuse',
    accepted: (name) => `Accepted. ${name} can write to you now.`,
    added: (name) => `Accepted. ${name} is a contact of yours now.`,
    refused: (name) => `Refused. ${name} is not told.`,
  },

  details: {
    title: (name) => `About ${name}`,
    close: 'Close details',
    presence: 'How they are',
    id: 'Key',
    otherWays: 'Other ways to reach them',
    rename: 'Name for them',
    save: 'Save',
    addContact: 'Add to contacts',
    removeContact: 'Remove from contacts',
    removed: (name) => `${name} is no contact of yours any more.`,
    renamed: (name) => `You call them ${name} now.`,
    what: 'What they get of you',
    sees: { nothing: 'sees nothing of you', untilAccepted: 'sees nothing until you accept' },
    seesView: (view) => `is shown the view “${view}”`,
    wouldSee: (document) => `They read: ${document}`,
    because: (why) => `because ${why}`,
    messages: {
      accept: 'Their messages are taken',
      hold: 'Their messages wait as a request',
      refuse: 'Their messages are refused',
    },
    theyRead: (reason) => `they read “${reason}”`,
    rule: 'Your rule about them',
    now: 'In force',
    acts: ACTS,
    verify: 'Verify',
  },
  verify: {
    title: (name) => `Is this really ${name}?`,
    explained: (name) =>
      `Ask ${name} to read these twelve words aloud, or compare the codes. If all of them agree, nobody stands between you.`,
    theirs: (name) => `The words of ${name}`,
    mine: 'Your words',
    paste: 'Or paste the card that their code holds',
    compare: 'Compare',
    same: (name) => `It is the key of ${name}.`,
    differs: (name) => `This is another key. Do not trust it before you have talked to ${name} in person.`,
    needsContact: (name) => `Only a contact can be marked as verified. Add ${name} first.`,
    match: 'They agree',
    mismatch: 'They differ',
    done: (name) => `${name} is verified.`,
    undo: 'No longer verified',
    undone: (name) => `${name} is not verified any more.`,
  },

  watchers: {
    title: 'Who watches me',
    none: 'Nobody has watched you in the last 30 days.',
    explained:
      'Everybody who was given something of you, and until when they could read it. What they tell others cannot be seen.',
    sees: 'Sees',
    last: 'Last',
    times: 'Times',
    could: 'Could read until',
    denied: 'Turned away',
    via: (via) => MEANS[via],
    subscription: (status) => SUBSCRIPTIONS[status],
  },

  rules: {
    title: 'Rules',
    preset: 'Who sees what',
    presets: PRESETS,
    effect: 'So at the moment:',
    people: 'About single people',
    noPeople: 'No rule about a single person. Open somebody’s details to make one.',
    general: 'General rules',
    delivery: 'Whose messages are taken',
    changed: 'Changed. It counts from now on.',
  },

  card: {
    title: 'My card',
    explained:
      'Whoever scans or pastes it can add you. It says your name, your key and where you can be reached.',
    copy: 'Copy card',
    copied: 'Copied.',
    words: 'Your safety words',
    wordsExplained: 'Read them aloud to somebody who wants to be sure that it is you.',
    address: 'Addresses',
    qr: 'QR code of your card',
  },

  me: {
    title: 'Me',
    open: 'Open',
    closed: 'Closed',
    openMeans: 'You take messages.',
    closedMeans: 'Messages are refused until you open again.',
    note: 'Note',
    notePlaceholder: 'What are you up to?',
    activity: 'Activity',
    noActivity: 'none',
    until: 'Until',
    untilNone: 'I change it',
    hours: (hours) => (hours === 1 ? '1 hour' : `${hours} hours`),
    save: 'Show it',
    clear: 'Clear',
    status: 'My status',
    saved: 'Others see it now, as far as your rules let them.',
    name: 'Your name',
  },

  settings: { language: 'Language' },
  warning: 'Note',
  dismiss: 'Dismiss',
  failures: {
    'who-unknown': 'Nobody here is called that. Type the whole address or card.',
    'who-ambiguous': 'Several people are called that. Type the address.',
    blocked: 'This person is blocked. Lift that first, in their details.',
    closed: 'Your Nigh is not answering. Try again.',
  },
  warnings: {},
  causes: {},
  failed: (sentence) => sentence,
  titleWith: (count, app) => `(${count}) ${app}`,
}
