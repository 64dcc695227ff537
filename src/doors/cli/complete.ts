/**
 * What may come next on a command line: pure, from the declarations and what was typed. Whoever completes says how
 * people and profiles are called now; neither is asked for unless it is needed.
 */
import type { Argument, Command, Option } from 'commander'

/** Words to offer, or what the shell itself knows better: names of files. */
export type Offer = { words: string[] } | { files: true } | { people: true } | { profiles: true }

/** `typed` are the words after `nigh`; the last one is being typed, and may be empty. */
export function offerFor(nigh: Command, typed: readonly string[]): Offer {
  const before = typed.slice(0, -1)
  const current = typed.at(-1) ?? ''
  let command = nigh
  let position = 0
  let awaiting: Option | undefined
  let onlyWords = false
  for (const word of before) {
    if (awaiting !== undefined) awaiting = undefined
    else if (onlyWords || !word.startsWith('-') || word === '-') {
      const next = position === 0 ? command.commands.find((each) => each.name() === word) : undefined
      if (next === undefined) position++
      else command = next
    } else if (word === '--') onlyWords = true
    else if (!word.includes('=')) awaiting = valued(optionCalled(command, word))
  }
  if (awaiting !== undefined) return ofValue(awaiting, current)
  if (!onlyWords && current.startsWith('-')) return { words: optionsOf(command, current) }
  const asked = argumentAt(command, position)
  if (position === 0 && command.commands.length > 0) {
    return {
      words: beginning(commandsOf(command), current),
    }
  }
  return asked === undefined ? { words: [] } : ofArgument(asked, command, current)
}

function ofArgument(asked: Argument, command: Command, current: string): Offer {
  if (asked.argChoices !== undefined) return { words: beginning(asked.argChoices, current) }
  if (asked.name() === 'who') return { people: true }
  if (asked.name() === 'file') return { files: true }
  if (command.name() === 'help') {
    return { words: command.parent === null ? [] : beginning(commandsOf(command.parent), current) }
  }
  return { words: [] }
}

function ofValue(option: Option, current: string): Offer {
  if (option.argChoices !== undefined) return { words: beginning(option.argChoices, current) }
  const [, named = ''] = /[<[]([^>\]]+)[>\]]/.exec(option.flags) ?? []
  if (named === 'who') return { people: true }
  if (named === 'folder') return { files: true }
  return option.long === '--as' ? { profiles: true } : { words: [] }
}

function argumentAt(command: Command, position: number): Argument | undefined {
  const all = command.registeredArguments
  const last = all.at(-1)
  return all[position] ?? (last?.variadic === true ? last : undefined)
}

function optionCalled(command: Command, word: string): Option | undefined {
  return command.options.find((option) => option.long === word || option.short === word)
}

/** Where its value has to follow. */
function valued(option: Option | undefined): Option | undefined {
  return option?.required === true ? option : undefined
}

function optionsOf(command: Command, current: string): string[] {
  const all = command.options
    .filter((option) => !option.hidden)
    .map((option) => option.long ?? option.short ?? '')
  return beginning([...all, '--help'], current)
}

/** Those for people. */
function commandsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name())
}

/** Those that begin like this, each once. */
export function beginning(words: readonly string[], current: string): string[] {
  return [...new Set(words)].filter((word) => word !== '' && word.startsWith(current))
}
