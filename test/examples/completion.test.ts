/** Tab in real shells: commands, options, people of the running peer; and silence where none runs. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { came, type Terminals, terminals } from '../support/terminals.ts'

const BIN = fileURLToPath(new URL('../../bin/nigh.js', import.meta.url))

/** What each shell is told, to complete `words` (the last one is being typed) and to print what it offers, a line each. */
const SHELLS: Record<string, (words: readonly string[]) => string> = {
  bash: (words) => `
    source <(nigh completion bash)
    compopt() { echo files; }
    COMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}
    complete -p nigh >/dev/null && _nigh && printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Its own machinery needs a terminal: the last step is taken for it.
  zsh: (words) => `
    autoload -U compinit; compinit -D -u
    source <(nigh completion zsh)
    _files() { echo files; }
    compadd() { print -rl -- $found; }
    [[ \${_comps[nigh]} == _nigh ]] || exit 9
    words=(${quoted(words)}); CURRENT=${words.length}; _nigh`,
  fish: (words) => `
    source (nigh completion fish | psub)
    complete --do-complete '${words.join(' ')}'`,
}

/** As long as a busy machine needs. */
const PATIENCE = { timeout: 20_000 }

for (const [shell, script] of Object.entries(SHELLS)) {
  const isThere = spawnSync(shell, ['-c', 'true']).status === 0
  if (!isThere) console.warn(`left out, ${shell} is not installed`)
  test.skipIf(!isThere)(
    `${shell} completes commands, choices, options and people`,
    { timeout: 120_000 },
    async () => {
      await using world = terminals()
      const asks = (...words: string[]): string[] => {
        const { stdout, stderr, status } = spawnSync(shell, ['-c', script(['nigh', ...words])], {
          env: shellEnv(world),
          encoding: 'utf8',
        })
        expect({ stderr, status }, words.join(' ')).toEqual({ stderr: '', status: expect.any(Number) })
        return stdout.split('\n').filter((line) => line !== '')
      }
      await world.run('alice', 'whoami')
      // Nobody runs: no word, no error, no peer started.
      expect(asks('send', '--as', 'alice', '')).toEqual([])
      expect(asks('rec')).toEqual(['recall'])

      const alice = await world.up('alice')
      await world.up('bob')
      await world.run('mallory', 'whoami')
      await world.run('mallory', 'me', '--name', '$(touch x)')
      await world.up('mallory')
      await alice.line('bob', came('bob'))
      await alice.line('her, by her odd name', came('$(touch x)'))
      // Tab waits for nobody long: on a busy machine it may offer nothing at first.
      await expect.poll(() => asks('send', '--as', 'alice', 'b'), PATIENCE).toEqual(['bob'])
      await expect.poll(() => asks('send', '--as', 'alice', ''), PATIENCE).toHaveLength(2)
      const everybody = asks('send', '--as', 'alice', '')
      expect(everybody).not.toContain('$(touch x)')
      expect(asks('rules', 'preset', 'o')).toEqual(['office'])
      expect(asks('inbox', '--unr')).toEqual(['--unread'])
      expect(asks('who', '--as', 'al')).toEqual(['alice'])
    },
  )
}

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')

function shellEnv(world: Terminals): NodeJS.ProcessEnv {
  const tools = join(world.data, 'tools')
  mkdirSync(tools, { recursive: true })
  writeFileSync(join(tools, 'nigh'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`)
  chmodSync(join(tools, 'nigh'), 0o755)
  return { ...world.env, PATH: `${tools}:${process.env.PATH}`, HOME: world.data, TERM: 'dumb' }
}
