/** Alle Texte der Seite auf Deutsch. */
import type { Disposition, OutboxState, Preset, Reason, SubscriptionStatus, Via } from '../../../../agent.ts'
import type { PersonRuleAct } from '../state/person-rule.ts'
import { age } from './de-age.ts'
import { CAUSES } from './de-causes.ts'
import { FAILURES, WARNINGS } from './de-failures.ts'
import type { Words } from './words.ts'

const REASONS: Readonly<Record<Reason, (name: string) => string>> = {
  closed: (name) => `nicht zugestellt: ${name} ist gerade geschlossen`,
  refused: (name) => `nicht zugestellt: ${name} nimmt Ihre Nachrichten nicht an`,
  unreachable: (name) => `nicht zugestellt: ${name} war nicht erreichbar`,
  expired: (name) => `nicht zugestellt: abgelaufen, bevor ${name} erreichbar war`,
  recalled: (name) => `zurückgenommen: ${name} bekommt sie nicht`,
  'too-large': (name) => `nicht zugestellt: größer, als ${name} annimmt`,
  'unsupported-type': (name) => `nicht zugestellt: ${name} kann diese Art nicht lesen`,
  'rate-limited': (name) => `nicht zugestellt: ${name} nimmt vorerst keine mehr an`,
  'no-such-inbox': (name) => `nicht zugestellt: ${name} hat kein solches Postfach`,
  'hop-limit': () => 'nicht zugestellt: zu oft weitergereicht',
}
const KEPT: Readonly<Record<Disposition, string>> = {
  delivered: 'zugestellt',
  held: 'liegt als Anfrage vor',
  displayed: 'gesehen',
}
const WAITS: Readonly<Record<string, (name: string) => string>> = {
  acceptance: (name) => `wartet, bis ${name} annimmt`,
  open: (name) => `wartet, bis ${name} offen ist`,
  turn: () => 'wartet, bis sie an der Reihe ist',
  unreachable: (name) => `wartet, bis ${name} erreichbar ist`,
}
const STATES: Readonly<Record<OutboxState, string>> = {
  owed: 'aufgehoben, geht sobald wie möglich',
  sent: 'gesendet, noch nicht beantwortet',
  settled: 'unbekannt, ob angekommen',
}
const MEANS: Readonly<Record<Via, string>> = {
  fetch: 'hat einmal nachgesehen',
  poll: 'sieht immer wieder nach',
  subscribe: 'beobachtet',
  touch: 'kam vorbei, fragte nichts',
}
const SUBSCRIPTIONS: Readonly<Record<SubscriptionStatus, string>> = {
  active: 'jetzt',
  pending: 'noch nicht entschieden',
  waiting: 'die Anfrage ist abgelaufen',
  terminated: 'beendet',
}
const PRESETS: Readonly<Record<Preset, { name: string; does: string }>> = {
  default: { name: 'Üblich', does: 'Leute in diesem Netz sehen Ihren Namen und ob Sie offen sind.' },
  office: { name: 'Büro', does: 'Leute in diesem Netz sehen, was Ihre Kontakte sehen.' },
  private: { name: 'Privat', does: 'Leute in diesem Netz müssen erst fragen.' },
  hidden: {
    name: 'Verborgen',
    does: 'Sie antworten niemandem in diesem Netz und verbinden sich nur mit Ihren Kontakten.',
  },
}
const ACTS: Readonly<Record<PersonRuleAct, { name: string; does(name: string): string }>> = {
  'allow-contacts': {
    name: 'Alles zeigen',
    does: (name) => `${name} sieht Ihren Namen, ob Sie offen sind, Ihre Tätigkeit und Ihre Notiz.`,
  },
  'allow-nearby': {
    name: 'Name und Zustand zeigen',
    does: (name) => `${name} sieht Ihren Namen und ob Sie offen sind, sonst nichts.`,
  },
  hide: {
    name: 'Änderungen verbergen',
    does: (name) => `${name} sieht weiter, was zuletzt zu sehen war, und erfährt keine Änderung.`,
  },
  'polite-block': {
    name: 'Höflich sperren',
    does: (name) =>
      `${name} sieht Sie hier, aber geschlossen, was immer Sie tun, und kann nicht erkennen, dass es nur für sie oder ihn gilt.`,
  },
  block: {
    name: 'Sperren',
    does: (name) => `${name} wird es einmal gesagt, sieht nichts von Ihnen und kann Ihnen nicht schreiben.`,
  },
  unblock: { name: 'Entsperren', does: (name) => `Für ${name} ist nichts mehr gesperrt oder verborgen.` },
}
const ACTIVITIES: Readonly<Record<string, string>> = {
  appointment: 'Termin',
  away: 'nicht am Platz',
  breakfast: 'Frühstück',
  busy: 'beschäftigt',
  dinner: 'Abendessen',
  holiday: 'Feiertag',
  'in-transit': 'unterwegs',
  lunch: 'Mittagessen',
  meal: 'Essen',
  meeting: 'Besprechung',
  'on-the-phone': 'am Telefon',
  other: 'etwas anderes',
  sleeping: 'schläft',
  travel: 'auf Reisen',
  vacation: 'Urlaub',
  working: 'arbeitet',
}

export const de: Words = {
  language: 'de',
  locale: 'de',
  languageName: 'Deutsch',
  app: 'Nigh',
  tagline: 'Wer da ist, und ein Wort mit ihnen.',
  skip: 'Zum Gespräch springen',

  link: {
    opening: 'Verbindung zu Ihrem Nigh …',
    away: 'Ihr Nigh antwortet nicht. Es wird gesucht; bis dahin sehen Sie den letzten Stand. Haben Sie es beendet, öffnen Sie die Seite neu mit: nigh web',
    used: 'Dieser Link wurde schon benutzt, oder sein Nigh ist beendet. Öffnen Sie die Seite neu mit: nigh web',
    strange:
      'Wo Ihr Nigh war, antwortet jetzt etwas anderes. Es hat nichts erfahren. Bleibt es so, öffnen Sie die Seite neu mit: nigh web',
  },

  people: {
    title: 'Leute',
    contacts: 'Kontakte',
    near: 'In der Nähe',
    others: 'Andere',
    unread: (count) => `${count} ungelesen`,
    verified: 'geprüft',
    choose: 'Wählen Sie jemanden, um zu sehen, wie es steht, und zu schreiben.',
  },
  empty: {
    searching: 'Suche Leute in diesem Netz …',
    nobody: 'Noch niemand da',
    why: 'Leute erscheinen von selbst. Wenn jemand fehlt:',
    reasons: [
      'Nigh muss auf deren Rechner laufen, im selben Netz.',
      'Eine Firewall, ein Gastnetz oder ein VPN kann Sie trennen.',
      'Vielleicht sind sie verborgen oder in einem anderen Mesh.',
    ],
    meshIs: (mesh) => `Ihres ist „${mesh}“.`,
    add: 'Adresse oder Karte eingeben',
    card: 'Meine Karte zeigen',
  },
  diagnosis: { looking: 'Suche nach der Ursache …', why: 'Warum sehe ich sie nicht?' },
  add: {
    title: 'Jemanden hinzufügen',
    label: 'Name, Adresse oder Karte',
    hint: 'Wie 12D3KooW…, im:12D3KooW… oder nigh:12D3KooW…',
    button: 'Zu den Kontakten',
    done: (name) =>
      `${name} ist jetzt ein Kontakt und sieht Ihren Namen, ob Sie offen sind, Ihre Tätigkeit und Ihre Notiz.`,
  },

  evidence: {
    live: 'jetzt da',
    heard: (ms) => `gehört vor ${age(ms)}`,
    unknownSince: (ms) => `unbekannt, zuletzt vor ${age(ms)}`,
    gone: (ms) => (ms === undefined ? 'ist gegangen' : `gegangen vor ${age(ms)}`),
    never: 'noch nicht gesehen',
    was: (presence) => `zuletzt ${presence}`,
  },
  basic: { open: 'offen', closed: 'geschlossen', present: 'anwesend' },
  activity: (activity) =>
    Object.hasOwn(ACTIVITIES, activity) ? (ACTIVITIES[activity] ?? activity) : activity,
  idle: 'untätig',
  until: (time) => `bis ${time}`,

  conversation: {
    label: (name) => `Gespräch mit ${name}`,
    nothing: (name) => `Noch wurde nichts gesagt. Grüßen Sie ${name}.`,
    earlier: 'Frühere Nachrichten',
    you: 'Sie',
    write: (name) => `Nachricht an ${name}`,
    send: 'Senden',
    keys: 'Eingabe sendet, Umschalt und Eingabe beginnt eine Zeile',
    isWriting: (name) => `${name} schreibt …`,
    closed: (name) =>
      `${name} ist gerade geschlossen. Was Sie schreiben, wird abgelehnt, außer es darf warten.`,
    waitUntilOpen: 'Warten, bis offen',
    recall: 'Zurücknehmen',
    retry: 'Noch einmal senden',
    toInbox: (inbox) => `an ${inbox}`,
    anEarlierOne: 'eine frühere Nachricht',
    deleted: 'gelöscht',
    edited: 'bearbeitet',
    amending: 'eine Änderung ist unterwegs',
    reaction: (name) => `Reaktion von ${name}:`,
    acts: 'Was mit dieser Nachricht geschehen soll',
    answer: 'Antworten',
    react: (reaction) => `Mit ${reaction} reagieren`,
    unreact: 'Reaktion zurücknehmen',
    edit: 'Bearbeiten',
    deleteForBoth: 'Für beide löschen',
    deleteSurely: 'Wirklich für beide löschen?',
    notChanged: 'Nichts wurde geändert:',
    about: (as) => (as === 'edit' ? 'Sie bearbeiten' : 'Sie antworten auf'),
    leave: 'Lassen',
    notSent: 'noch nicht gesendet: Ihr Nigh antwortet nicht',
    details: 'Einzelheiten',
    back: 'Zurück zu den Leuten',
  },
  outcome: {
    kept: (disposition) => KEPT[disposition],
    failed: (reason, name) => REASONS[reason]?.(name) ?? `nicht zugestellt: ${reason}`,
    waits: (why, name) => WAITS[why]?.(name) ?? STATES.owed,
    state: (state) => STATES[state],
    sending: 'wird gesendet …',
  },

  requests: {
    title: 'Anfragen',
    none: 'Niemand klopft an.',
    explained: 'Wer Sie nicht kennt, kann einmal anklopfen. Eine Ablehnung bleibt und zeigt sich nicht.',
    message: 'möchte Ihnen schreiben',
    subscription: 'möchte sehen, wie es Ihnen geht',
    accept: 'Annehmen',
    acceptContact: 'Als Kontakt annehmen',
    refuse: 'Ablehnen',
    accepted: (name) => `Angenommen. ${name} kann Ihnen jetzt schreiben.`,
    added: (name) => `Angenommen. ${name} ist jetzt ein Kontakt.`,
    refused: (name) => `Abgelehnt. ${name} erfährt es nicht.`,
  },

  details: {
    title: (name) => `Über ${name}`,
    close: 'Einzelheiten schließen',
    presence: 'Wie es steht',
    id: 'Schlüssel',
    otherWays: 'Andere Wege',
    rename: 'Ihr Name dafür',
    save: 'Speichern',
    addContact: 'Zu den Kontakten',
    removeContact: 'Aus den Kontakten nehmen',
    removed: (name) => `${name} ist kein Kontakt mehr.`,
    renamed: (name) => `Sie nennen sie oder ihn jetzt ${name}.`,
    what: 'Was von Ihnen zu sehen ist',
    sees: { nothing: 'sieht nichts von Ihnen', untilAccepted: 'sieht nichts, bis Sie annehmen' },
    seesView: (view) => `sieht die Ansicht „${view}“`,
    wouldSee: (document) => `Zu lesen ist: ${document}`,
    because: (why) => `weil ${why}`,
    messages: {
      accept: 'Nachrichten werden angenommen',
      hold: 'Nachrichten warten als Anfrage',
      refuse: 'Nachrichten werden abgelehnt',
    },
    theyRead: (reason) => `zu lesen ist „${reason}“`,
    rule: 'Ihre Regel',
    now: 'Gilt jetzt',
    acts: ACTS,
    verify: 'Prüfen',
  },
  verify: {
    title: (name) => `Ist das wirklich ${name}?`,
    explained: (name) =>
      `Lassen Sie sich von ${name} diese zwölf Wörter vorlesen, oder vergleichen Sie die Codes. Stimmt alles überein, steht niemand dazwischen.`,
    theirs: (name) => `Die Wörter von ${name}`,
    mine: 'Ihre Wörter',
    paste: 'Oder die Karte einfügen, die im Code steht',
    compare: 'Vergleichen',
    same: (name) => `Es ist der Schlüssel von ${name}.`,
    differs: (name) =>
      `Das ist ein anderer Schlüssel. Trauen Sie ihm nicht, bevor Sie mit ${name} gesprochen haben.`,
    needsContact: (name) => `Nur ein Kontakt kann geprüft sein. Fügen Sie ${name} zuerst hinzu.`,
    match: 'Sie stimmen überein',
    mismatch: 'Sie sind verschieden',
    done: (name) => `${name} ist geprüft.`,
    undo: 'Nicht mehr geprüft',
    undone: (name) => `${name} ist nicht mehr geprüft.`,
  },

  watchers: {
    title: 'Wer mich beobachtet',
    none: 'In den letzten 30 Tagen hat Sie niemand beobachtet.',
    explained:
      'Alle, die etwas von Ihnen bekommen haben, und bis wann sie es lesen konnten. Was sie weitererzählen, ist nicht zu sehen.',
    sees: 'Sieht',
    last: 'Zuletzt',
    times: 'Wie oft',
    could: 'Lesbar bis',
    denied: 'Abgewiesen',
    via: (via) => MEANS[via],
    subscription: (status) => SUBSCRIPTIONS[status],
  },

  rules: {
    title: 'Regeln',
    preset: 'Wer was sieht',
    presets: PRESETS,
    effect: 'Zurzeit heißt das:',
    people: 'Für Einzelne',
    noPeople: 'Keine Regel für Einzelne. Sie entsteht in den Einzelheiten einer Person.',
    general: 'Allgemeine Regeln',
    delivery: 'Wessen Nachrichten angenommen werden',
    changed: 'Geändert. Es gilt ab jetzt.',
  },

  card: {
    title: 'Meine Karte',
    explained:
      'Wer sie scannt oder einfügt, kann Sie hinzufügen. Sie nennt Ihren Namen, Ihren Schlüssel und wo Sie zu erreichen sind.',
    copy: 'Karte kopieren',
    copied: 'Kopiert.',
    words: 'Ihre Sicherheitswörter',
    wordsExplained: 'Lesen Sie sie jemandem vor, der sicher sein will, dass Sie es sind.',
    address: 'Adressen',
    qr: 'QR-Code Ihrer Karte',
  },

  me: {
    title: 'Ich',
    open: 'Offen',
    closed: 'Geschlossen',
    openMeans: 'Sie nehmen Nachrichten an.',
    closedMeans: 'Nachrichten werden abgelehnt, bis Sie wieder offen sind.',
    note: 'Notiz',
    notePlaceholder: 'Was machen Sie gerade?',
    activity: 'Tätigkeit',
    noActivity: 'keine',
    until: 'Bis',
    untilNone: 'ich es ändere',
    hours: (hours) => (hours === 1 ? '1 Stunde' : `${hours} Stunden`),
    save: 'Zeigen',
    clear: 'Leeren',
    status: 'Mein Zustand',
    saved: 'Andere sehen es jetzt, soweit Ihre Regeln es erlauben.',
    name: 'Ihr Name',
  },

  settings: { language: 'Sprache' },
  warning: 'Hinweis',
  dismiss: 'Schließen',
  failures: FAILURES,
  warnings: WARNINGS,
  causes: CAUSES,
  failed: (sentence) => `Das ging nicht: ${sentence}`,
  titleWith: (count, app) => `(${count}) ${app}`,
}
