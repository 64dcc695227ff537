/**
 * What a lab needs of the machine: root, and a handful of programs. Where something is missing, the scenes that need
 * it are left out, and said to be: a suite that is green because it did nothing would be a lie.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'vitest'
import { NEEDS } from '../support/told-at-the-end.ts'

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'

/** Beyond iproute2, iptables and util-linux, which every scene needs that does not say otherwise. */
export type Means = 'faketime' | 'avahi-daemon' | 'tcpdump' | 'ebtables' | 'tmux'

/** The library that lies about the wall clock. Debian package `faketime`. */
export const faketimeLibrary: string = process.env.NIGH_LAB_FAKETIME ?? FAKETIME

/** Scenes take their full, promised length; the default fits into minutes. */
export const atFullLength: boolean = process.env.NIGH_LAB_FULL === '1'

/** Root alone is not it: a container may keep it from making networks. */
const mayMakeNetworks =
  process.platform === 'linux' && spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status === 0

/** A scene of the lab; left out, by name, where the machine lacks the means. `walls: false`: no host gets a firewall. */
export function scene(
  name: string,
  run: (context: TestContext) => Promise<void>,
  options: { needs?: readonly Means[]; seconds?: number; walls?: false } = {},
): void {
  const walls = options.walls === false ? [] : (['iptables'] as const)
  const missing = missingMeans([...walls, ...(options.needs ?? [])])
  const title = missing.length === 0 ? name : `${name}${NEEDS}${missing.join(', ')}]`
  test.skipIf(missing.length > 0)(title, { timeout: (options.seconds ?? 60) * 1_000 }, run)
}

/** One line per scene, in milliseconds: the bounds are asserted, the figures are for people. */
export function measured(what: string, figures: Record<string, number | string>): void {
  const told = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`,
  )
  process.stdout.write(`lab: ${what}: ${told.join(', ')}\n`)
}

function missingMeans(needs: readonly (Means | 'iptables')[]): string[] {
  const missing: string[] = []
  if (!mayMakeNetworks) missing.push('root on Linux')
  for (const program of ['ip', 'tc', 'nsenter', ...needs])
    if (program === 'faketime' ? !exists(faketimeLibrary) : !onPath(program)) missing.push(program)
  return missing
}

function onPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => exists(join(folder, program)))
}

function exists(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
