/** Says at the end of a run what its green does not: which scenes were left out, and which needed a second try. */
import type { Reporter, TestModule } from 'vitest/node'

/** How `scene` marks what it leaves out. */
export const NEEDS = ' [needs '

export const secondTries: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const again = modules
      .flatMap((module) => [...module.children.allTests()])
      .filter((test) => (test.diagnostic()?.retryCount ?? 0) > 0)
    if (again.length === 0) return
    const scenes = again.map((test) => `  - ${test.name} (${test.result().state})`).join('\n')
    process.stdout.write(`\nWARNING: ${again.length} tests needed a second try:\n${scenes}\n\n`)
  },
}

export const leftOut: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const names = modules
      .flatMap((module) => [...module.children.allTests('skipped')].map((test) => test.fullName))
      .filter((name) => name.includes(NEEDS))
    if (names.length === 0) return
    const scenes = names.map((name) => `  - ${name}`).join('\n')
    process.stdout.write(
      `\nWARNING: ${names.length} scenes were left out, so nothing is known of what they would have shown:\n${scenes}\n` +
        'They need root and the Debian packages iproute2, iptables, util-linux, faketime, tcpdump, avahi-daemon, tmux, chromium; those of Electron a binary of it.\n\n',
    )
  },
}
