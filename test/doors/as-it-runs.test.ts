/** What is said of a start, beside a Nigh that runs already: heard, one way or the other. */
import { expect, test } from 'vitest'
import { fakeAgent } from '../support/fake-agent.ts'
import { nigh } from '../support/fake-surroundings.ts'

const HOME = ['--home', '/home/of/alice']

test.each([['who'], ['send', 'bob', 'hi'], ['doctor']])(
  'nigh %s on another mesh than the running Nigh’s is refused: nobody of that mesh would be reached',
  async (...argv) => {
    const running = fakeAgent()
    const refused = await nigh([...argv, '--mesh', 'lab', '--json', ...HOME], { running })
    expect(refused.code).toBe(3)
    expect(refused.lines()).toMatchObject([{ event: 'error', code: 'home-in-use' }])
    expect(refused.err).toContain('is on the mesh "nigh"')
    expect(refused.err).toContain('nigh down --home /home/of/alice')
    expect(running.calls.map(([method]) => method)).toEqual(['whoami'])

    expect((await nigh([...argv, '--mesh', 'nigh', ...HOME], { running })).code).toBe(0)
  },
)

test('--interface beside a running Nigh is said to come too late, and ends nothing', async () => {
  const running = fakeAgent()
  const said = await nigh(['who', '--interface', 'eth9', ...HOME], { running })
  expect(said.code).toBe(0)
  expect(said.err).toContain('--interface counts when one starts')
  const lines = (await nigh(['who', '--interface', 'eth9', '--json', ...HOME], { running })).lines()
  expect(lines[0]).toMatchObject({ event: 'warning', code: 'interfaces-kept' })
  expect((await nigh(['who', ...HOME], { running, env: { NIGH_INTERFACE: 'eth9' } })).err).toBe('')
})
