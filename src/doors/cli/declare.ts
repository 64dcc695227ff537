/** How commands declare themselves: name, options, help with two examples, and where the part that acts is loaded from. */
import type { Command } from 'commander'
import { NighError } from '../../errors.ts'
import { nearest } from '../../principal/nearest.ts'
import type { Run } from './call.ts'
import { declareGlobals } from './globals.ts'

/** Turns the loader of a command's acting part into what is called with its words and options. */
export type Act = (
  load: () => Promise<Run<never>>,
) => (words: readonly (string | undefined)[], options: object, command: Command) => Promise<void>

export interface Declaration {
  /** Name and arguments as commander writes them: `send <who> [text]`. */
  usage: string
  does: string
  examples: readonly [string, string]
}

/** Whom a command is about, and what may stand behind that. */
const ABOUT: Readonly<Record<string, string>> = {
  who: 'a name, an address (pres: im:), a card (nigh:), or the end of an id, of four characters at least',
  text: 'what is said',
  name: 'what you call them from now on',
  group: 'all groups they belong to; none: to no group',
  proof: 'what they show: twelve safety words, or their card',
}

const examples = new WeakMap<Command, readonly string[]>()

/** The examples in a command's help, as they are typed. */
export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? []
}

/** A command under `parent`. What it calls, and the options that all have, come with `calls`. */
export function declare(parent: Command, { usage, does, examples: typed }: Declaration): Command {
  const command = parent
    .command(usage)
    .description(does)
    .addHelpText('after', `\nExamples:\n${typed.map((example) => `  ${example}`).join('\n')}`)
  examples.set(command, typed)
  const asked = command.registeredArguments
  if (asked.some((argument) => argument.name() === 'who'))
    for (const argument of asked) argument.description ||= ABOUT[argument.name()] ?? ''
  return command
}

/** Lets `command` act through what `load` loads. */
export function calls(command: Command, act: Act, load: () => Promise<Run<never>>): void {
  const run = act(load)
  declareGlobals(command).action((...given: unknown[]) => {
    // A repeated argument comes as one list.
    const words = given.slice(0, -2).flat() as (string | undefined)[]
    return run(words, given.at(-2) as object, given.at(-1) as Command)
  })
}

/** For a command that has commands: without a word it acts through `load`, an unknown word names the nearest. */
export function callsOrUnknown(command: Command, act: Act, load: () => Promise<Run<never>>): void {
  const run = act(load)
  declareGlobals(command)
    .argument('[word...]')
    .usage('[command] [options]')
    .allowUnknownOption()
    .action((words: string[], options: object) => {
      const [word] = words
      if (word !== undefined) throw unknownWord(word, command)
      return run([], options, command)
    })
}

/** What other programs call it: no letter of it need be the same. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  list: 'who',
  ls: 'who',
  people: 'who',
  users: 'who',
  start: 'up',
  run: 'up',
  serve: 'up',
  stop: 'down',
  quit: 'down',
  exit: 'down',
  msg: 'send',
  tell: 'send',
  say: 'send',
  write: 'send',
  messages: 'inbox',
  history: 'inbox',
  log: 'inbox',
  read: 'inbox',
  away: 'status',
  note: 'status',
  events: 'watch',
  follow: 'watch',
  friends: 'contacts',
  add: 'contacts',
  qr: 'invite',
  card: 'invite',
}

/** Names the nearest of the words that `parent` knows. */
export function unknownWord(word: string, parent: Command): NighError {
  const path: string[] = []
  for (let each: Command | null = parent; each !== null; each = each.parent) path.unshift(each.name())
  if (word.startsWith('-')) {
    return new NighError('usage', `There is no option ${word}. See: ${path.join(' ')} --help`)
  }
  const known = parent.commands.flatMap((command) => [command.name(), ...command.aliases()])
  const otherwise = parent.parent === null ? ELSEWHERE[word.toLowerCase()] : undefined
  const near = otherwise ?? nearest(word, known)
  const hint = near === undefined ? '' : ` Did you mean: ${[...path, near].join(' ')}`
  return new NighError('usage', `"${word}" is no command of ${path.join(' ')}.${hint}`)
}
