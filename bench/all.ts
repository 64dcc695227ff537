/**
 * Every benchmark, one after the other, and their figures in one table at the end. A benchmark that fails is named,
 * has no figures, and makes the exit code 1.
 *
 *     npm run bench
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { type Figure, printTable } from './figures.ts'

/** Short enough that all of them take under five minutes together, each under three. */
const BENCHES: [name: string, args: string[]][] = [
  ['first-minute', ['12']],
  ['messages', ['--rounds', '5']],
  ['presence', ['--rounds', '3']],
]
/** Nothing runs longer, whatever hangs. */
const PATIENCE_MS = 180_000

const all: Figure[] = []
const failed: string[] = []
for (const [name, args] of BENCHES) {
  console.log(`\n${name}`)
  if (!(await run(name, args))) failed.push(name)
}
console.log('')
printTable(all)
if (failed.length > 0) {
  console.log(`No figures: ${failed.join(', ')}`)
  process.exitCode = 1
}

function run(name: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, `${name}.ts`), args)
    const overdue = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    const figures: Figure[] = []
    child.on('message', (told: { figures: Figure[] }) => figures.push(...told.figures))
    child.on('exit', (code) => {
      clearTimeout(overdue)
      if (code === 0) all.push(...figures)
      resolve(code === 0 && figures.length > 0)
    })
  })
}
