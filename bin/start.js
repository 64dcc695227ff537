/** Starts the built program, with what V8 compiled last time kept in the user's cache folder: a start twice as fast. */
// Not imported: an `import` of these loads a good part of Node with them (rolldown.config.js says why).
const { existsSync } = process.getBuiltinModule('node:fs')
const { enableCompileCache, flushCompileCache } = process.getBuiltinModule('node:module')
const { homedir } = process.getBuiltinModule('node:os')
const { join } = process.getBuiltinModule('node:path')

/** By then a start is over, ms. A guess. */
const STARTED_MS = 2_000

const program = new URL('../dist/cli/nigh.js', import.meta.url)

if (existsSync(program)) {
  enableCompileCache(join(cacheFolder(), 'nigh', 'compiled'))
  // At its end Node keeps it as well, with all that a day of work compiled, and not where it is killed.
  setTimeout(flushCompileCache, STARTED_MS).unref()
  await import(program.href)
} else {
  console.error(
    'nigh: Nigh is not built yet. In its folder run: npm ci (or, where that was done: npm run build)',
  )
  process.exitCode = 1
}

/** The user's cache folder, by hand: asking a library costs more than it saves here. */
function cacheFolder() {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  if (process.platform === 'win32') return process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
}
