import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { NighError } from '../../src/errors.ts'
import {
  formatAddress,
  formatCard,
  inboxAddress,
  isLabel,
  parseAddress,
  parseCard,
  presenceAddress,
  shortId,
  shown,
} from '../../src/principal/address.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { tidyName } from '../../src/principal/names.ts'
import { person } from './people.ts'

let alice: PeerId
beforeAll(async () => {
  alice = (await person('alice')).peerId
})

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return error instanceof NighError ? error.code : `another error: ${String(error)}`
  }
  return 'nothing thrown'
}

describe('addresses', () => {
  test('A presentity and an inbox of Alice read back as they were written', () => {
    const labels = fc.stringMatching(/^[a-z0-9_-]{0,32}$/).filter((label) => label !== 'default')
    fc.assert(
      fc.property(labels, (label) => {
        const inbox = { kind: 'inbox', peer: alice, label } as const
        expect(parseAddress(formatAddress(inbox))).toEqual(inbox)
      }),
    )
    expect(parseAddress(presenceAddress(alice))).toEqual({ kind: 'presence', peer: alice })
    expect(inboxAddress(alice)).toBe(`im:${alice}`)
  })

  test('A scheme may be shouted and surrounded by blanks, as URIs may', () => {
    expect(parseAddress(` PRES:${alice}\n`)).toEqual({ kind: 'presence', peer: alice })
  })

  test.each([
    ['', 'nothing'],
    ['alice', 'no scheme'],
    ['pres:', 'no id'],
    ['pres:alice@example.com', 'a server'],
    ['pres:ID/work', 'a label on a presentity'],
    ['im:ID/', 'an empty label'],
    ['im:ID/Work', 'a capital'],
    ['im:ID/a/b', 'two labels'],
    [`im:ID/${'x'.repeat(33)}`, 'a long label'],
    ['nigh:ID', 'a card'],
    ['mailto:ID', 'another scheme'],
    ['ID', 'a bare id'],
  ])('%j is no address (%s)', (text) => {
    expect(codeOf(() => parseAddress(text.replace('ID', alice)))).toBe('malformed-address')
  })

  test('The refusal says what was expected and shows what came, with nothing dangerous in it', () => {
    const hostile = 'pres:\u001b[31mred\u202ereversed\u0000'
    try {
      parseAddress(hostile)
      expect.unreachable()
    } catch (error) {
      expect(String(error)).toContain('pres:<peer id>')
      expect(String(error)).toContain('reversed')
      expect(String(error)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })

  test('What stands in a sentence is short', () => {
    expect(shown('x'.repeat(10_000)).length).toBeLessThan(70)
    expect(shown('   ')).toBe('nothing')
    expect(shown('bob')).toBe('"bob"')
  })

  test('Labels', () => {
    expect(isLabel('work_2-b')).toBe(true)
    expect(isLabel('')).toBe(false)
    expect(codeOf(() => inboxAddress(alice, 'No!'))).toBe('malformed-address')
  })

  test('The end of the id stands for who claimed no name', () => {
    expect(shortId(alice)).toHaveLength(8)
    expect(alice.endsWith(shortId(alice))).toBe(true)
  })
})

describe('cards', () => {
  const multiaddr = fc.stringMatching(/^\/ip6\/[0-9a-f:]{2,20}\/tcp\/[1-9][0-9]{0,4}$/)
  const names = fc.string({ unit: 'binary', maxLength: 40 }).filter((name) => tidyName(name) !== undefined)

  test('Any tidy name and up to eight addresses come back', () => {
    fc.assert(
      fc.property(names, fc.array(multiaddr, { maxLength: 8 }), (name, addresses) => {
        const tidy = tidyName(name) ?? ''
        const card = { peer: alice, name: tidy, addresses }
        const text = formatCard(card)
        expect(text).toMatch(/^[!-~]+$/)
        expect(parseCard(text)).toEqual(card)
      }),
    )
  })

  test('A card without a name or addresses is the id alone', () => {
    expect(formatCard({ peer: alice, addresses: [] })).toBe(`nigh:${alice}`)
    expect(parseCard(`nigh:${alice}`)).toEqual({ peer: alice, addresses: [] })
  })

  test('A name cannot smuggle in fields', () => {
    const card = { peer: alice, name: 'Bob&addr=/ip4/6.6.6.6/tcp/1#?', addresses: [] }
    expect(parseCard(formatCard(card))).toEqual(card)
  })

  test('A ninth address and unknown fields are left out; the first name counts', () => {
    const many = Array.from({ length: 12 }, (_, i) => `addr=/ip4/10.0.0.${i}/tcp/9`).join('&')
    const card = parseCard(`nigh:${alice}?later=1&name=A%20B&name=C&${many}`)
    expect(card.addresses).toHaveLength(8)
    expect(card.name).toBe('A B')
  })

  test.each([
    'nigh:',
    'nigh:bob',
    'nigh:ID?name=%',
    'nigh:ID?name=',
    'nigh:ID?name=%20%0a',
    'nigh:ID?addr=http://example.com',
    'nigh:ID?addr=/ip4/1.2.3.4%20/tcp/1',
    `nigh:ID?x=${'y'.repeat(5_000)}`,
    'im:ID',
  ])('%j is no card', (text) => {
    expect(codeOf(() => parseCard(text.replace('ID', alice)))).toBe('malformed-card')
  })

  test('Whatever came, the answer is a card or a NighError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['malformed-card', 'nothing thrown']).toContain(
          codeOf(() => parseCard(`nigh:${alice}?${text}`)),
        )
        expect(['malformed-address', 'nothing thrown']).toContain(codeOf(() => parseAddress(text)))
      }),
    )
  })
})
