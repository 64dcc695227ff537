/** Small facts by name: the mesh, the port, the status that persists over restarts. */
import type { Settings } from '../ports.ts'
import { text } from './columns.ts'
import type { Database } from './database.ts'

export function settings(db: Database): Settings {
  return {
    get: (key) =>
      db.read(() => db.one<{ value: string }>('SELECT value FROM settings WHERE key = ?', text(key))?.value),
    set: (key, value) =>
      db.write(() => {
        if (value === undefined) db.run('DELETE FROM settings WHERE key = ?', text(key))
        else
          db.run(
            'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
            text(key),
            text(value),
          )
      }),
  }
}
