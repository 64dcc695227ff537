/** The version of this Nigh, as its package says. */
import { readFileSync } from 'node:fs'

/** Looked for upwards: bundled and unbundled, this file lies at different depths. */
export function version(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const described: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (isOurs(described)) return described.version
    } catch {
      // not there
    }
  }
  return 'unknown'
}

function isOurs(described: unknown): described is { version: string } {
  const { name, version } = (described ?? {}) as Record<string, unknown>
  return name === 'nigh' && typeof version === 'string'
}
