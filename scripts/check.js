/**
 * Everything about the sources that needs no running: types, style, what nobody uses, whether the generated wire
 * code is what its .proto files say, the staircase of imports, whether each control names a line that is there, and whether every public name says what it means. All are run, each with its time; the first that
 * fails is the exit code. Needs no network.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = join(root, 'node_modules')
const GENERATED = 'src/envelope/generated'

const checks = {
  types: () => run('@typescript/native/bin/tsc', '-p', 'tsconfig.json'),
  style: () => run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings'),
  unused: () => run('knip/bin/knip.js', '--no-progress'),
  wire: unchangedWire,
  manual: () => run('../scripts/manual.js', '--check'),
  staircase: () => run('vitest/vitest.mjs', 'run', '--reporter=dot', 'test/staircase.test.ts'),
  controls: () => run('../scripts/controls.ts', '--places'),
  api: documentedApi,
}

let exitCode = 0
for (const [name, check] of Object.entries(checks)) {
  const began = performance.now()
  const { code, said } = await check()
  const time = `${((performance.now() - began) / 1000).toFixed(1)} s`
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${time}`)
  if (code !== 0) console.log(said.trimEnd())
  if (exitCode === 0) exitCode = code
}
process.exitCode = exitCode

/** Generates the wire code anew, elsewhere, and compares: the sources are never touched by a check. */
async function unchangedWire() {
  const elsewhere = await mkdtemp(join(tmpdir(), 'nigh-wire-'))
  try {
    const generated = await run('@bufbuild/buf/bin/buf', 'generate', '--output', elsewhere)
    if (generated.code !== 0) return generated
    const [fresh, kept] = await Promise.all([
      textsIn(join(elsewhere, GENERATED)),
      textsIn(join(root, GENERATED)),
    ])
    const names = [...new Set([...fresh.keys(), ...kept.keys()])]
    const differing = names.filter((name) => fresh.get(name) !== kept.get(name))
    if (differing.length === 0) return { code: 0, said: '' }
    return { code: 1, said: `Not what the .proto files say: ${differing.join(', ')}. Run: npm run generate` }
  } finally {
    await rm(elsewhere, { recursive: true, force: true })
  }
}

/** Builds the pages of the API, elsewhere: a public name without a word, or a link that leads nowhere, fails it. */
async function documentedApi() {
  const elsewhere = await mkdtemp(join(tmpdir(), 'nigh-api-'))
  try {
    return await run('typedoc/bin/typedoc', '--out', elsewhere)
  } finally {
    await rm(elsewhere, { recursive: true, force: true })
  }
}

async function textsIn(folder) {
  const texts = new Map()
  for (const name of await readdir(folder)) texts.set(name, await readFile(join(folder, name), 'utf8'))
  return texts
}

/** Runs a tool of node_modules with this very Node; resolves with its exit code and all it said. */
function run(tool, ...args) {
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      PATH: [join(tools, '.bin'), process.env.PATH].join(delimiter),
      NO_COLOR: '1',
    }
    const child = spawn(process.execPath, [join(tools, tool), ...args], { cwd: root, env })
    let said = ''
    const hear = (chunk) => {
      said += chunk
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', (cause) => resolve({ code: 1, said: String(cause) }))
    child.on('close', (code) => resolve({ code: code ?? 1, said }))
  })
}
