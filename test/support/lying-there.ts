/** What lies in a home's store at this instant, read from a copy: the original is another process's. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Row {
  id: string
  text: string
  state: string
  /** Of the outbox only. */
  outcome?: string
}

export function read(home: string): { inbox: Row[]; outbox: Row[] } {
  const copy = mkdtempSync(join(tmpdir(), 'nigh-look-'))
  try {
    for (const end of ['', '-wal']) {
      const file = join(home, `nigh.db${end}`)
      if (existsSync(file)) cpSync(file, join(copy, `nigh.db${end}`))
    }
    const database = new DatabaseSync(join(copy, 'nigh.db'))
    const rows = (table: string, columns: string): Row[] =>
      database
        .prepare(`SELECT hex(id) AS id, CAST(body AS TEXT) AS text, ${columns} FROM ${table} ORDER BY seq`)
        .all() as unknown as Row[]
    const all = { inbox: rows('inbox', 'state'), outbox: rows('outbox', 'state, outcome') }
    database.close()
    return all
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
