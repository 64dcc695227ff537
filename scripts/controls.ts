/**
 * The controls: each guarantee has one line that keeps it. In a copy of the tree that line is taken away, and the
 * test that guards it must turn red. A test that stays green guards nothing.
 *
 *     npm run test:controls
 *     node scripts/controls.ts --places    only whether each line and each test is where its control says
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Control } from './controls/control.ts'
import { doors } from './controls/doors.ts'
import { hallwayMessages } from './controls/hallway-messages.ts'
import { hallwayPresence } from './controls/hallway-presence.ts'
import { rooms } from './controls/rooms.ts'
import { store } from './controls/store.ts'

const controls = [...store, ...rooms, ...hallwayPresence, ...hallwayMessages, ...doors]

/** Words of promises or files, to judge only those: npm run test:controls -- word … */
const asked = process.argv.slice(2)
const judged = controls.filter(
  ({ promise, file }) => asked.length === 0 || asked.some((word) => `${promise} ${file}`.includes(word)),
)

/** Side by side, each in a copy of its own: as many as the tests themselves run. */
const LANES = 2
/** Without its line a loop may never end; that is red as well. The longest of these files takes a minute and a half on a busy machine. */
const HANGS_AFTER_MS = 300_000
/** What may be asked again: a test that is red with every line in place, because the machine stalled. */
const TRIES = 3

const root = fileURLToPath(new URL('..', import.meta.url))

const lost = controls.flatMap((control) => misplaced(control) ?? [])
for (const words of lost) console.log(words)
if (lost.length > 0) process.exit(1)
if (process.argv.includes('--places')) process.exit(0)

/** Controls of one test stay together: whether it is green with every line in place is asked once. */
const waiting = [...Map.groupBy(judged, ({ test }) => test).entries()]
let failed = 0
let passed = 0
await Promise.all(Array.from({ length: LANES }, lane))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function lane(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'nigh-controls-'))
  try {
    for (const name of [
      'src',
      'test',
      'package.json',
      'vitest.config.ts',
      'tsconfig.json',
      'rolldown.config.js',
    ])
      cpSync(join(root, name), join(copy, name), { recursive: true })
    // Other people's processes in a scene run what was built: the promise is broken on one side only.
    for (const name of ['node_modules', 'bin', 'dist', 'docs'])
      symlinkSync(join(root, name), join(copy, name))
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [test, group] = next
      const isGreen = await staysGreen(copy, test, TRIES)
      for (const control of group) tell(control, await judge(copy, control, isGreen))
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** A line or a test that moved away from its control. */
function misplaced({ promise, file, line, test }: Control): string | undefined {
  const places = readFileSync(join(root, file), 'utf8').split(line).length - 1
  if (places !== 1) return `${promise}: the line stands ${places} times in ${file}`
  return existsSync(join(root, test)) ? undefined : `${promise}: there is no ${test}`
}

function tell({ promise }: Control, verdict: string | undefined): void {
  if (verdict === undefined) passed += 1
  else failed += 1
  console.log(
    `${verdict === undefined ? 'red as it must be' : 'FAILED           '}  ${promise}${verdict ?? ''}`,
  )
}

/** What is wrong with the control, or nothing if its test turned red, and was green with the line in place. */
async function judge(
  copy: string,
  { file, line, broken, test }: Control,
  isGreen: boolean,
): Promise<string | undefined> {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  if (!isGreen) return `: ${test} is red with the line in place`
  try {
    writeFileSync(
      path,
      whole.replace(line, () => broken),
    )
    // Twice: with attacks that rest on chance the first one may miss.
    const missed = (await run(copy, test, '--bail=1')) && (await run(copy, test, '--bail=1'))
    return missed ? `: ${test} stays green without it` : undefined
  } finally {
    writeFileSync(path, whole)
  }
}

async function staysGreen(copy: string, test: string, tries: number): Promise<boolean> {
  return (await run(copy, test)) || (tries > 1 && (await staysGreen(copy, test, tries - 1)))
}

/** Whether the test was green. */
async function run(copy: string, test: string, ...options: string[]): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', test, ...options], {
    cwd: copy,
    stdio: 'ignore',
    timeout: HANGS_AFTER_MS,
    killSignal: 'SIGKILL',
  })
  const [code] = await once(child, 'exit')
  return code === 0
}
