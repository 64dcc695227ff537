/** Builds dist/: the library as modules with their types, and the command line as a bundle in dist/cli. */
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import config from '../rolldown.config.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiler = fileURLToPath(new URL('../node_modules/@typescript/native/bin/tsc', import.meta.url))

// What a former build left of sources that are gone would be shipped and tested.
await rm(new URL('../dist', import.meta.url), { recursive: true, force: true })

// Side by side: the compiler writes nothing into dist/cli.
const [compiled, bundled] = await Promise.allSettled([compile(), build({ ...config, cwd: root })])
if (bundled.status === 'rejected') console.error(bundled.reason.message)
if (compiled.status === 'rejected' || bundled.status === 'rejected') process.exitCode = 1

/** Runs the compiler with this very Node; it says itself what is wrong. */
function compile() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
      cwd: root,
      stdio: 'inherit',
    })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error('the compiler found mistakes'))))
  })
}
