/**
 * The staircase: who may import whom. Read from the import lines, so that a plan on paper and the code cannot
 * drift apart. Each room names what it may see; `agent`, `ports` and `errors` may be seen by all.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

interface Room {
  /** Rooms it may import. */
  sees: readonly string[]
  /** Packages and `node:` modules it may import; a trailing `*` stands for any ending. */
  guests?: readonly string[]
}

/** Everybody's: types and the one error. */
const COMMON = ['agent', 'ports', 'errors']
/** Constants with their reasons, and no import: whoever needs a bound may read it there. */
const CONSTANTS = 'envelope/protocol.ts'
/** Pure parts of the platform: hashes, and what an IP address is. */
const PURE = ['node:crypto', 'node:net']
const THINKING = ['presentity', 'watcher', 'sender', 'inbox', 'neighbourhood']
const KEYS = [
  '@libp2p/crypto*',
  '@libp2p/peer-id',
  '@bufbuild/protobuf*',
  '@noble/*',
  'uuidv7',
  'node:crypto',
  'node:buffer',
]

const ROOMS: Readonly<Record<string, Room>> = {
  agent: { sees: ['principal'], guests: ['valibot'] },
  ports: { sees: ['principal'] },
  errors: { sees: [] },
  principal: { sees: [], guests: KEYS },
  rules: { sees: ['principal'], guests: ['valibot'] },
  envelope: { sees: ['principal'], guests: KEYS },
  ...Object.fromEntries(
    THINKING.map((room) => [room, { sees: ['rules', 'envelope', 'principal'], guests: PURE }]),
  ),
  service: { sees: [...THINKING, 'rules', 'envelope', 'principal'], guests: ['node:*', 'uuidv7'] },
  mesh: {
    sees: ['envelope', 'principal'],
    guests: [
      'node:*',
      'libp2p',
      '@libp2p/*',
      '@chainsafe/*',
      '@multiformats/*',
      'multicast-dns',
      'dns-packet',
      'it-*',
      'uint8arraylist',
    ],
  },
  store: { sees: ['envelope', 'principal'], guests: ['node:*'] },
  system: { sees: [], guests: ['node:*'] },
  peer: {
    sees: ['system', 'service', ...THINKING, 'mesh', 'store', 'rules', 'envelope', 'principal'],
    guests: ['node:*', 'valibot'],
  },
  index: { sees: ['peer', 'envelope', 'principal'] },
  doors: {
    sees: ['envelope', 'principal'],
    guests: [
      'node:*',
      'commander',
      'valibot',
      'vscode-jsonrpc',
      'ws',
      'env-paths',
      'ink',
      'react',
      'string-width',
      'qr',
      'electron',
      'preact',
      'preact/hooks',
      'uuidv7',
      '@valibot/to-json-schema',
    ],
  },
}

/** Only these may be imported by these; everything else in ROOMS follows from `sees`. */
const ALONE: readonly [guest: RegExp, room: string][] = [
  [/^(libp2p|multicast-dns|dns-packet|@chainsafe\/libp2p-noise|@libp2p\/(?!crypto|peer-id).*)$/, 'mesh'],
  [/^node:sqlite$/, 'store'],
  [/^(ink|react|qr|string-width)$/, 'doors'],
]

interface Import {
  /** Path below src, with slashes. */
  from: string
  to: string
  /** By `await import`, where it is needed and not before. */
  late: boolean
  typesOnly: boolean
}

/** Every import and re-export of a source text. */
function importsOf(from: string, source: string): Import[] {
  const found: Import[] = []
  for (const [, types, to = ''] of source.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm,
  )) {
    found.push({ from, to, late: false, typesOnly: types !== undefined })
  }
  for (const [, to = ''] of source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) {
    found.push({ from, to, late: true, typesOnly: false })
  }
  return found
}

/** What is wrong with one import, or nothing. */
function complaint({ from, to, late, typesOnly }: Import): string | undefined {
  const room = roomOf(from)
  const rules = ROOMS[room]
  if (rules === undefined) return `${from}: there is no room "${room}"`
  const wrong = (because: string) => `${from} imports ${to}: ${because}`

  if (!to.startsWith('.')) {
    for (const [guest, owner] of ALONE) {
      if (guest.test(to) && room !== owner) return wrong(`only ${owner} may`)
    }
    const welcome = (rules.guests ?? []).some((name) =>
      name.endsWith('*') ? to.startsWith(name.slice(0, -1)) : to === name,
    )
    return welcome ? undefined : wrong(`no guest of ${room}`)
  }

  const target = normalize(join(dirname(from), to))
    .split(sep)
    .join('/')
  if (target.startsWith('..')) return wrong('outside of src')
  const other = roomOf(target)
  if (target === CONSTANTS) return undefined
  if (other === room || COMMON.includes(other) || rules.sees.includes(other)) return undefined
  // The one place that starts a peer loads it late: who talks to a running one reads no libp2p.
  if (room === 'doors' && other === 'peer' && (late || typesOnly)) return undefined
  return wrong(`${room} may not see ${other}`)
}

function roomOf(path: string): string {
  return (path.split('/')[0] ?? '').replace(/\.tsx?$/, '')
}

function sources(): { path: string; text: string }[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(SRC, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }))
}

describe('the staircase', () => {
  test('nobody imports up it, and nobody a guest of another', () => {
    const all = sources()
    expect(all.length).toBeGreaterThan(40)
    const imports = all.flatMap(({ path, text }) => importsOf(path, text))
    expect(imports.length).toBeGreaterThan(100)
    expect(imports.map(complaint).filter((each) => each !== undefined)).toEqual([])
  })

  test('rooms think: nothing in them waits', () => {
    const waits = sources()
      .filter(({ path }) => [...THINKING, 'rules'].includes(roomOf(path)))
      .filter(({ text }) =>
        /\bawait\b|\basync\b|\bsetTimeout\b|\bDate\.now\b|\bMath\.random\b|\brandom(?:Bytes|UUID|Int)\b/.test(
          bare(text),
        ),
      )
    expect(waits.map(({ path }) => path)).toEqual([])
  })

  test('what a page loads needs nothing of Node', () => {
    const { files, guests } = loadedBy('doors/client.ts')
    expect(files).toContain('doors/rpc/remote-agent.ts')
    expect([...guests]).toEqual(['vscode-jsonrpc'])
    const texts = new Map(sources().map(({ path, text }) => [path, text]))
    const needy = files.filter((path) => /\b(Buffer|process)\b/.test(bare(texts.get(path) ?? '')))
    expect(needy).toEqual([])
    // Control: what a program loads that lets others in is told from it.
    expect([...loadedBy('doors/door.ts').guests]).toEqual(
      expect.arrayContaining(['node:net', 'ws', 'valibot']),
    )
  })

  test('what the page loads runs in a browser', () => {
    const { files, guests } = loadedBy('doors/web/page/main.tsx')
    expect(files).toContain('doors/web/page/parts/app.tsx')
    expect([...guests].sort()).toEqual(['preact', 'preact/hooks', 'qr', 'uuidv7', 'vscode-jsonrpc'])
    const texts = new Map(sources().map(({ path, text }) => [path, text]))
    expect(files.filter((path) => /\b(Buffer|process)\b/.test(bare(texts.get(path) ?? '')))).toEqual([])
  })

  const planted: [from: string, line: string][] = [
    ['inbox/inbox.ts', "import { compose } from '../sender/sender.ts'"],
    ['presentity/presentity.ts', "export * from '../watcher/watcher.ts'"],
    ['principal/principal.ts', "import { seal } from '../envelope/seal.ts'"],
    ['rules/access-rules.ts', "import { judge } from '../envelope/validator.ts'"],
    ['envelope/seal.ts', "import { grants } from '../presentity/grants.ts'"],
    ['sender/outbox.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['service/sending.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['service/sending.ts', "import type { Database } from '../store/database.ts'"],
    ['service/link-service.ts', "import { createLibp2p } from 'libp2p'"],
    ['store/schema.ts', "import { tcp } from '@libp2p/tcp'"],
    ['store/schema.ts', "import { sending } from '../service/sending.ts'"],
    ['mesh/node.ts', "import { home } from '../store/home.ts'"],
    ['mesh/node.ts', "import { decide } from '../rules/access-rules.ts'"],
    ['doors/cli/main.ts', "import { createPeer } from '../../peer/create.ts'"],
    ['doors/cli/main.ts', "await import('../../store/home.ts')"],
    ['doors/cli/main.ts', "import {\n  service,\n} from '../../service/sending.ts'"],
    ['agent.ts', "import { peer } from './peer.ts'"],
    ['attic/junk.ts', "import { PeerId } from '../principal/ids.ts'"],
    ['doors/cli/main.ts', "import left from 'left-pad'"],
    ['peer.ts', "import pkg from '../package.json'"],
  ]
  test.each(planted)('control: %s with %j is found', (from, line) => {
    const [found] = importsOf(from, `/** A file. */\n${line}\n`)
    expect(found && complaint(found)).toBeTypeOf('string')
  })

  const allowed: [from: string, line: string][] = [
    ['inbox/inbox.ts', "import { decide } from '../rules/delivery-rules.ts'"],
    [
      'doors/cli/main.ts',
      "openPeer: async (options) => (await import('../../peer/create.ts')).createPeer(options)",
    ],
    ['doors/cli/main.ts', "import type { Peer } from '../../peer.ts'"],
    ['mesh/node.ts', "import { createLibp2p } from 'libp2p'"],
    ['store/database.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['principal/principal.ts', "import { keys } from '@libp2p/crypto/keys'"],
  ]
  test.each(allowed)('and %s with %j is allowed', (from, line) => {
    const [found] = importsOf(from, `/** A file. */\n${line}\n`)
    expect(found).toBeDefined()
    expect(found && complaint(found)).toBeUndefined()
  })
})

/** All that is loaded, early or late, with the source `entry`: files below src, and guests. */
function loadedBy(entry: string): { files: string[]; guests: Set<string> } {
  const texts = new Map(sources().map(({ path, text }) => [path, text]))
  const files = new Set<string>([entry])
  const guests = new Set<string>()
  for (const file of files)
    for (const { to, typesOnly } of importsOf(file, texts.get(file) ?? '')) {
      if (typesOnly) continue
      if (to.startsWith('.'))
        files.add(
          normalize(join(dirname(file), to))
            .split(sep)
            .join('/'),
        )
      else guests.add(to)
    }
  return { files: [...files], guests }
}

/** A source without its comments and strings. */
function bare(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'/gm, '')
}
