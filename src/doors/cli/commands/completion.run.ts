/**
 * `nigh completion` and what it makes the shells call: one word per line. People come from the running peer alone: a
 * Tab must never start one, nor wait for one, nor say anything.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Person } from '../../../agent.ts'
import type { Call } from '../call.ts'
import { beginning, offerFor } from '../complete.ts'
import { whichHome } from '../which-home.ts'

/** Longer than this nobody waits at a Tab, ms. A peer of two hundred people answers in ten. */
const ANSWER_WITHIN_MS = 500

export async function completion({ words, around }: Call): Promise<number> {
  around.stdout.write(SCRIPTS[words[0] as keyof typeof SCRIPTS])
  return 0
}

export async function complete(call: Call): Promise<number> {
  const typed = call.words.filter((word) => word !== undefined)
  const current = typed.at(-1) ?? ''
  const offer = offerFor(call.declared, typed)
  const say = (found: readonly string[]) =>
    call.around.stdout.write(found.map((word) => `${word}\n`).join(''))
  if ('files' in offer) say([FILES])
  else if ('words' in offer) say(offer.words)
  else if ('profiles' in offer) say(beginning(await profiles(call), current))
  else say(beginning(await people(call, typed), current))
  return 0
}

/** Says to the scripts that the shell completes by itself. */
const FILES = ':files'

async function profiles({ around }: Call): Promise<string[]> {
  return readdir(join(around.dataFolder(), 'homes')).catch(() => [])
}

async function people(call: Call, typed: readonly string[]): Promise<string[]> {
  const remote = await homeTyped(call, typed)
    .then((home) => call.around.connect(home))
    .catch(() => undefined)
  if (remote === undefined) return []
  try {
    const known = Promise.all([remote.contacts(), remote.who({ waitMs: 0 })]).then(([contacts, near]) => [
      ...contacts.map(({ who }) => who),
      ...near.map(({ who }) => who),
    ])
    known.catch(() => {})
    return calledSafely((await Promise.race([known, after(ANSWER_WITHIN_MS, [], { ref: false })])) ?? [])
  } catch {
    return []
  } finally {
    remote.detach()
  }
}

/**
 * A name is the other person's claim and goes into a shell's line: one that is not plain there, or that two people
 * bear, is offered as the end of the id.
 */
function calledSafely(everybody: readonly Person[]): string[] {
  const people = new Map(everybody.map((person) => [person.peerId, person]))
  const bearers = new Map<string, number>()
  for (const { name } of people.values()) bearers.set(name, (bearers.get(name) ?? 0) + 1)
  return [...people.values()].map(({ name, peerId }) =>
    PLAIN.test(name) && bearers.get(name) === 1 ? name : peerId.slice(-8),
  )
}

const PLAIN = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$/u

/** Of the line that is typed, not of this call: --as and --home stand in it as words. */
async function homeTyped({ home, around }: Call, typed: readonly string[]): Promise<string> {
  const typedAfter = (option: string): string | undefined => {
    const at = typed.lastIndexOf(option)
    return at < 0 ? undefined : typed[at + 1]
  }
  const [as, folder] = [typedAfter('--as'), typedAfter('--home')]
  if (as === undefined && folder === undefined) return home.folder
  const grounds = { NIGH_HOME: undefined, data: around.dataFolder(), osUser: '' }
  return whichHome(
    { ...(as === undefined ? {} : { as }), ...(folder === undefined ? {} : { home: folder }) },
    grounds,
  ).folder
}

/** The words typed so far go to `nigh complete`; where it says so, the shell looks for files. */
const SCRIPTS = {
  bash: `# nigh: completion for bash
_nigh() {
  local found
  local IFS=$'\\n'
  COMPREPLY=()
  found=$(nigh complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
  if [ "$found" = ':files' ]; then
    compopt -o default
  else
    COMPREPLY=($found)
  fi
}
complete -F _nigh nigh
`,
  zsh: `#compdef nigh
# nigh: completion for zsh
_nigh() {
  local -a found
  found=(\${(f)"$(nigh complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ $found[1] == ':files' ]]; then
    _files
  else
    compadd -a found
  fi
}
compdef _nigh nigh
`,
  fish: `# nigh: completion for fish
function __nigh_complete
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  set -l found (nigh complete -- $typed[2..-1] "$current" 2>/dev/null)
  if test "$found[1]" = ':files'
    __fish_complete_path "$current"
  else
    printf '%s\\n' $found
  end
end
complete -c nigh -f -a '(__nigh_complete)'
`,
} as const
