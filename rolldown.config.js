/**
 * The command line as a folder of lazy chunks: a command that talks to a running peer reads neither libp2p nor
 * SQLite, and starts in a third of the time that unbundled modules take.
 */
import { dirname, join } from 'node:path'
import { defineConfig } from 'rolldown'

/** One character beyond Latin-1 makes V8 keep two bytes for each of a chunk: 1.1 MB for emoji that hardly anybody sees. */
const ascii = {
  name: 'ascii',
  // After the minifier, which would undo it.
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === 'chunk') chunk.code = chunk.code.replace(/[^\0-\x7f]/g, escaped)
  },
}

const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Noise computes with what src/mesh/noise-crypto.ts hands it; its own choice would start WebAssembly as it loads. */
const withoutWasm = {
  name: 'without wasm',
  resolveId: (source, importer) =>
    source === './crypto/index.js' && importer?.includes('libp2p-noise')
      ? join(dirname(importer), 'crypto', 'index.browser.js')
      : undefined,
}

/** libp2p sorts keys and addresses by the rules of a language: their tables take 3 MB and some 6 ms of each start. */
const withoutCollation = {
  name: 'without collation',
  transform: (code, id) =>
    id.includes('/@libp2p/peer-')
      ? code.replace(
          /([\w.()]+)\.localeCompare\(([\w.()]+)\);/g,
          (_, one, other) => `Number(${one} > ${other}) - Number(${one} < ${other});`,
        )
      : undefined,
}

export default defineConfig({
  input: { nigh: 'src/doors/cli/main.ts' },
  platform: 'node',
  plugins: [ascii, withoutWasm, withoutCollation],
  // Ink asks for it only where DEV is set.
  external: ['react-devtools-core'],
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  output: {
    dir: 'dist/cli',
    format: 'esm',
    cleanDir: true,
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
  // A file that cannot be found must not become an import that fails on somebody's machine.
  onLog: (level, log, tell) => tell(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log),
})

/**
 * The preload script of Electron: one CommonJS file that asks for nothing but `electron`, as a sandboxed window wants it.
 */
export const preloadBundle = defineConfig({
  input: 'src/doors/electron/preload.ts',
  platform: 'browser',
  external: ['electron'],
  output: { file: 'dist/electron/preload.cjs', format: 'cjs', minify: true },
  onLog: (level, log, tell) => tell(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log),
})
