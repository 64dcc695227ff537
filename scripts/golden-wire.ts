/**
 * Writes the golden bytes of the wire, once. A vector that is new gets its bytes; a vector that is written down
 * keeps them for as long as its version of the wire exists, and a run that would change one changes nothing.
 *
 *   node scripts/golden-wire.ts
 *
 * When bytes have to change, that is another version of the wire: VERSION in src/envelope/protocol.ts rises, a new
 * folder test/golden/wire-vN comes to be, and the older folders stay as what peers in the field still say.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { VERSION } from '../src/envelope/protocol.ts'
import { vectors } from '../test/envelope/vectors.ts'
import { encode, type GoldenEntry, goldenFolder, hexOf, toPlainJson } from '../test/envelope/wire.ts'

const folder = goldenFolder()
const changed: string[] = []
const files: { url: URL; entries: GoldenEntry[]; added: number }[] = []

for (const [file, fresh] of Object.entries(vectors)) {
  const url = new URL(`${file}.json`, folder)
  const written: GoldenEntry[] = existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : []
  const byName = new Map(written.map((entry) => [`${entry.kind}: ${entry.name}`, entry]))
  let added = 0
  for (const vector of fresh) {
    const { name, kind } = vector
    const entry = { name, kind, value: toPlainJson(vector.value), hex: hexOf(encode(vector)) }
    const before = byName.get(`${kind}: ${name}`)
    if (before === undefined) {
      written.push(entry)
      added += 1
    } else if (JSON.stringify(before) !== JSON.stringify(entry)) changed.push(`${file}: ${name}`)
  }
  files.push({ url, entries: written, added })
}

if (changed.length > 0) {
  console.error(
    `These are written down for wire version ${VERSION} and would change: ${changed.join('; ')}.\n` +
      'Nothing was written. Take the change back, or raise VERSION in src/envelope/protocol.ts (see PROTOCOL.md 8).',
  )
  process.exitCode = 1
} else {
  mkdirSync(folder, { recursive: true })
  for (const { url, entries, added } of files) {
    if (added === 0) continue
    writeFileSync(url, `${JSON.stringify(entries, undefined, 2)}\n`)
    console.log(`${added} new in ${url.pathname}`)
  }
}
