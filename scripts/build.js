/** Builds dist/: the library as modules with their types, the command line as a bundle in dist/cli, the page in
 * dist/page, and the preload script of Electron. */
import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import config, { preloadBundle } from '../rolldown.config.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url))
const compiler = fileURLToPath(new URL('../node_modules/@typescript/native/bin/tsc', import.meta.url))

// What a former build left of sources that are gone would be shipped and tested.
await rm(new URL('../dist', import.meta.url), { recursive: true, force: true })

// Side by side: each writes into a folder of its own.
const parts = await Promise.allSettled([
  run(compiler, '-p', 'tsconfig.build.json'),
  build({ ...config, cwd: root }),
  build({ ...preloadBundle, cwd: root }),
  run(vite, 'build', '--config', 'vite.config.ts'),
])
// A script that gives nothing to whoever imports it.
await writeFile(new URL('../dist/electron/preload.d.cts', import.meta.url), 'export {}\n')
for (const part of parts) {
  if (part.status === 'fulfilled') continue
  process.exitCode = 1
  console.error(part.reason.message)
}

/** Runs a tool with this very Node; it says itself what is wrong. */
function run(tool, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tool, ...args], {
      cwd: root,
      stdio: 'inherit',
    })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${tool} found mistakes`))))
  })
}
