/** The preload script, as it is built for the package. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds it into `folder`; resolves with its path. */
export async function preloadScript(folder: string): Promise<string> {
  const file = join(folder, 'preload.cjs')
  const { preloadBundle } = await import(new URL('../../rolldown.config.js', import.meta.url).href)
  await build({ ...preloadBundle, cwd: root, output: { ...preloadBundle.output, file } })
  return file
}
