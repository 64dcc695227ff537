/** The files of the page, read once: what is not in this list does not exist, so no path leads anywhere else. */
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { NighError } from '../../errors.ts'

export interface PageFile {
  type: string
  body: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** By path, `/` being the page itself. Rejects with `unexpected` where it was not built. */
export function pageFiles(folder: URL = pageFolder()): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const entry of readdirSync(folder)) {
    const type = TYPES[extname(entry)]
    if (type === undefined) continue
    const file = { type, body: readFileSync(new URL(entry, folder)) }
    files.set(entry === 'index.html' ? '/' : `/${entry}`, file)
  }
  return files
}

/** Looked for upwards: bundled and unbundled, this file lies at different depths. */
function pageFolder(): URL {
  for (const path of ['../page/', '../../page/', '../../../dist/page/']) {
    const folder = new URL(path, import.meta.url)
    try {
      readFileSync(new URL('index.html', folder))
      return folder
    } catch {
      // not there
    }
  }
  throw new NighError(
    'unexpected',
    'The page is missing from this installation. In a checkout: npm run build',
  )
}
