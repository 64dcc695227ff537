/**
 * The file a browser is opened with: readable by this user only, it leads to the page and carries the token in the
 * fragment, which no server is sent. An address on a command line would be readable by every user of the host.
 */
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Redirect {
  readonly path: string
  write(token: string): Promise<void>
  remove(): Promise<void>
}

export async function writeRedirect(home: string, port: number, token: string): Promise<Redirect> {
  // One for each server: two of them on one home do not take each other's away.
  const path = join(home, `page-${port}.html`)
  const write = async (fresh: string): Promise<void> => {
    const draft = `${path}.${process.pid}`
    await rm(draft, { force: true })
    await writeFile(draft, pageFor(`http://127.0.0.1:${port}/#token=${fresh}`), { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  }
  await write(token)
  return { path, write, remove: () => rm(path, { force: true }) }
}

function pageFor(address: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${address}">
<title>Nigh</title>
<p>Your Nigh opens here. If nothing happens: <a href="${address}">open it</a>.
`
}
