import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ContactRow } from '../../src/ports.ts'
import { formatCard, inboxAddress, presenceAddress, shortId } from '../../src/principal/address.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { type Acquaintance, likelyMeant, personOf, resolveWho, toldApart } from '../../src/principal/who.ts'
import { person } from './people.ts'

const people = new Map<string, PeerId>()
beforeAll(async () => {
  for (const name of ['me', 'alice', 'bob', 'carol', 'mallory']) people.set(name, (await person(name)).peerId)
})
const id = (name: string): PeerId => people.get(name) ?? expect.unreachable()

interface World {
  contacts?: Record<string, string | undefined>
  near?: string[]
  names?: Record<string, string>
}

function known({ contacts = {}, near = [], names = {} }: World): Acquaintance {
  return {
    self: id('me'),
    contacts: Object.entries(contacts).map(([name, petname]) => {
      const row: ContactRow = { peer: id(name), groups: [], addedAt: 1 }
      return petname === undefined ? row : { ...row, petname }
    }),
    near: new Set(near.map(id)),
    names: new Map(Object.entries(names).map(([name, claim]) => [id(name), claim])),
  }
}

const one = (name: string) => ({ kind: 'one', peer: id(name) })

describe('a slip of a finger', () => {
  const world = () =>
    known({
      contacts: { bob: 'Robert', alice: undefined },
      near: ['carol', 'mallory'],
      names: { bob: 'Bob', alice: 'Carola', carol: 'Carol' },
    })
  test.each([
    ['robret', 'bob'],
    ['Robertt', 'bob'],
    ['Carla', 'alice'],
    ['crol', 'carol'],
  ])('%s: %s is asked about, and not taken for it', (word, name) => {
    expect(resolveWho(word, world())).toEqual({ kind: 'unknown' })
    expect(likelyMeant(word, world())?.peerId).toBe(id(name))
  })

  test('what is further away, of two letters, or of an id, is no slip', () => {
    for (const word of ['zebedee', 'bo', '', '   ', `x${shortId(id('mallory')).slice(1)}`, 'x'.repeat(5_000)])
      expect(likelyMeant(word, world()), word).toBeUndefined()
    expect(likelyMeant('mee', known({ names: { me: 'me' } }))).toBeUndefined()
  })
})

describe('WHO/label names an inbox', () => {
  test('of a contact by any of their names, of somebody near, of a bare peer id', () => {
    const world = known({
      contacts: { bob: 'Robert', alice: undefined },
      near: ['carol'],
      names: { bob: 'Bob', alice: 'Alice', carol: 'Carol' },
    })
    const oncall = (name: string) => ({ ...one(name), label: 'oncall' })
    expect(resolveWho('Robert/oncall', world)).toEqual(oncall('bob'))
    expect(resolveWho(' bob/oncall ', world)).toEqual(oncall('bob'))
    expect(resolveWho('alice/oncall', world)).toEqual(oncall('alice'))
    expect(resolveWho('Carol/oncall', world)).toEqual(oncall('carol'))
    expect(resolveWho(`${id('mallory')}/oncall`, world)).toEqual(oncall('mallory'))
    expect(resolveWho(`${shortId(id('bob'))}/oncall`, world)).toEqual(oncall('bob'))
    expect(resolveWho(`${id('me')}/oncall`, world)).toEqual({ kind: 'self' })
    expect(resolveWho('Robert/default', world)).toEqual(one('bob'))
    expect(resolveWho(`im:${id('bob')}/default`, world)).toEqual(one('bob'))
  })

  test('of nobody it names nobody, and a label that is none is said so', () => {
    const world = known({
      contacts: { bob: 'bob' },
      near: ['carol', 'alice'],
      names: { carol: 'Al', alice: 'Al' },
    })
    expect(resolveWho('zoe/oncall', world)).toEqual({ kind: 'unknown' })
    expect(resolveWho('/oncall', world)).toEqual({ kind: 'unknown' })
    expect(resolveWho('Al/oncall', world)).toMatchObject({ kind: 'ambiguous' })
    for (const word of ['bob/', 'bob/On Call', `bob/${'x'.repeat(33)}`])
      expect(() => resolveWho(word, world)).toThrow(expect.objectContaining({ code: 'malformed-address' }))
    expect(resolveWho('Zoe/Max', world)).toEqual({ kind: 'unknown' })
  })

  test('Names with a slash are names: my petname first, and a stranger who takes such a name wins over nobody', () => {
    expect(resolveWho('AC/DC', known({ near: ['carol'], names: { carol: 'AC/DC' } }))).toEqual(one('carol'))
    const mine = known({ contacts: { alice: 'bob/oncall', bob: 'bob' } })
    expect(resolveWho('bob/oncall', mine)).toEqual(one('alice'))
    const posing = known({ contacts: { bob: 'bob' }, near: ['mallory'], names: { mallory: 'bob/oncall' } })
    expect(resolveWho('bob/oncall', posing)).toMatchObject({
      kind: 'ambiguous',
      choices: [{ peerId: id('mallory') }, { peerId: id('bob') }],
    })
  })
})

describe('the order of WHO', () => {
  test('A petname comes before everything, even before what others call themselves', () => {
    const world = known({ contacts: { bob: 'Al' }, near: ['carol'], names: { carol: 'Al' } })
    expect(resolveWho('Al', world)).toEqual(one('bob'))
    expect(resolveWho('al', world)).toEqual(one('bob'))
  })

  test('Exact ids, addresses and cards name also people nobody knows', () => {
    const world = known({})
    expect(resolveWho(id('bob'), world)).toEqual(one('bob'))
    expect(resolveWho(presenceAddress(id('bob')), world)).toEqual(one('bob'))
    expect(resolveWho(inboxAddress(id('bob'), 'work'), world)).toEqual({ ...one('bob'), label: 'work' })
    const card = { peer: id('bob'), name: 'Bob', addresses: ['/ip4/10.0.0.1/tcp/4001'] }
    expect(resolveWho(formatCard(card), world)).toEqual({ ...one('bob'), card })
  })

  test('A broken address is told as such, not as an unknown person', () => {
    expect(() => resolveWho('pres:bob', known({}))).toThrow(
      expect.objectContaining({ code: 'malformed-address' }),
    )
    expect(() => resolveWho('nigh:bob', known({}))).toThrow(
      expect.objectContaining({ code: 'malformed-card' }),
    )
  })

  test('The name of a contact who is away, and of somebody near', () => {
    const world = known({
      contacts: { bob: undefined },
      near: ['carol'],
      names: { bob: 'Bob', carol: 'Carol' },
    })
    expect(resolveWho('Bob', world)).toEqual(one('bob'))
    expect(resolveWho('carol', world)).toEqual(one('carol'))
  })

  test('Somebody neither a contact nor near is not found by name, but by the end of the id', () => {
    const world = known({ names: { carol: 'Carol' } })
    expect(resolveWho('Carol', world)).toEqual({ kind: 'unknown' })
    expect(resolveWho(shortId(id('carol')), world)).toEqual(one('carol'))
    expect(resolveWho(id('carol').slice(-4), world)).toEqual(one('carol'))
    expect(resolveWho(id('carol').slice(-3), world)).toEqual({ kind: 'unknown' })
    expect(resolveWho(shortId(id('carol')).toLowerCase(), world)).toEqual(one('carol'))
  })

  test('Nobody', () => {
    expect(resolveWho('', known({}))).toEqual({ kind: 'unknown' })
    expect(resolveWho('nobody', known({ near: ['carol'] }))).toEqual({ kind: 'unknown' })
  })
})

describe('myself', () => {
  test('My id, my addresses and my card are me', () => {
    const world = known({})
    for (const text of [id('me'), `pres:${id('me')}`, `im:${id('me')}`, `nigh:${id('me')}?name=Me`])
      expect(resolveWho(text, world)).toEqual({ kind: 'self' })
  })

  test('My name is me only while nobody else has it', () => {
    expect(resolveWho('alice', known({ names: { me: 'Alice' } }))).toEqual({ kind: 'self' })
    const two = known({ near: ['bob'], names: { me: 'Alice', bob: 'Alice' } })
    expect(resolveWho('Alice', two)).toEqual(one('bob'))
  })
})

describe('a stranger never wins over a contact of the same name', () => {
  const ambiguous = (text: string, world: World) => {
    const who = resolveWho(text, known(world))
    return who.kind === 'ambiguous' ? who.choices.map((choice) => choice.peerId).sort() : who
  }
  const both = () => [id('alice'), id('mallory')].sort()

  test('both called Alice: ambiguous, with both told apart', () => {
    const world = {
      contacts: { alice: undefined },
      near: ['mallory'],
      names: { alice: 'Alice', mallory: 'Alice' },
    }
    expect(ambiguous('Alice', world)).toEqual(both())
    const who = resolveWho('Alice', known(world))
    const lines = who.kind === 'ambiguous' ? who.choices.map(toldApart) : []
    expect(new Set(lines).size).toBe(2)
    expect(lines.join()).toContain('contact')
  })

  test('not by spelling it as typed while the contact differs in case', () => {
    const world = {
      contacts: { alice: undefined },
      near: ['mallory'],
      names: { alice: 'Alice', mallory: 'alice' },
    }
    expect(ambiguous('alice', world)).toEqual(both())
  })

  test("not by taking the end of the contact's id as a name", () => {
    const end = shortId(id('alice'))
    const world = { contacts: { alice: undefined }, near: ['mallory'], names: { mallory: end } }
    expect(ambiguous(end, world)).toEqual(both())
  })

  test('but a contact who spells it exactly wins over a stranger who does not', () => {
    const world = {
      contacts: { alice: undefined },
      near: ['mallory'],
      names: { alice: 'Alice', mallory: 'ALICE' },
    }
    expect(ambiguous('Alice', world)).toEqual(one('alice'))
  })

  test('control: alone, the stranger is found by that name', () => {
    expect(ambiguous('Alice', { near: ['mallory'], names: { mallory: 'Alice' } })).toEqual(one('mallory'))
  })

  test('whatever names people take, a word a contact answers to never leads to a stranger alone', () => {
    const name = fc.constantFrom('Al', 'al', 'Bo', 'bo')
    fc.assert(
      fc.property(name, name, name, (contact, stranger, word) => {
        const world = {
          contacts: { alice: undefined },
          near: ['mallory'],
          names: { alice: contact, mallory: stranger },
        }
        fc.pre(contact.toLowerCase() === word.toLowerCase())
        const who = resolveWho(word, known(world))
        expect(who.kind === 'ambiguous' || (who.kind === 'one' && who.peer === id('alice'))).toBe(true)
      }),
    )
  })
})

describe('the person', () => {
  test('Petname, else the claim, else the card, else the end of the id', () => {
    const world = known({
      contacts: { alice: 'Ally' },
      near: ['bob'],
      names: { alice: 'Alice', bob: 'Bob\u0007' },
    })
    world.cardNames = new Map([
      [id('bob'), 'Robert'],
      [id('carol'), 'Carol'],
    ])
    expect(personOf(id('alice'), world)).toEqual({
      peerId: id('alice'),
      name: 'Ally',
      petname: 'Ally',
      address: `pres:${id('alice')}`,
      relation: 'contact',
      verified: false,
    })
    expect(personOf(id('bob'), world)).toMatchObject({ name: 'Bob', relation: 'near' })
    expect(personOf(id('carol'), world)).toMatchObject({ name: 'Carol', relation: 'stranger' })
    expect(personOf(id('mallory'), world)).toMatchObject({ name: shortId(id('mallory')) })
    expect(personOf(id('bob'), world)).not.toHaveProperty('petname')
  })

  test('Verified is what I compared', () => {
    const world = known({})
    world.contacts = [{ peer: id('alice'), groups: [], addedAt: 1, verifiedAt: 2 }]
    expect(personOf(id('alice'), world).verified).toBe(true)
  })
})
