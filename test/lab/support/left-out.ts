/** Says at the end of a run which scenes were left out for want of means, each by its name and what it lacked. */
import type { Reporter, TestModule } from 'vitest/node'

/** How `scene` marks what it leaves out. */
export const NEEDS = ' [needs '

export const leftOut: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const names = modules
      .flatMap((module) => [...module.children.allTests('skipped')].map((test) => test.name))
      .filter((name) => name.includes(NEEDS))
    if (names.length === 0) return
    const scenes = names.map((name) => `  - ${name}`).join('\n')
    process.stdout.write(
      `\nWARNING: the lab left out ${names.length} scenes, so nothing is known of what they would have shown:\n${scenes}\n` +
        'They need root and the Debian packages iproute2, iptables, util-linux, faketime, tcpdump, avahi-daemon.\n\n',
    )
  },
}
