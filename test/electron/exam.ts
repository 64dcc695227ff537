/** What main and preload have to do, in the stand-in and in Electron alike. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { METHODS } from '../../src/agent/methods.ts'
import type { Begin, ExamProgram } from './world.ts'

/** `scene` is `test`, or what leaves it out. */
export function exam(begin: Begin, scene: (name: string, act: () => Promise<void>) => void = test): void {
  const withProgram = async (act: (program: ExamProgram) => Promise<void>): Promise<void> => {
    const program = await begin()
    try {
      await act(program)
    } finally {
      await program.end()
    }
  }
  const inputOf = async (program: ExamProgram): Promise<string | undefined> =>
    ((await program.peer('status')) as { userInput?: { state: string } }).userInput?.state

  describe('A window', () => {
    scene('that is welcome has the Agent: answers, failures with their codes, events', () =>
      withProgram(async (program) => {
        const window = await program.window('ours')
        expect(await window.ask('whoami')).toEqual({ value: await program.peer('whoami') })
        expect(await window.ask('send', { to: 'nobody', text: 'hello' })).toMatchObject({
          failure: { code: 'who-unknown' },
        })
        expect(await window.firstEvent()).toMatchObject({ event: 'snapshot' })
        await window.ask('status', { note: 'at my desk' })
        expect(await program.peer('status')).toMatchObject({ note: 'at my desk' })
      }),
    )
    scene('has narrow functions and nothing else', () =>
      withProgram(async (program) => {
        const window = await program.window('ours')
        expect(await window.exposed()).toEqual(['nigh'])
        const bridge = await window.bridge()
        expect(bridge.map(([name]) => name).sort()).toEqual(
          [...METHODS, 'follow', 'giveUp', 'onConnected'].sort(),
        )
        expect(bridge.filter(([, isFunction]) => !isFunction)).toEqual([])
      }),
    )
    for (const page of ['foreign', 'ours in a frame'] as const)
      scene(`whose page is ${page} gets nothing`, () =>
        withProgram(async (program) => {
          const window = await program.window(page)
          // It was refused, and asks again: by then it would have been connected.
          await expect.poll(() => program.asked()).toBeGreaterThan(1)
          expect(await window.connected()).toBe(false)
          expect(await program.state()).toBe('running')
        }),
      )
  })

  describe('The computer', () => {
    scene('sleeps and wakes: the peer leaves and is back, and the window goes on', () =>
      withProgram(async (program) => {
        const window = await program.window('ours')
        await program.power('suspend')
        await expect.poll(() => program.state()).toBe('suspended')
        expect(await window.ask('status')).toMatchObject({ value: { basic: 'open' } })
        await program.power('resume')
        await expect.poll(() => program.state()).toBe('running')
        const { value: self } = (await window.ask('whoami')) as { value: { listen: string[] } }
        expect(self.listen.length).toBeGreaterThan(0)
      }),
    )
    scene('is locked: others see that nobody is at the keys, until it is unlocked', () =>
      withProgram(async (program) => {
        await program.power('lock-screen')
        await expect.poll(() => inputOf(program)).toBe('idle')
        await program.power('unlock-screen')
        await expect.poll(() => inputOf(program)).toBe('active')
      }),
    )
    scene('is locked and sleeps: when it wakes, nobody is at the keys still', () =>
      withProgram(async (program) => {
        await program.power('lock-screen')
        await expect.poll(() => inputOf(program)).toBe('idle')
        await program.power('suspend')
        await expect.poll(() => program.state()).toBe('suspended')
        await program.power('resume')
        await expect.poll(() => program.state()).toBe('running')
        await expect.poll(() => inputOf(program)).toBe('idle')
      }),
    )
  })

  describe('The program', () => {
    scene(
      'is the same person at its next start, and its key is on the disk as the keychain allows',
      async () => {
        const first = await begin()
        const self = (await first.peer('whoami')) as { peerId: string }
        await first.end()
        const files = await readdir(join(first.userData, 'nigh'))
        expect(files.filter((name) => name === 'key' || name === 'key.sealed')).toHaveLength(1)
        const second = await begin({ userData: first.userData })
        expect(await second.peer('whoami')).toMatchObject({ peerId: self.peerId })
        await second.end()
      },
    )
    scene('quits after its goodbye', () =>
      withProgram(async (program) => {
        await program.quit()
        await expect.poll(() => program.hasQuit()).toBe(true)
      }),
    )
  })
}
