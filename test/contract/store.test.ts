/** The store in memory and the store on the disk sit the same exam. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/store.ts'
import { storeContract } from './store.ts'

storeContract('in memory', {
  open: () => openStore(':memory:'),
  restart: async (store) => store,
  runs: 100,
})

const folder = mkdtempSync(join(tmpdir(), 'nigh-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const files = new WeakMap<Store, string>()

storeContract('in a file', {
  open: () => openFile(join(folder, `${randomUUID()}.db`)),
  async restart(store) {
    await store.close()
    return openFile(files.get(store) ?? '')
  },
  runs: 10,
})

async function openFile(path: string): Promise<Store> {
  const store = await openStore(path)
  files.set(store, path)
  return store
}
