/** Who cannot multicast sees nobody and must be told why: once, and once more when it works again. */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const canUnshare = (() => {
  try {
    execFileSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!canUnshare)('in a network of its own', () => {
  test('a port that is held alone is trouble, told once, and over when it is free', async () => {
    const script = new URL('../support/mesh-troubled.ts', import.meta.url).pathname
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['-rn', 'sh', '-c', 'ip link set lo up && exec "$0" "$1"', process.execPath, script],
      { timeout: 15_000 },
    )
    expect(stdout.trim().split('\n')).toEqual(['trouble', 'well'])
  })
})
