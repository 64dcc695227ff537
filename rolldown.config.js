/**
 * The command line as a folder of lazy chunks: a command that talks to a running peer reads neither libp2p nor
 * SQLite, and starts in a third of the time that unbundled modules take.
 */
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
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

/**
 * Node's own modules as they are. To `import` one asks it for each thing it has, used or not, and for some of them it
 * loads half of Node: `node:fs` streams and the history of a REPL, `node:util` worker threads. 30 ms of each start.
 */
const withoutFacades = {
  name: 'without facades',
  renderChunk(code) {
    // A chunk begins with its imports; the rest need not be understood.
    const [head] = code.split('//#region', 1)
    const asked = this.parse(head).body.filter(
      ({ type, source }) => type === 'ImportDeclaration' && isBuiltin(source.value),
    )
    let plain = code
    for (const { start, end, specifiers, source } of asked.reverse())
      plain = `${plain.slice(0, start)}${taken(specifiers, source.value)}${plain.slice(end)}`
    return plain
  },
}

/** What an import of a builtin declares. `process` may be one of its names. */
function taken(specifiers, name) {
  const builtin = `globalThis.process.getBuiltinModule(${JSON.stringify(name)})`
  const isWhole = ({ type, imported }) => type !== 'ImportSpecifier' || imported.name === 'default'
  const declared = specifiers.map((one) =>
    isWhole(one)
      ? `${one.local.name} = ${builtin}`
      : `{ ${one.imported.name}: ${one.local.name} } = ${builtin}`,
  )
  return declared.length === 0 ? '' : `const ${declared.join(', ')};`
}

/** What libraries bring for cases that never are here, by the end of their file's name. */
const SPARED = {
  // It runs commands that are programs of their own; ours are none.
  'commander/lib/command.js': [
    "import childProcess from 'node:child_process'",
    'const childProcess = undefined',
  ],
  // The locks of libp2p's peer store would also serve forked processes and threads, over a channel each.
  'mortice/dist/src/mortice.js': ["import impl from './node.js'", 'const impl = () => new EventTarget()'],
  // It reads the schema of schemas, and ours by it: `parsedSchemas` has.
  'protobuf/dist/esm/codegenv2/file.js': ['fromBinary(FileDescriptorProtoSchema, base64Decode(b64))', 'b64'],
}

/**
 * Our schemas as protobuf-es would read them at each start, base64 letter by letter: so many that V8 optimises the loop,
 * with 5 MB of its own code.
 */
const parsedSchemas = {
  name: 'parsed schemas',
  transform: (code, id) =>
    id.includes('/envelope/generated/')
      ? code.replace(/(?<=fileDesc\()"([^"]+)"/, (_, base64) =>
          literalOf(fromBinary(FileDescriptorProtoSchema, Buffer.from(base64, 'base64'))),
        )
      : undefined,
}

/** What is set in a message, over what is not: the library tells the two apart, and keeps the latter as a prototype. */
function literalOf(value) {
  if (Array.isArray(value)) return `[${value.map(literalOf).join()}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const members = (object) => Object.entries(object).map(([name, each]) => `${name}:${literalOf(each)}`)
  return `{__proto__:{${members(Object.getPrototypeOf(value)).join()}},${members(value).join()}}`
}

const withoutTheSpared = {
  name: 'without the spared',
  transform(code, id) {
    const [, [line, instead] = []] = Object.entries(SPARED).find(([file]) => id.endsWith(file)) ?? []
    if (line === undefined) return undefined
    if (!code.includes(line)) throw new Error(`${id} no longer has: ${line}`)
    return code.replace(line, instead)
  },
}

/**
 * What is read together lies in one file, with all that it imports: each file costs a start about as much as 50 KB in it.
 * Never main.ts: it waits for the command, whose chunk would wait for it.
 */
const GROUPS = [
  {
    name: 'commands',
    test: /\/src\/(?:doors\/(?:cli\/(?:run|attach|events|sentences|presence-words|stdin-text|who-sees-me)|rpc\/connect-agent)|agent\/(?:outcome|quote)|principal\/names)\.ts$/,
    priority: 3,
  },
  { name: 'questions', test: /\/valibot\/|\/src\/agent\/questions\.ts$/, priority: 2 },
  { name: 'peer', test: /\/src\/peer\/create\.ts$/, priority: 1 },
]

export default defineConfig({
  input: { nigh: 'src/doors/cli/main.ts' },
  platform: 'node',
  plugins: [ascii, withoutWasm, withoutCollation, parsedSchemas, withoutTheSpared, withoutFacades],
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
    codeSplitting: { groups: GROUPS },
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
