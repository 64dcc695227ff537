import { beforeAll, expect, test } from 'vitest'
import type { ContactRow } from '../../src/ports.ts'
import {
  addContact,
  contactOf,
  groupContact,
  isContact,
  removeContact,
  renameContact,
  verifyContact,
} from '../../src/principal/contacts.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { person } from './people.ts'

let alice: PeerId
let bob: PeerId
let known: ContactRow[]
beforeAll(async () => {
  alice = (await person('alice')).peerId
  bob = (await person('bob')).peerId
  known = [{ peer: alice, petname: 'Alice', groups: ['work'], addedAt: 1, verifiedAt: 2 }]
})

test('Bob becomes a contact under the name I give him', () => {
  expect(
    addContact(known, { peer: bob, petname: ' Bob\u202e ', groups: ['work', ' work', ''], at: 5 }),
  ).toEqual({
    peer: bob,
    petname: 'Bob',
    groups: ['work'],
    addedAt: 5,
  })
})

test('Adding Alice again keeps since when I know her, her name and that she is verified', () => {
  expect(addContact(known, { peer: alice, groups: ['club'], at: 9 })).toEqual({
    peer: alice,
    petname: 'Alice',
    groups: ['work', 'club'],
    addedAt: 1,
    verifiedAt: 2,
  })
})

test('Nobody else can be called Alice, whatever the case', () => {
  expect(() => addContact(known, { peer: bob, petname: 'ALICE', at: 5 })).toThrow(
    expect.objectContaining({ code: 'name-taken' }),
  )
  const both = [...known, addContact(known, { peer: bob, at: 5 })]
  expect(() => renameContact(both, bob, 'alice')).toThrow(expect.objectContaining({ code: 'name-taken' }))
  expect(renameContact(both, alice, 'alice').petname).toBe('alice')
})

test.each(['', '\u200b', 'pres:x', 'im:y', 'nigh:z', 'ID'])('A contact cannot be called %j', (name) => {
  expect(() => renameContact(known, alice, name === 'ID' ? bob : name)).toThrow(
    expect.objectContaining({ code: 'usage' }),
  )
})

test('Groups and verification', () => {
  expect(groupContact(known, alice, ['a', 'a', 'b']).groups).toEqual(['a', 'b'])
  // One that is left out in silence would be a rule that does not count.
  const many = Array.from({ length: 33 }, (_, at) => `group ${at}`)
  expect(groupContact(known, alice, many.slice(1)).groups).toHaveLength(32)
  expect(() => groupContact(known, alice, many)).toThrow('32 groups at most; that would be 33')
  expect(() => addContact(known, { peer: alice, groups: many.slice(1), at: 1 })).toThrow('that would be 33')
  expect(verifyContact(known, alice, 77).verifiedAt).toBe(77)
  const [first] = known
  expect(first?.verifiedAt).toBe(2)
})

test('A name or group that is too long is refused, not cut', () => {
  const long = '😀'.repeat(65)
  const tooLong = expect.objectContaining({ code: 'usage', message: expect.stringContaining('at most 64') })
  expect(() => renameContact(known, alice, long)).toThrow(tooLong)
  expect(() => groupContact(known, alice, [long])).toThrow(tooLong)
  expect(groupContact(known, alice, [long.slice(2)]).groups).toEqual([long.slice(2)])
})

test('Removing', () => {
  expect(removeContact(known, alice)).toEqual([])
  expect(isContact(known, alice)).toBe(true)
  expect(contactOf(known, bob)).toBeUndefined()
  expect(() => removeContact(known, bob)).toThrow(expect.objectContaining({ code: 'who-unknown' }))
})
