/** Where the private key lies, where that is not a file of the home: a keychain, Electron's `safeStorage`. */

export interface KeyStore {
  /** What was saved, or nothing where nothing was. Rejects where it cannot be read: a lost key is a lost person. */
  load(): Promise<Uint8Array | undefined>
  /** Keeps the key for good, before the promise resolves. Called once in the life of a home. */
  save(key: Uint8Array): Promise<void>
}
