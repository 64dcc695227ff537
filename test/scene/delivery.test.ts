/** DELIVERY RULES in a town: who rings, who knocks, who is turned away and what they read; several inboxes of one person. */
import { describe, expect, test } from 'vitest'
import type { AgentEvent, DeliveryRule, DeliveryRules, Message, Outcome } from '../../src/agent.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

/** Sends, and lets the world run until the outcome is there or `ms` have passed. */
async function sends(place: Town, from: Resident, to: string, text: string, ms = 500): Promise<Outcome> {
  const sending = from.agent.send({ to, text, waitMs: ms })
  await place.pass(ms + 1)
  return sending
}

const read = ({ outcome, reason, disposition }: Outcome): string => reason ?? disposition ?? outcome
const texts = async (who: Resident): Promise<string[]> =>
  (await who.agent.inbox()).map((one) => (one as Message).text)
/** Everything Bob could have seen or heard of a message. */
const shown = async (who: Resident): Promise<unknown[]> => [
  ...(await who.agent.inbox()),
  ...(await who.agent.requests()),
  ...who.events.filter((event: AgentEvent) => event.event === 'message' || event.event === 'request'),
]
const rules = (...list: DeliveryRule[]): DeliveryRules => ({ inboxes: { default: list } })

async function neighbours(place: Town): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  return { alice, bob }
}

async function friends(place: Town): Promise<{ alice: Resident; bob: Resident }> {
  const { alice, bob } = await neighbours(place)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice', groups: ['work'] })
  await place.pass(1_000)
  return { alice, bob }
}

describe('scene 58: Bob’s rules bar Alice, and he never sees what she writes', () => {
  test.each([
    ['told', true, 'refused'],
    ['untold', false, 'closed'],
  ] as const)('%s', async (_how, tell, reason) => {
    await using place = await town('barred')
    const { alice, bob } = await friends(place)
    expect(read(await sends(place, alice, 'Bob', 'before the rule'))).toBe('delivered')
    const before = await shown(bob)
    await bob.agent.deliveryRules(rules({ if: { from: ['Alice'] }, then: 'refuse', tell }))
    expect(read(await sends(place, alice, 'Bob', 'after it'))).toBe(reason)
    expect(await shown(bob)).toEqual(before)
    // Control: without the rule she rings, and what was refused does not come after all.
    await bob.agent.deliveryRules({ inboxes: {} })
    expect(read(await sends(place, alice, 'Bob', 'and again'))).toBe('delivered')
    expect(await texts(bob)).toEqual(['before the rule', 'and again'])
  })

  test('A rule names a contact, and goes on meaning that person, whatever they are called later', async () => {
    await using place = await town('meaning')
    const { alice, bob } = await friends(place)
    const set = await bob.agent.deliveryRules(rules({ if: { from: ['Alice'] }, then: 'refuse', tell: true }))
    expect(set.inboxes.default?.[0]?.if?.from).toEqual([alice.peerId])
    await bob.agent.renameContact({ who: 'Alice', name: 'Al' })
    expect(read(await sends(place, alice, 'Bob', 'still me'))).toBe('refused')
    expect((await bob.agent.deliveryRules()).inWords[0]?.rules[0]).toContain('From Al (…')
  })

  test('Who is no contact is not taken for one by the name they claim', async () => {
    await using place = await town('claims')
    const { bob } = await neighbours(place)
    const setting = bob.agent.deliveryRules(rules({ if: { from: ['Alice'] }, then: 'accept' }))
    await expect(setting).rejects.toMatchObject({ code: 'who-unknown' })
    expect((await bob.agent.deliveryRules()).inboxes).toEqual({ default: [] })
  })
})

test('The rules outlive a restart, and a mistake changes nothing', async () => {
  await using place = await town('kept')
  const { alice, bob } = await friends(place)
  await bob.agent.deliveryRules(rules({ if: { group: 'work' }, then: 'refuse', tell: true }))
  const wrong = { inboxes: { default: [{ then: 'ring' }] } } as unknown as DeliveryRules
  await expect(bob.agent.deliveryRules(wrong)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('inboxes.default[0].then'),
  })
  await bob.leave()
  await bob.restart()
  await place.pass(3_000)
  expect(read(await sends(place, alice, 'Bob', 'hello'))).toBe('refused')
})

test('Rules that cannot be read do not count, and that is said', async () => {
  await using place = await town('unreadable')
  const { alice, bob } = await friends(place)
  await bob.leave()
  await bob.store.settings.set('rules.delivery', '{"inboxes":{"default":[{"then":"teleport"}]}}')
  const again = await bob.restart()
  await place.pass(3_000)
  expect(again.events).toContainEqual(
    expect.objectContaining({
      event: 'warning',
      code: 'rules-unreadable',
      message: expect.stringContaining('default[0].then'),
    }),
  )
  expect(read(await sends(place, alice, 'Bob', 'hello'))).toBe('delivered')
  expect((await again.agent.deliveryRules()).inboxes).toEqual({ default: [] })
})

describe('what the rules look at', () => {
  test('More than three a minute from one person are refused; a minute later they are taken again, others meanwhile', async () => {
    await using place = await town('pace')
    const { alice, bob } = await friends(place)
    const carol = await place.moveIn('Carol')
    await place.pass(3_000)
    await bob.agent.addContact({ who: carol.peerId })
    await bob.agent.deliveryRules(rules({ if: { perMinute: 3 }, then: 'refuse', tell: true }))
    const heard: string[] = []
    for (let number = 0; number < 5; number += 1)
      heard.push(read(await sends(place, alice, 'Bob', `${number}`)))
    expect(heard).toEqual(['delivered', 'delivered', 'delivered', 'refused', 'refused'])
    expect(read(await sends(place, carol, bob.peerId, 'me too'))).toBe('delivered')
    await place.pass(60_000)
    expect(read(await sends(place, alice, 'Bob', 'later'))).toBe('delivered')
  })

  test('Each message counts once: however often it is asked about, and however often it is sent again', async () => {
    await using place = await town('counted once')
    const key = await makeKey()
    let alice = await place.moveIn('Alice', { key })
    const bob = await place.moveIn('Bob')
    await place.pass(3_000)
    await bob.agent.addContact({ who: 'Alice' })
    await bob.agent.deliveryRules(
      rules({ if: { perMinute: 3 }, then: 'refuse', tell: true }, { then: 'refuse' }),
    )
    for (const answer of ['closed', 'closed', 'closed', 'refused'])
      expect(read(await sends(place, alice, 'Bob', 'hello'))).toBe(answer)

    await place.pass(60_000)
    await bob.agent.deliveryRules(rules({ if: { perMinute: 2 }, then: 'refuse', tell: true }))
    const id = '0190f2a1-7c3e-7abc-8def-0123456789ab' as Message['id']
    for (let time = 0; time < 4; time += 1) {
      await alice.agent.send({ id, to: bob.peerId, text: 'hello' })
      await place.pass(500)
      await alice.kill()
      alice = await place.moveIn('Alice', { key }) // remembers nothing of it
      await place.pass(3_000)
    }
    expect(read(await sends(place, alice, bob.peerId, 'hello again'))).toBe('delivered')
    expect(read(await sends(place, alice, bob.peerId, 'and again'))).toBe('refused')
  })

  test('Size, hour and what I show', async () => {
    await using place = await town('circumstances')
    const { alice, bob } = await friends(place)
    const local = new Date(place.clock.now())
    const hour = (offset: number) => `${String((local.getHours() + offset + 24) % 24).padStart(2, '0')}:00`
    const answer = async (conditions: DeliveryRule['if'], text = 'hello') => {
      await bob.agent.deliveryRules(
        rules({ ...(conditions && { if: conditions }), then: 'refuse', tell: true }),
      )
      return read(await sends(place, alice, 'Bob', text))
    }
    expect(await answer({ largerThan: 5 })).toBe('delivered')
    expect(await answer({ largerThan: 4 })).toBe('refused')
    expect(await answer({ between: [hour(-1), hour(2)] })).toBe('refused')
    expect(await answer({ between: [hour(2), hour(-1)] })).toBe('delivered')
    expect(await answer({ myStatus: 'busy' })).toBe('delivered')
    await bob.agent.status({ activities: ['busy'] })
    expect(await answer({ myStatus: 'busy' })).toBe('refused')
    expect(await answer({ contentType: ['text/html'] })).toBe('delivered')
    expect(await answer({ relation: 'near' })).toBe('delivered')
    expect(await answer({ relation: 'contact' })).toBe('refused')
  })

  test('A contact may be held: once, as anybody, and what follows waits; what is held stays when the rule goes', async () => {
    await using place = await town('held contact')
    const { alice, bob } = await friends(place)
    await bob.agent.deliveryRules(rules({ if: { myStatus: 'open' }, then: 'hold' }))
    expect(read(await sends(place, alice, 'Bob', 'now?'))).toBe('held')
    expect(read(await sends(place, alice, 'Bob', 'or later?'))).toBe('indeterminate')
    await bob.agent.deliveryRules({ inboxes: {} })
    expect((await bob.agent.requests()).map((request) => request.text)).toEqual(['now?'])
    await bob.agent.accept({ who: 'Alice' })
    await place.pass(500)
    expect(await texts(bob)).toEqual(['now?', 'or later?'])
    // Accepting a contact's request is no lasting rule above all others.
    await bob.agent.deliveryRules(rules({ then: 'hold' }))
    expect(read(await sends(place, alice, 'Bob', 'and now?'))).toBe('held')
    await bob.agent.refuse({ who: 'Alice' })
    await bob.agent.accept({ who: 'Alice' })
    await bob.agent.deliveryRules({ inboxes: {} })
    await place.pass(500)
    expect(read(await sends(place, alice, 'Bob', 'at last'))).toBe('delivered')
  })
})

describe('scene 61: strangers turned away without telling', () => {
  test('Bob is shown nothing, and she reads what any stranger reads who still waits; told, it is `refused`', async () => {
    await using place = await town('untold')
    const { alice, bob } = await neighbours(place)
    await bob.agent.deliveryRules(rules({ if: { relation: 'contact' }, then: 'accept' }, { then: 'refuse' }))
    expect(read(await sends(place, alice, 'Bob', 'may I?'))).toBe('rate-limited')
    expect(await shown(bob)).toEqual([])
    await bob.agent.deliveryRules(rules({ then: 'refuse', tell: true }))
    expect(read(await sends(place, alice, 'Bob', 'may I?'))).toBe('refused')
    expect(await shown(bob)).toEqual([])
  })

  test('What she reads is the very frame that a stranger gets who knocked and was not answered', async () => {
    const refusedByRule = await traceOf(async ({ bob, knock, write }) => {
      await knock()
      await bob.agent.deliveryRules(rules({ then: 'refuse' }))
      await write('hello?')
    })
    const waiting = await traceOf(async ({ knock, write }) => {
      await knock()
      await write('hello?')
    })
    expect(refusedByRule).toEqual(waiting)
    expect(waiting.at(-1)).toMatchObject({ disposition: 'failed', reason: 'rate-limited' })
  })
})

describe('fault M4: silence is a lie or a tell', () => {
  const afterwards = async ({ write }: Stranger): Promise<void> => {
    await write('hello?')
    await write('x'.repeat(2_000))
    await write('hello, all of you', '/oncall')
    await write('again')
  }

  test('A stranger who waits and one who was refused: every frame of Bob’s, and when it leaves, is equal', async () => {
    const waiting = await traceOf(async (stranger) => {
      await stranger.knock()
      await afterwards(stranger)
    })
    const refused = await traceOf(async (stranger) => {
      await stranger.knock()
      await stranger.bob.agent.refuse({ who: stranger.alice.peerId })
      await afterwards(stranger)
    })
    expect(waiting).toHaveLength(5)
    expect(refused).toEqual(waiting)
  })

  test('Control: a refusal that is told shows in the trace', async () => {
    const waiting = await traceOf(async (stranger) => {
      await stranger.knock()
      await afterwards(stranger)
    })
    const told = await traceOf(async (stranger) => {
      await stranger.knock()
      await stranger.bob.agent.deliveryRules(rules({ then: 'refuse', tell: true }))
      await afterwards(stranger)
    })
    expect(told).not.toEqual(waiting)
  })
})

describe('scene 62: one person, two inboxes', () => {
  const twoInboxes: DeliveryRules = {
    inboxes: {
      default: [{ then: 'accept' }],
      team: [{ if: { relation: 'contact' }, then: 'accept' }, { then: 'refuse' }],
    },
  }

  test('A stranger writes to both: the first takes it, the one by invitation refuses; a contact comes into both', async () => {
    await using place = await town('two inboxes')
    const { alice, bob } = await neighbours(place)
    await bob.agent.deliveryRules(twoInboxes)
    expect(read(await sends(place, alice, 'Bob', 'to all'))).toBe('delivered')
    expect(read(await sends(place, alice, 'Bob/team', 'to the team'))).toBe('rate-limited')
    expect(await bob.agent.inbox()).toMatchObject([{ text: 'to all' }])
    await bob.agent.addContact({ who: 'Alice' })
    expect(read(await sends(place, alice, `im:${bob.peerId}/team`, 'as one of you'))).toBe('delivered')
    const [first, second] = (await bob.agent.inbox()) as Message[]
    expect([first?.inbox, second?.inbox]).toEqual([undefined, 'team'])
    expect(bob.events.find((event) => event.event === 'message' && event.inbox === 'team')).toBeDefined()
  })

  test('The inbox for everyone may hold instead', async () => {
    await using place = await town('queue')
    const { alice, bob } = await neighbours(place)
    await bob.agent.deliveryRules({ inboxes: { ...twoInboxes.inboxes, default: [] } })
    expect(read(await sends(place, alice, 'Bob/team', 'to the team'))).toBe('rate-limited')
    expect(read(await sends(place, alice, 'Bob/default', 'to all'))).toBe('held')
    expect((await bob.agent.requests()).map((request) => request.text)).toEqual(['to all'])
  })

  test('One id at two inboxes is two messages, each kept once (fault M3)', async () => {
    await using place = await town('same id')
    const key = await makeKey()
    const alice = await place.moveIn('Alice', { key })
    const bob = await place.moveIn('Bob')
    await bob.agent.addContact({ who: alice.peerId })
    await bob.agent.deliveryRules({ inboxes: { team: [] } })
    const id = '0190f2a1-7c3e-7abc-8def-0123456789ab' as Message['id']
    await place.pass(3_000)
    let sender = alice
    for (const label of ['/team', '', '/team', '']) {
      await sender.agent.send({ id, to: `im:${bob.peerId}${label}`, text: `to ${label}` })
      await place.pass(500)
      expect(read((await sender.agent.outbox())[0] as Outcome)).toBe('delivered')
      await sender.kill()
      sender = await place.moveIn('Alice', { key }) // remembers nothing of it
      await place.pass(3_000)
    }
    const kept = (await bob.agent.inbox()) as Message[]
    expect(kept.map((message) => [message.inbox, message.text])).toEqual([
      ['team', 'to /team'],
      [undefined, 'to '],
    ])
  })
})

describe('fault M13: guessing inbox labels', () => {
  const hidden: DeliveryRules = {
    inboxes: { default: [], team: [{ if: { relation: 'contact' }, then: 'accept' }, { then: 'refuse' }] },
  }
  const guess = (document: DeliveryRules, label: string) =>
    traceOf(async ({ bob, write }) => {
      await bob.agent.deliveryRules(document)
      await write('anybody there?', label)
      await write('x'.repeat(2_000), label)
    })

  test('To strangers a label that exists and one that does not are one trace', async () => {
    // Labels of one length: a receipt names the inbox as it was written to.
    const exists = await guess(hidden, '/team')
    expect(exists).toHaveLength(2)
    expect(await guess(hidden, '/meet')).toEqual(exists)
    const both = { inboxes: { default: [], team: [] } }
    expect(await guess(both, '/meet')).toEqual(await guess(both, '/team'))
  })

  test('Control: an inbox that takes what strangers write is found', async () => {
    const open: DeliveryRules = { inboxes: { ...hidden.inboxes, news: [{ then: 'accept' }] } }
    expect(await guess(open, '/news')).not.toEqual(await guess(open, '/meet'))
  })

  test('A contact is told that there is no such inbox', async () => {
    await using place = await town('contact guesses')
    const { alice, bob } = await friends(place)
    await bob.agent.deliveryRules(hidden)
    expect(read(await sends(place, alice, 'Bob/guess', 'hello'))).toBe('no-such-inbox')
    expect(read(await sends(place, alice, 'Bob/constructor', 'hello'))).toBe('no-such-inbox')
    expect(await texts(bob)).toEqual([])
  })
})

describe('explain', () => {
  test('says what would happen, in words, and it happens', async () => {
    await using place = await town('explained')
    const { alice, bob } = await friends(place)
    await bob.agent.status({ note: 'tea', activities: ['break'] })
    await bob.agent.deliveryRules({
      inboxes: {
        default: [],
        oncall: [{ if: { perMinute: 2 }, then: 'refuse' }],
        team: [{ then: 'refuse' }],
      },
    })
    await place.pass(500)
    const explained = await bob.agent.explain({ who: 'Alice' })
    expect(explained).toMatchObject({
      who: { name: 'Alice', relation: 'contact' },
      access: { decision: 'allow', view: 'contacts', because: 'the rule for contacts' },
      delivery: [
        { inbox: 'default', decision: 'accept', because: 'contacts are taken' },
        { inbox: 'oncall', decision: 'accept' },
        {
          inbox: 'team',
          decision: 'refuse',
          reason: 'closed',
          because: 'rule 1 of the inbox team: From anyone: refused, untold.',
        },
      ],
    })
    const looking = alice.agent.fetch({ who: 'Bob', waitMs: 500 })
    await place.pass(501)
    expect(explained.access.presence).toEqual((await looking).presence)
    for (const { inbox, decision, reason } of explained.delivery) {
      const heard = read(await sends(place, alice, `Bob/${inbox}`, 'hello'))
      expect(heard).toBe(decision === 'accept' ? 'delivered' : reason)
    }
    expect((await bob.agent.explain({ who: 'Alice', inbox: 'guess' })).delivery).toMatchObject([
      { inbox: 'guess', decision: 'refuse', reason: 'no-such-inbox', because: 'there is no inbox guess' },
    ])
  })

  test('Explaining counts nothing and leaves no trace among the watchers', async () => {
    await using place = await town('untraced')
    const { bob } = await friends(place)
    await bob.agent.deliveryRules(rules({ if: { perMinute: 1 }, then: 'refuse' }))
    const before = await bob.agent.watchers()
    const all = [1, 2, 3].map(() => bob.agent.explain({ who: 'Alice' }))
    for (const { delivery } of await Promise.all(all)) expect(delivery[0]?.decision).toBe('accept')
    expect(await bob.agent.watchers()).toEqual(before)
  })

  test('Closed stands before the rules, and a person’s own rule above them', async () => {
    await using place = await town('order')
    const { alice, bob } = await neighbours(place)
    await bob.agent.deliveryRules(rules({ then: 'refuse', tell: true }))
    await bob.agent.status({ basic: 'closed' })
    const [closed] = (await bob.agent.explain({ who: alice.peerId })).delivery
    expect(closed).toMatchObject({ decision: 'refuse', reason: 'closed', because: 'you are closed' })
    expect(read(await sends(place, alice, 'Bob', 'hello'))).toBe('closed')
  })
})

interface Stranger {
  alice: Resident
  bob: Resident
  /** Her first message, from a peer that honestly waits for an answer. */
  knock(): Promise<void>
  /** One more, from a peer that remembers nothing of the ones before. */
  write(text: string, label?: string): Promise<void>
}

/** Every frame on Bob's message channels in a town of two, when it left, and nothing that differs by person or id. */
async function traceOf(story: (stranger: Stranger) => Promise<void>): Promise<object[]> {
  await using place = await town('trace')
  const trace: object[] = []
  const key = await makeKey()
  let alice = await place.moveIn('Alice', { key })
  const bob = await place.moveIn('Bob', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend(kind, bytes) {
          if (kind !== 'messages') return
          const frame = openMessageFrame(bytes, bob.peerId)
          if (frame.kind === 'receipt')
            trace.push({
              ...frame,
              ids: frame.ids.length,
              inbox: '',
              left: place.clock.now(),
              bytes: bytes.length,
            })
        },
      }),
  })
  await place.pass(3_000)
  let fresh = true
  const write = async (text: string, label = ''): Promise<void> => {
    if (!fresh) {
      await alice.kill()
      alice = await place.moveIn('Alice', { key })
      await place.pass(3_000)
    }
    fresh = false
    await alice.agent.send({ to: `im:${bob.peerId}${label}`, text })
    await place.pass(1_000)
  }
  await story({ alice, bob, knock: () => write('may I?'), write })
  return trace
}
