/** `nigh contacts verify`: nothing is marked that nobody compared, and what was shown decides. */
import { describe, expect, test } from 'vitest'
import type { Agent, Contact } from '../../src/agent.ts'
import { presenceAddress } from '../../src/principal/address.ts'
import { safetyWords } from '../../src/principal/verification.ts'
import { person } from '../principal/people.ts'
import { AT, EXPLANATION, fakeAgent } from '../support/fake-agent.ts'
import { type Grounds, nigh } from '../support/fake-surroundings.ts'

const { peerId } = await person('bob')
const { peerId: another } = await person('mallory')
const who = {
  peerId,
  name: 'bob',
  address: presenceAddress(peerId),
  relation: 'contact' as const,
  verified: false,
}
const contact: Contact = { who, groups: [], addedAt: AT }
const words = safetyWords(peerId)

function agent(contacts: Contact[] = [contact]) {
  const answers: Partial<Agent> = {
    contacts: async () => contacts,
    explain: async () => ({ ...EXPLANATION, who }),
    verifyContact: async ({ verified = true }) => ({ ...contact, who: { ...who, verified } }),
  }
  return fakeAgent(answers)
}

async function verify(rest: string[], grounds: Grounds = {}, contacts?: Contact[]) {
  const running = agent(contacts)
  const ran = await nigh(['contacts', 'verify', 'bob', ...rest], { running, ...grounds })
  const marked = running.calls.filter(([method]) => method === 'verifyContact').map(([, asked]) => asked)
  return { ...ran, marked }
}

describe('nigh contacts verify', () => {
  const shown: [what: string, proof: string[]][] = [
    ['their words', words.split(' ')],
    ['their words as one argument, in capitals and lines', [words.toUpperCase().replaceAll(' ', '\n')]],
    ['their card', [`nigh:${peerId}?name=bob&addr=/ip4/10.0.0.2/tcp/4001`]],
    [
      'their card as a screen broke it',
      [`  nigh:${peerId.slice(0, 30)}\n  ${peerId.slice(30)}?name=bob\n  &addr=/ip4/10.0.0.2/tcp/4001\n`],
    ],
    ['their address', [`im:${peerId}/oncall`]],
    ['their id', [peerId]],
  ]
  test.each(shown)('%s mark them', async (_, proof) => {
    const { code, out, marked } = await verify(proof)
    expect(marked).toEqual([{ who: peerId }])
    expect(out).toContain('bob is verified: this key is theirs.')
    expect(code).toBe(0)
  })

  const wrong: [what: string, proof: string[]][] = [
    ['the words of another', safetyWords(another).split(' ')],
    ['eleven words', words.split(' ').slice(0, 11)],
    ['the card of another who claims the name', [`nigh:${another}?name=bob`]],
    ['an id that is longer', [`${peerId}x`]],
  ]
  test.each(wrong)('%s mark nobody', async (_, proof) => {
    const { code, err, marked } = await verify(proof)
    expect(marked).toEqual([])
    expect(err).toContain('this key is not theirs')
    expect(code).toBe(3)
  })

  test('without them both sets of words are shown, and whoever compared is asked', async () => {
    const yes = await verify([], { answers: ['yes'] })
    expect(yes.out).toContain(words)
    expect(yes.marked).toEqual([{ who: peerId }])
    expect(yes.code).toBe(0)
    const no = await verify([], { answers: ['no'] })
    expect(no.marked).toEqual([])
    expect(no.err).toContain('not verified')
    expect(no.code).toBe(3)
  })

  test('where nobody can be asked nothing is marked, and it is said how to', async () => {
    const silent = await verify([])
    expect(silent.marked).toEqual([])
    expect(silent.err).toContain('Nothing was marked.')
    expect(silent.code).toBe(3)
    const json = await verify(['--json'], { answers: ['yes'] })
    expect(json.lines()).toEqual([expect.objectContaining({ event: 'safety-words', words })])
    expect(json.marked).toEqual([])
  })

  test('--undo takes it back', async () => {
    const { code, marked } = await verify(['--undo'])
    expect(marked).toEqual([{ who: 'bob', verified: false }])
    expect(code).toBe(0)
  })

  test('who is no contact is to be added first', async () => {
    const { code, err } = await verify([peerId], {}, [])
    expect(err).toContain('nigh contacts add')
    expect(code).toBe(5)
  })
})
