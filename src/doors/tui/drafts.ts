/** What is being written outlives the screen: drafts lie in the home, beside the messages that they may become. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PeerId } from '../../principal/ids.ts'

/** They are written when nothing was typed for so long, ms: whoever types is not slowed, whoever is killed loses little. */
const WRITE_AFTER_MS = 1_000
/** More than all that one person leaves unfinished; a file that is larger is none of ours. */
const FILE_LIMIT = 4 * 1024 * 1024

export interface Drafts {
  /** As they were found. */
  readonly before: ReadonlyMap<PeerId, string>
  keep(drafts: ReadonlyMap<PeerId, string>): void
  /** Resolves when the last is on the disk. A disk that takes nothing takes no draft: that is no failure of a screen. */
  written(): Promise<void>
}

export async function draftsIn(home: string): Promise<Drafts> {
  const path = join(home, 'drafts.json')
  let kept = await readFile(path, 'utf8').catch(() => '')
  let next = kept
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const write = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(async () => {
      const text = next
      if (text === kept) return
      try {
        if (text === '') await rm(path, { force: true })
        else {
          await writeFile(`${path}.new`, text, { mode: 0o600 })
          await rename(`${path}.new`, path)
        }
        kept = text
      } catch {
        // It is tried again with the next word.
      }
    })
    return writing
  }

  return {
    before: parsed(kept),
    keep(drafts) {
      next = drafts.size === 0 ? '' : JSON.stringify(Object.fromEntries(drafts))
      if (next !== kept) timer ??= setTimeout(() => void write(), WRITE_AFTER_MS)
    },
    written: write,
  }
}

/** Whatever is no text for a person is passed over. */
function parsed(text: string): Map<PeerId, string> {
  if (text === '' || text.length > FILE_LIMIT) return new Map()
  try {
    const found: unknown = JSON.parse(text)
    if (typeof found !== 'object' || found === null) return new Map()
    return new Map(
      Object.entries(found).filter((each): each is [PeerId, string] => typeof each[1] === 'string'),
    )
  } catch {
    return new Map()
  }
}
