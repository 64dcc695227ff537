/** The guard before everything: what an old Node, or an unbuilt folder, is told. */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../bin', import.meta.url))
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nigh-bin-'))
  await cp(bin, join(folder, 'bin'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function run(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }
    const child = spawn(process.execPath, args, { cwd: folder, env })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** Makes this Node say that it is another. */
const pretend = (version: string) =>
  `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`

test.each(['20.20.2', '23.11.0', '8.17.0', '0.10.48'])('Node %s is told what is needed', async (version) => {
  const { code, out, err } = await run(['--import', pretend(version), 'bin/nigh.js', 'who'])
  expect(err).toBe(
    `nigh: Nigh needs Node 24 or newer, and this is Node ${version}. Install one from https://nodejs.org, then try again.\n`,
  )
  expect([code, out]).toEqual([1, ''])
})

test.each([process.versions.node, '24.0.0', '100.1.0'])('Node %s is let in', async (version) => {
  await mkdir(join(folder, 'dist/cli'), { recursive: true })
  await writeFile(join(folder, 'dist/cli/nigh.js'), 'console.log(process.argv.slice(2).join())')
  expect(await run(['--import', pretend(version), 'bin/nigh.js', 'who', '--json'])).toEqual({
    code: 0,
    out: 'who,--json\n',
    err: '',
  })
})

test('an unbuilt folder is told how to build', async () => {
  const { code, err } = await run(['bin/nigh.js'])
  expect(code).toBe(1)
  expect(err).toMatch(/^nigh: Nigh is not built yet\..*npm ci.*npm run build/)
})

test('the guard itself is readable by any Node: nothing younger than ECMAScript 5 outside strings', async () => {
  const source = await readFile(join(bin, 'nigh.js'), 'utf8')
  const young = /`|=>|\b(?:const|let|class|await|async|import|export)\b|,\s*\)|\?\?|\?\./
  const bare = source.replace(/^(?:#!|\/\/).*$/gm, '').replace(/'[^']*'/g, "''")
  expect(bare).not.toMatch(young)
  // Control: the file it guards is young.
  expect(await readFile(join(bin, 'start.js'), 'utf8')).toMatch(young)
})
