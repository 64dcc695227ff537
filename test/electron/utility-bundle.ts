/**
 * What runs in the stand-in's utility process, in JavaScript and without WebAssembly. Node strips types, and Noise counts,
 * with WebAssembly; where threads that use it come and go, V8 now and then ends the whole process ("Check failed:
 * jit_page.has_value()", nodejs/node#64500).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import { afterAll } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const world = fileURLToPath(new URL('./utility-world.ts', import.meta.url))

/** Builds both into a folder that goes with the tests of this file. */
export async function utilityBundle(): Promise<{ world: string; utility: string }> {
  const { default: program } = await import(new URL('../../rolldown.config.js', import.meta.url).href)
  const dir = mkdtempSync(join(tmpdir(), 'nigh-utility-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  await build({
    ...program,
    cwd: root,
    input: { world, utility: 'src/doors/electron/utility.ts' },
    output: { dir, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
  })
  return { world: join(dir, 'world.mjs'), utility: join(dir, 'utility.mjs') }
}
