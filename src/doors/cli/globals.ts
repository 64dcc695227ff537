/** The options that every command understands, before its name or after it. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { asNighError, NighError } from '../../errors.ts'
import type { Globals } from './call.ts'
import { durationOf } from './duration.ts'

/** The grammar of `isMeshName`, said again: that one would load the keys' library before a word is understood. */
const MESH = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/

/** Declares them on `command`; the program and each command have them. */
export function declareGlobals(command: Command): Command {
  const options = [
    new Option('--as <name>', 'use the profile of this name'),
    new Option('--home <folder>', 'use the home in this folder'),
    new Option(
      '--mesh <name>',
      'meet peers of this mesh only; it separates, it does not protect (default: nigh)',
    ).argParser(meshOf),
    new Option('--json', 'print one JSON object per line'),
    new Option(
      '--wait <duration>',
      'longest time until the answer, as 10s, 5m, 1h or 2d (default: 5s; for who 0s, or 2s if no Nigh runs)',
    ).argParser(argument(durationOf)),
    new Option('--no-start', 'never start a peer for this command'),
    new Option('--interface <name>', 'speak on this network interface only (repeatable)').argParser(gathered),
  ]
  for (const option of options) command.addOption(option.helpGroup('Everywhere:'))
  return command
}

/** For an option that may be given more than once. */
export function gathered(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** What was given of them: nearer to the command wins, defaults never hide what was typed. */
export function globalsOf(command: Command): Globals {
  const globals: Record<string, unknown> = {}
  const path: Command[] = []
  for (let each: Command | null = command; each !== null; each = each.parent) path.unshift(each)
  for (const each of path) {
    for (const key of ['as', 'home', 'mesh', 'json', 'wait', 'start', 'interface']) {
      if (each.getOptionValueSource(key) === 'cli') globals[key] = each.getOptionValue(key)
    }
  }
  return globals
}

/** A parser that throws a NighError, as commander wants it: so that the option is named, too. */
export function argument<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text)
    } catch (cause) {
      throw new InvalidArgumentError(asNighError(cause).message)
    }
  }
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return argument((text) => {
    const number = Number(text)
    if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number
    throw new NighError('usage', `It must be a whole number from ${least} to ${most}.`)
  })
}

function meshOf(name: string): string {
  if (MESH.test(name)) return name
  throw new InvalidArgumentError(
    'The name of a mesh has 1 to 64 characters of a-z, 0-9, ., _ and -, with a letter or digit at both ends.',
  )
}
