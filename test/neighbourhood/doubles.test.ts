import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { doubleToClose, leftBehind, linkToWriteTo, type Twin } from '../../src/neighbourhood/doubles.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const alice = 'A' as PeerId // the smaller id
const bob = 'B' as PeerId

const twin = (number: number, facts: Partial<Twin> = {}): Twin => ({
  number,
  outbound: true,
  upAt: number * 100,
  instance: 'i',
  provenAt: 1_000,
  ...facts,
})
/** What the other side sees of the same links: dialled the other way, its own numbers in its own order. */
const mirrored = (links: Twin[]) => links.map((link) => ({ ...link, outbound: !link.outbound }))

describe('doubles', () => {
  test('Alice and Bob dialled each other at once: Alice closes hers, Bob closes nothing', () => {
    const atAlice = [twin(1, { outbound: true }), twin(2, { outbound: false })]
    expect(doubleToClose({ self: alice, peer: bob, links: atAlice })).toBe(1)
    expect(doubleToClose({ self: bob, peer: alice, links: mirrored(atAlice) })).toBeUndefined()
  })

  test('Nothing is closed before both have proved to work after both were up', () => {
    const links = (older: number | undefined, newer: number | undefined) =>
      [older, newer].map((provenAt, i) => {
        const { provenAt: _, ...rest } = twin(i + 1, { outbound: i === 0 })
        return provenAt === undefined ? rest : { ...rest, provenAt }
      })
    const close = (older?: number, newer?: number) =>
      doubleToClose({ self: alice, peer: bob, links: links(older, newer) })
    expect(close(undefined, undefined)).toBeUndefined()
    expect(close(undefined, 201)).toBeUndefined()
    expect(close(201, undefined)).toBeUndefined()
    expect(close(199, 201)).toBeUndefined()
    expect(close(200, 201)).toBeUndefined()
    expect(close(201, 201)).toBe(1)
  })

  test('A stale half-open link never proves itself, so the one that works is never closed (fault N5)', () => {
    const stale = twin(1, { outbound: true, provenAt: 150 })
    const working = twin(2, { outbound: false, provenAt: 9_000 })
    expect(doubleToClose({ self: alice, peer: bob, links: [stale, working] })).toBeUndefined()
    expect(linkToWriteTo([stale, working])).toBe(working)
  })

  test('Two links dialled by the same side: its dialler closes the older one', () => {
    const links = [twin(1, { outbound: true }), twin(2, { outbound: true })]
    expect(doubleToClose({ self: bob, peer: alice, links })).toBe(1)
    expect(doubleToClose({ self: alice, peer: bob, links: mirrored(links) })).toBeUndefined()
  })

  test('Of two links one stays: never do both sides close one, and never neither once all is proven', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.boolean(), (first, second, swapped) => {
        const atAlice = [twin(1, { outbound: first }), twin(2, { outbound: second })]
        const atBob = mirrored(atAlice).map((link) =>
          // The two sides may have seen the links come up in different order, where each dialled one.
          swapped && first !== second ? { ...link, number: 3 - link.number } : link,
        )
        const closed = [
          doubleToClose({ self: alice, peer: bob, links: atAlice }),
          doubleToClose({ self: bob, peer: alice, links: atBob }),
        ].filter((number) => number !== undefined)
        expect(closed).toHaveLength(1)
      }),
    )
  })

  test('Different instances are no doubles, nor is a link without hello', () => {
    const { instance: _, ...silent } = twin(2, { outbound: false })
    expect(doubleToClose({ self: alice, peer: bob, links: [twin(1), silent] })).toBeUndefined()
    const other = twin(2, { outbound: false, instance: 'j' })
    expect(doubleToClose({ self: alice, peer: bob, links: [twin(1), other] })).toBeUndefined()
  })
})

describe('a restart', () => {
  test('The newer hello ends every link of the older life', () => {
    expect(leftBehind([twin(1), twin(2), twin(3, { instance: 'j' })])).toEqual([1, 2])
  })

  test('A link that has not said hello yet is left alone, and ends nothing', () => {
    const { instance: _, ...silent } = twin(3)
    expect(leftBehind([twin(1), silent])).toEqual([])
    expect(leftBehind([silent, twin(4, { instance: 'j' })])).toEqual([])
  })

  test('One life leaves nothing behind', () => {
    expect(leftBehind([twin(1), twin(2)])).toEqual([])
    expect(leftBehind([])).toEqual([])
  })
})

test('The newest link that said hello is written to', () => {
  const { instance: _, ...silent } = twin(3)
  expect(linkToWriteTo([twin(1), silent, twin(2)])?.number).toBe(2)
  expect(linkToWriteTo([silent])).toBeUndefined()
})
