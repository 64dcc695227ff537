/**
 * The exam in Electron itself: NIGH_ELECTRON names its binary, else the one that an installed `electron` has fetched is
 * taken. Where there is none, all of it is left out, and the end of the run says so.
 */
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Frame } from 'playwright-core'
import { describe, test } from 'vitest'
import { NEEDS } from '../support/told-at-the-end.ts'
import { exam } from './exam.ts'
import type { Begin } from './world.ts'

const fetched = join(
  dirname(createRequire(import.meta.url).resolve('electron/package.json')),
  'dist',
  'electron',
)
const ELECTRON = process.env.NIGH_ELECTRON ?? fetched
const MAIN = fileURLToPath(new URL('real-main.js', import.meta.url))

/** What `real-main.js` put into its process. */
interface InMain {
  exam?: {
    peer: Record<string, (asked?: object) => Promise<unknown>>
    state(): string
    asked(): number
    power(event: string): void
    open(kind: string): Promise<void>
  }
}

const beginWith =
  (where: 'main' | 'utility'): Begin =>
  async ({ userData } = {}) => {
    const folder = userData ?? (await mkdtemp(join(tmpdir(), 'nigh-electron-')))
    const program = await _electron.launch({
      executablePath: ELECTRON,
      args: ['--no-sandbox', MAIN],
      env: {
        ...(process.env as Record<string, string>),
        NIGH_EXAM_USER_DATA: folder,
        NIGH_EXAM_MESH: `exam-${process.pid}`,
        NIGH_EXAM_PROCESS: where,
      },
    })
    let gone = false
    program.on('close', () => {
      gone = true
    })
    // It is up when its peer is.
    while (!(await program.evaluate(() => (globalThis as InMain).exam !== undefined)))
      await new Promise((resolve) => setTimeout(resolve, 50))

    return {
      userData: folder,
      async window(kind) {
        const opening = program.waitForEvent('window')
        const opened = program.evaluate((_, each) => (globalThis as InMain).exam?.open(each), kind)
        const page = await opening
        await opened
        return windowOf(kind === 'ours in a frame' ? await childOf(page.mainFrame()) : page.mainFrame())
      },
      state: () => program.evaluate(() => (globalThis as InMain).exam?.state() ?? ''),
      peer: (method, asked) =>
        program.evaluate((_, [name, given]) => (globalThis as InMain).exam?.peer[name]?.(given), [
          method,
          asked,
        ] as const),
      power: (event) => program.evaluate((_, each) => (globalThis as InMain).exam?.power(each), event),
      asked: () => program.evaluate(() => (globalThis as InMain).exam?.asked() ?? 0),
      quit: () => program.evaluate(({ app }) => void setImmediate(() => app.quit())),
      hasQuit: async () => gone,
      end: () => ended(program, () => gone),
    }
  }

async function ended(program: ElectronApplication, isGone: () => boolean): Promise<void> {
  if (!isGone()) await program.close()
}

async function childOf(frame: Frame): Promise<Frame> {
  for (;;) {
    const [child] = frame.childFrames()
    if (child !== undefined) return child
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function windowOf(frame: Frame): Awaited<ReturnType<Awaited<ReturnType<Begin>>['window']>> {
  return {
    exposed: () =>
      frame.evaluate(() =>
        Object.keys(window).filter((name) => name === 'nigh' || /electron|require|process/i.test(name)),
      ),
    bridge: () =>
      frame.evaluate(() =>
        Object.entries(window.nigh ?? {}).map(
          ([name, each]) => [name, typeof each === 'function'] as [string, boolean],
        ),
      ),
    ask: (method, asked) =>
      frame.evaluate(([name, given]) => Promise.resolve(window.nigh?.[name](given as never)), [
        method,
        asked,
      ] as const) as never,
    connected: () =>
      frame.evaluate(
        () =>
          new Promise<boolean>((resolve) => {
            const stop = window.nigh?.onConnected((now) => {
              queueMicrotask(() => stop?.())
              resolve(now)
            })
          }),
      ),
    firstEvent: () =>
      frame.evaluate(
        () =>
          new Promise<{ event: string }>((resolve) => {
            const stop = window.nigh?.follow(
              undefined,
              (event) => {
                resolve({ event: event.event })
                stop?.()
              },
              () => {},
            )
          }),
      ),
  }
}

for (const where of ['main', 'utility'] as const)
  describe(`The peer in ${where}`, () =>
    exam(beginWith(where), (name, act) => {
      if (existsSync(ELECTRON)) test(name, act)
      else test.skip(`${name}${NEEDS}Electron at ${ELECTRON}, or at NIGH_ELECTRON]`)
    }))
