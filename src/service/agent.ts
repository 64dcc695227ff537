/** The Agent of this process: the four user agents, answered from the parts of the hallway. */
import type {
  Agent,
  AgentEvent,
  AmendOptions,
  CallOptions,
  Outcome,
  ReplyOptions,
  Self,
  SendOptions,
  Sighting,
} from '../agent.ts'
import { parseMessageId } from '../envelope/message-id.ts'
import { NighError } from '../errors.ts'
import { worthHandingOut } from '../neighbourhood/addresses.ts'
import type { OutboxRow } from '../ports.ts'
import { formatCard, inboxAddress, presenceAddress } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import { givenName } from '../principal/names.ts'
import { safetyWords } from '../principal/verification.ts'
import { isThere } from '../watcher/notification.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Composing } from './composing.ts'
import type { ContactBook } from './contact-book.ts'
import type { Delivery } from './delivery.ts'
import type { Diagnosing } from './diagnosing.ts'
import type { Discretion } from './discretion.ts'
import type { EventHub } from './event-hub.ts'
import type { Explaining } from './explaining.ts'
import type { Fetching } from './fetching.ts'
import type { Granting } from './granting.ts'
import type { History } from './history.ts'
import type { House } from './house.ts'
import type { PersonRules } from './person-rules.ts'
import type { Publishing } from './publishing.ts'
import type { Referring } from './referring.ts'
import { createResting } from './resting.ts'
import type { ScreenChoices } from './screen-choices.ts'
import type { Sending } from './sending.ts'
import type { Visibility } from './visibility.ts'
import type { Watching } from './watching.ts'

/** After somebody came, others are waited for this long: in a crowd an answer takes up to 500 ms (ANSWER_CROWD_TO_MS). */
const OTHERS_COME_WITHIN_MS = 500

export function createAgent(
  house: House,
  parts: {
    acquaintances: Acquaintances
    publishing: Publishing
    watching?: Watching
    sending: Sending
    referring: Referring
    composing: Composing
    discretion: Discretion
    screenChoices: ScreenChoices
    contactBook: ContactBook
    history: History
    delivery: Delivery
    explaining: Explaining
    personRules: PersonRules
    visibility: Visibility
    granting: Granting
    fetching?: Fetching
    diagnosing?: Diagnosing
    hub: EventHub
    /** Where a resting peer will listen once it runs. */
    willListen: () => string[]
    home: string
    meshName: string
    backup: Agent['backup']
    close: () => Promise<void>
  },
): Agent {
  const { store, clock, self, mesh } = house
  const { acquaintances, publishing, watching, sending, contactBook, history, granting, fetching, hub } =
    parts
  const { composing, discretion, screenChoices } = parts

  const resting = createResting(house, acquaintances)

  /** Resolves `true` at the first event that satisfies `wanted`, `false` after `waitMs` or on abort. */
  const until = (
    wanted: (event: AgentEvent) => boolean,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> => {
    const over = new AbortController()
    const cancel = clock.wake(clock.monotonic() + waitMs, () => over.abort())
    const both = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
    return (async () => {
      try {
        for await (const event of hub.events({}, { signal: both })) if (wanted(event)) return true
        return false
      } finally {
        cancel()
      }
    })()
  }

  /** WHO, waited for if it is a name that only the network may know. What a card tells is kept. */
  const findWithin = async (who: string, waitMs: number, { signal }: CallOptions = {}) => {
    let found = acquaintances.find(who)
    if (found === undefined && mesh !== undefined && waitMs > 0)
      await until(
        (event) => {
          if (event.event === 'presence') found = acquaintances.find(who)
          return found !== undefined
        },
        waitMs,
        signal,
      )
    found ??= acquaintances.resolve(who)
    if (found.card !== undefined) await acquaintances.keepCard(found)
    return found
  }

  const whoami = async (): Promise<Self> => {
    const { name } = publishing.presentity()
    const listen = mesh?.listening() ?? []
    return {
      peerId: self.peerId,
      name,
      presence: presenceAddress(self.peerId),
      inbox: inboxAddress(self.peerId),
      card: formatCard({
        peer: self.peerId,
        name,
        addresses: worthHandingOut(mesh === undefined ? parts.willListen() : listen),
      }),
      safetyWords: safetyWords(self.peerId),
      mesh: parts.meshName,
      listen,
      home: parts.home,
      displayReceipts: discretion.displayReceipts(),
      composing: discretion.composing(),
      ...screenChoices.chosen(),
    }
  }

  const needs = (service: keyof House['services']): void => {
    if (!house.services[service])
      throw new NighError(
        'no-service',
        `This Nigh runs without its ${service} service. Start it without --without ${service}.`,
      )
  }

  const send = async (message: SendOptions, options: CallOptions = {}): Promise<Outcome> => {
    needs('messages')
    const { to: who, waitMs = 0, ...rest } = message
    const startedAt = clock.monotonic()
    const to = await findWithin(who, waitMs, options)
    return owe({ ...rest, to }, waitMs - (clock.monotonic() - startedAt), options)
  }

  const reply = async (
    { replyTo, waitMs = 0, ...rest }: ReplyOptions,
    options: CallOptions = {},
  ): Promise<Outcome> => {
    needs('messages')
    return owe({ ...rest, ...(await parts.referring.reply(replyTo)) }, waitMs, options)
  }

  /** Owes a change, unless it was asked for twice. */
  const amend = async (
    { changeId, expireMs, untilOpen, waitMs = 0 }: AmendOptions,
    options: CallOptions,
    drafted: () => Promise<Parameters<Sending['send']>[0]>,
  ): Promise<Outcome> => {
    const before = changeId === undefined ? [] : await store.outbox.find(changeId)
    const known = before.find(({ amends }) => amends !== undefined)
    if (known !== undefined) return sending.outcome(known)
    const draft = {
      ...(await drafted()),
      ...(changeId === undefined ? {} : { id: changeId }),
      ...(expireMs === undefined ? {} : { expireMs }),
      ...(untilOpen === undefined ? {} : { untilOpen }),
    }
    return owe(draft, waitMs, options)
  }

  const edit: Agent['edit'] = async (change, options = {}) => {
    needs('messages')
    return amend(change, options, () => parts.referring.edit(change.id, change.text))
  }

  const react: Agent['react'] = async (change, options = {}) => {
    needs('messages')
    return amend(change, options, () => parts.referring.react(change.id, change.reaction))
  }

  const deleteForBoth: Agent['deleteForBoth'] = async (asked, options = {}) => {
    needs('messages')
    const unsent = await parts.referring.unsent(asked.id)
    if (unsent)
      return recall(
        { id: asked.id, ...(asked.waitMs === undefined ? {} : { waitMs: asked.waitMs }) },
        options,
      )
    return amend(asked, options, () => parts.referring.erase(asked.id))
  }

  /** Durable, and how it stands at its first outcome or after `waitMs`. */
  const owe = async (
    draft: Parameters<Sending['send']>[0],
    waitMs: number,
    { signal }: CallOptions,
  ): Promise<Outcome> => {
    parts.personRules.refuseIfBlocked(draft.to.peer)
    const row = await sending.send(draft)
    return sending.outcome(waitMs > 0 ? await firstOutcome(row, waitMs, signal) : row)
  }

  /** The row once it is settled, or as it stands when the wait is over. What waits behind a request is not waited for. */
  const firstOutcome = async (
    row: OutboxRow,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<OutboxRow> => {
    const waits = sending.waitsNow(row)
    if (waits === 'acceptance') return row
    // Without a link only the store knows whether a request is held; with one, nothing has been awaited since the row left.
    const apart = waits === 'unreachable'
    if (apart && (await sending.outcome(row)).waits === 'acceptance') return row
    return new Promise((resolve) => {
      const done = (latest: OutboxRow | undefined): void => {
        stop()
        cancel()
        signal?.removeEventListener('abort', giveUp)
        if (latest !== undefined) return resolve(latest)
        store.outbox.find(row.id).then(
          (rows) => resolve(rows.find((found) => found.peer === row.peer) ?? row),
          () => resolve(row),
        )
      }
      const giveUp = (): void => done(undefined)
      const stop = sending.follow(row, (latest) => latest.state === 'settled' && done(latest))
      const cancel = clock.wake(clock.monotonic() + waitMs, giveUp)
      signal?.addEventListener('abort', giveUp, { once: true })
      // The answer may have come while the store was asked.
      if (!apart) return
      store.outbox.find(row.id).then((rows) => {
        const now = rows.find((found) => found.peer === row.peer)
        if (now?.state === 'settled') done(now)
      }, giveUp)
    })
  }

  const recall = async (
    { id: text, waitMs = 0 }: { id: string; waitMs?: number },
    { signal }: CallOptions = {},
  ): Promise<Outcome> => {
    const id = parseMessageId(text)
    const [row] = id === undefined ? [] : await store.outbox.find(id)
    if (row === undefined)
      throw new NighError(
        'no-such-message',
        `No message of yours has the id ${text}. See: nigh outbox --json`,
      )
    const recalled = row.state === 'settled' ? row : await sending.recall(row)
    const isOver = recalled.state === 'settled' || waitMs <= 0
    return sending.outcome(isOver ? recalled : await firstOutcome(recalled, waitMs, signal))
  }

  /** Finds WHO and asks them, within one patience. */
  const look = async <Seen>(
    { who, waitMs = 0 }: { who: string; waitMs?: number },
    options: CallOptions = {},
    ask: (fetching: Fetching, peer: PeerId, patience: Parameters<Fetching['fetch']>[1]) => Promise<Seen>,
  ): Promise<Seen> => {
    needs('presence')
    const startedAt = clock.monotonic()
    const { peer } = await findWithin(who, waitMs, options)
    if (fetching === undefined) throw new NighError('no-peer', 'Only a running Nigh can look at somebody.')
    const left = Math.max(0, waitMs - (clock.monotonic() - startedAt))
    return ask(fetching, peer, { waitMs: left, signal: options.signal })
  }

  return {
    whoami,

    async me({ name, ...choices }) {
      const tidy = name === undefined ? undefined : givenName(name)
      if (name !== undefined && tidy === undefined)
        throw new NighError('usage', 'A name needs at least one character that can be seen.')
      screenChoices.check(choices)
      if (tidy !== undefined) await publishing.rename(tidy)
      await Promise.all([discretion.choose(choices), screenChoices.choose(choices)])
      return whoami()
    },

    async who({ waitMs = 0 } = {}, { signal } = {}) {
      const listed = (): Sighting[] => watching?.listed() ?? resting.listed()
      const giveUpAt = clock.monotonic() + waitMs
      const somebody = (): boolean => listed().some((sighting) => isThere(sighting.evidence))
      // Nobody yet: wait for the first, and then for those who come right behind.
      for (let wait = somebody() ? 0 : waitMs; wait > 0; ) {
        if (!(await until((event) => event.event === 'presence', wait, signal))) break
        wait = Math.min(OTHERS_COME_WITHIN_MS, giveUpAt - clock.monotonic())
      }
      return listed()
    },

    status: async (change) => (change === undefined ? publishing.status() : publishing.change(change)),
    atTheKeys: ({ seat, input }) => publishing.seated(seat, input),
    tuples: async () => publishing.tuples(),
    publishTuple: (tuple) => publishing.publish(tuple),
    withdrawTuple: ({ id }) => publishing.withdraw(id),

    send,
    reply,
    edit,
    deleteForBoth,
    react,
    recall,
    outbox: ({ limit } = {}) => history.sent(limit),

    composing: async ({ to, state = 'active' }) => composing.typed(acquaintances.resolve(to), state),

    inbox: (query = {}) => history.page(query),
    markRead: ({ ids }) => history.read(ids),
    search: (query) => history.search(query),
    importMessages: (query) => history.take(query),
    deleteMessages: ({ ids }) => history.remove(ids),
    retention: (change) => history.retention(change),
    requests: () => contactBook.requests(),
    accept: async ({ who, contact, name }) =>
      contactBook.accept(
        acquaintances.resolve(who).peer,
        contact === true || name !== undefined ? (name === undefined ? {} : { name }) : undefined,
      ),
    refuse: async ({ who }) => contactBook.refuse(acquaintances.resolve(who).peer),

    fetch: (asked, options) => look(asked, options, (here, peer, patience) => here.fetch(peer, patience)),
    watchersOf: (asked, options) =>
      look(asked, options, (here, peer, patience) => here.watchersOf(peer, patience)),
    async watch(asked, options) {
      const { peer } = await findWithin(asked.who, asked.waitMs ?? 0, options)
      return (watching ?? resting).want(peer, true)
    },
    async unwatch(asked, options) {
      const { peer } = await findWithin(asked.who, asked.waitMs ?? 0, options)
      return (watching ?? resting).want(peer, false)
    },
    subscriptions: async () => (watching ?? resting).subscriptions(),
    watchers: () => granting.watchers(),
    async watchersVisible(change) {
      if (change !== undefined) await parts.visibility.showWatchers(change.to)
      return { to: parts.visibility.watchersVisible() }
    },
    visibilityRules: async (change) =>
      change === undefined ? parts.visibility.rules() : parts.visibility.change(change),

    contacts: async () => contactBook.contacts(),
    addContact: async (asked, options) =>
      contactBook.add(await findWithin(asked.who, asked.waitMs ?? 0, options), asked),
    renameContact: async ({ who, name }) => contactBook.rename(acquaintances.resolve(who).peer, name),
    groupContact: async ({ who, groups }) => contactBook.group(acquaintances.resolve(who).peer, groups),
    removeContact: async ({ who }) => contactBook.remove(acquaintances.resolve(who).peer),
    verifyContact: async ({ who, verified = true }) =>
      contactBook.verify(acquaintances.resolve(who).peer, verified),

    rules: async (change) => contactBook.preset(change?.preset),
    deliveryRules: async (change) =>
      change === undefined ? parts.delivery.rules() : parts.delivery.change(change),
    accessRules: async (change) => parts.personRules.general(change),
    personRule: async ({ who, ...change }) =>
      parts.personRules.change(acquaintances.resolve(who).peer, change),
    strangers: async () => parts.explaining.strangers(),
    explain: async ({ who, inbox: label }) => parts.explaining.about(acquaintances.resolve(who).peer, label),

    async diagnose({ who, waitMs = 0 } = {}, { signal } = {}) {
      if (parts.diagnosing === undefined)
        throw new NighError('no-peer', 'Only a running Nigh can look around.')
      return parts.diagnosing.diagnose(who, { waitMs, ...(signal === undefined ? {} : { signal }) })
    },

    backup: parts.backup,
    events: (query = {}, options = {}) => hub.events(query, options),
    on: hub.on,
    close: parts.close,
  }
}
