/** What a peer has while it is opened, running or not: its home and lock, its key, its secret and its store. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { NighError } from '../errors.ts'
import type { KeyStore, Store } from '../ports.ts'
import { DEFAULT_MESH, meshHash } from '../principal/mesh-name.ts'
import { tidyName } from '../principal/names.ts'
import { makeKey, principalOf } from '../principal/principal.ts'
import { forgetCopy, homeKey, homeSecret, lockHome, noHome, openHome } from '../store/home.ts'
import { openStore } from '../store/store.ts'

export interface Household {
  /** Absolute. */
  readonly home: string
  readonly created: boolean
  /** Private key, protobuf-encoded. */
  readonly key: Uint8Array
  readonly secret: Uint8Array
  readonly store: Store
  readonly meshName: string
  /** Closes the store and lets go of the home. */
  release(): Promise<void>
}

/** Keys in the store's settings. */
const MESH = 'mesh'
export const NAME = 'name'

/** Rejects with `no-home`, `home-in-use`, `home-unreadable`, `store-damaged`, `store-newer` or `store-full`. */
export async function openHousehold(from: {
  home: string
  create: boolean
  name: string | undefined
  mesh: string | undefined
  keyStore: KeyStore | undefined
  store: Store | undefined
}): Promise<Household> {
  if (from.mesh !== undefined) meshHash(from.mesh) // refused before a home is made
  const { create, keyStore } = from
  const { dir, keyFile, storeFile, created } = openHome(from.home, {
    create,
    elsewhere: keyStore !== undefined,
  })
  const lock = lockHome(dir)
  try {
    const key = keyStore === undefined ? await keyIn(dir, keyFile) : await keyOf(keyStore, { dir, create })
    const secret = homeSecret(dir)
    forgetCopy(dir)
    const store = from.store ?? (await openStore(storeFile))
    try {
      const meshName = await settle(store, MESH, from.mesh, () => DEFAULT_MESH)
      await settle(store, NAME, undefined, () => tidyName(from.name ?? userInfo().username) ?? 'somebody')
      return {
        home: dir,
        created,
        key,
        secret,
        store,
        meshName,
        release: () => store.close().finally(() => lock.release()),
      }
    } catch (cause) {
      await store.close()
      throw cause
    }
  } catch (cause) {
    lock.release()
    throw cause
  }
}

async function keyIn(dir: string, keyFile: string): Promise<Uint8Array> {
  const fresh = existsSync(keyFile) ? new Uint8Array() : await makeKey()
  return homeKey(dir, () => fresh).key
}

async function keyOf(
  keyStore: KeyStore,
  { dir, create }: { dir: string; create: boolean },
): Promise<Uint8Array> {
  const elsewhere = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
    try {
      return await asked
    } catch (cause) {
      throw new NighError(
        'home-unreadable',
        `The key of the home ${dir} is kept elsewhere, and there it could not be read or written. Unlock that place, and start again.`,
        { cause },
      )
    }
  }
  const kept = await elsewhere(keyStore.load())
  if (kept === undefined && !create) throw noHome(dir)
  const key = kept ?? (await makeKey())
  principalOf(key) // refuses what is no key
  if (kept === undefined) await elsewhere(keyStore.save(key))
  return key
}

/** The asked value, kept; else the kept one; else the usual one, kept. */
async function settle(
  store: Store,
  key: string,
  asked: string | undefined,
  usual: () => string,
): Promise<string> {
  const kept = await store.settings.get(key)
  const value = asked ?? kept ?? usual()
  if (key === MESH) meshHash(value) // a name outside the grammar is refused before it is kept
  if (value !== kept) await store.settings.set(key, value)
  return value
}
