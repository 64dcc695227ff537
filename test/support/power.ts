/**
 * Power cuts. `kill -9` leaves the kernel's memory, and with it every byte that was ever written; a power cut leaves
 * what was synced, and of the rest whatever the disk happened to write first. A library in front of the process's
 * fsync copies each file into a second folder as it is synced: the disk. Names go from it when the folder is synced. A cut puts the disk in the place of the
 * files. A fault of the disk itself is not played: it keeps what it says it keeps, and a sector is old or new.
 */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('./power.cpp', import.meta.url))
const SECTOR = 512

/** What is lost: all that was not synced, or a part of it, sector by sector in no order. */
export type Loss = 'all' | 'some'

export interface Power extends Disposable {
  /** The environment of a process whose files in `folder` this power feeds. What lies there now, nobody writes it, is on the disk. `syncMs`: how much longer a sync takes. */
  feed(folder: string, syncMs?: number): Record<string, string>
  /** The process has ended by kill -9: now `folder` is what the disk holds. `chance` gives fractions of 1. */
  cut(folder: string, loss: Loss, chance: () => number): void
}

/** `undefined` where there is no compiler, or no LD_PRELOAD. */
export function power(): Power | undefined {
  if (process.platform !== 'linux') return undefined
  const workshop = mkdtempSync(join(tmpdir(), 'nigh-power-'))
  const library = join(workshop, 'power.so')
  try {
    execFileSync('g++', ['-std=c++17', '-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl'])
  } catch {
    rmSync(workshop, { recursive: true })
    return undefined
  }
  const disks = new Map<string, string>()

  const diskOf = (folder: string): string => {
    const disk = disks.get(folder) ?? join(workshop, `disk-${disks.size}`)
    disks.set(folder, disk)
    return disk
  }

  const settle = (folder: string): string => {
    const disk = diskOf(folder)
    rmSync(disk, { recursive: true, force: true })
    mkdirSync(disk)
    for (const name of storeFiles(folder)) copyFileSync(join(folder, name), join(disk, name))
    return disk
  }

  return {
    feed: (folder, syncMs = 0) => ({
      LD_PRELOAD: library,
      NIGH_POWER_OF: realpathSync(folder),
      NIGH_POWER_DISK: settle(folder),
      NIGH_POWER_SYNC_MS: String(syncMs),
    }),
    cut(folder, loss, chance) {
      const disk = diskOf(folder)
      const names = new Set([...storeFiles(folder), ...storeFiles(disk)])
      for (const name of names) {
        const [lost, kept] = [join(folder, name), join(disk, name)]
        // The mark is never synced, and may be the one thing that was written all the same.
        const soon = name.endsWith('-mark') && chance() < 0.5
        const left = name.endsWith('-shm')
          ? undefined
          : soon
            ? bytesOf(lost)
            : arrived(bytesOf(lost), bytesOf(kept), loss, chance)
        rmSync(lost, { force: true })
        rmSync(kept, { force: true })
        if (left === undefined) continue
        writeFileSync(lost, left, { mode: 0o600 })
        writeFileSync(kept, left, { mode: 0o600 })
      }
    },
    [Symbol.dispose]: () => rmSync(workshop, { recursive: true, force: true }),
  }
}

/** Key, secret and lock are written once or hold nothing. */
const storeFiles = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('nigh.db') && !name.endsWith('.draft'))

const bytesOf = (path: string): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined)

/** What the disk holds of a file that was `written` when the power went, and `synced` at its last fsync. */
function arrived(
  written: Buffer | undefined,
  synced: Buffer | undefined,
  loss: Loss,
  chance: () => number,
): Buffer | undefined {
  if (loss === 'all' || written === undefined) return synced
  if (synced === undefined && chance() < 0.5) return undefined
  const before = synced ?? Buffer.alloc(0)
  const most = Math.max(written.length, before.length)
  const length = chance() < 0.5 ? written.length : before.length
  const left = Buffer.alloc(most)
  before.copy(left)
  // Now nearly all of it had arrived, now nearly nothing.
  const share = chance()
  for (let at = 0; at < most; at += SECTOR)
    if (chance() < share) written.copy(left, at, at, Math.min(at + SECTOR, written.length))
  return left.subarray(0, Math.max(length, before.length))
}
