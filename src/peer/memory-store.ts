/** A store that forgets: for tests of embedders, and for peers that leave no trace. */
import type { Store } from '../ports.ts'
import { openStore } from '../store/store.ts'

/** An empty store in memory: the same code as on the disk, without the file. */
export function memoryStore(): Promise<Store> {
  return openStore(':memory:')
}
