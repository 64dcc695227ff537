/** From what was typed to an exit code: calls one command, and turns every failure into a sentence. */
import { type Command, CommanderError } from 'commander'
import { asNighError, NighError } from '../../errors.ts'
import { slipOf } from '../../principal/nearest.ts'
import { commandLine, onlyOneCalled } from './command-line.ts'
import type { Act } from './declare.ts'
import { exitCodeOf } from './exit-code.ts'
import { globalsOf } from './globals.ts'
import { printer } from './printer.ts'
import type { Surroundings } from './surroundings.ts'
import { whichHome } from './which-home.ts'

/** Runs `nigh` with these arguments (without node and script); resolves with the exit code, never rejects. */
export async function runNigh(argv: readonly string[], around: Surroundings): Promise<number> {
  // Before the arguments are understood: a failure to understand them is a JSON line, too.
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  let print = printer(around, words.includes('--json'))
  let code = 0

  const act: Act = (load) => async (given, options, command) => {
    const globals = globalsOf(command)
    print = printer(around, globals.json === true)
    const home = whichHome(globals, {
      NIGH_HOME: around.env.NIGH_HOME,
      data: around.dataFolder(),
      osUser: around.osUser(),
    })
    const run = await load()
    const call = { words: given, options: options as never, globals, home, print, around }
    code = await run({ ...call, declared: rootOf(command) })
  }

  const line = commandLine(act, (text) => around.stdout.write(text), onlyOneCalled(argv))
  try {
    const isAsked = words.includes('--version') || words.includes('-V')
    if (isAsked && meant(line, words) === line.name()) {
      around.stdout.write(`${(await import('./version.ts')).version()}\n`)
      return 0
    }
    await line.parseAsync([...argv], { from: 'user' })
    return code
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return 0
    const failure =
      cause instanceof CommanderError ? misunderstood(cause, meant(line, words)) : asNighError(cause)
    print.fail(failure)
    return exitCodeOf(failure.code)
  }
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent)
}

/** The words of the command that was meant, as far as they are known. */
function meant(line: Command, words: readonly string[]): string {
  const path = [line.name()]
  let command = line
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) continue
    path.push(word)
    command = next
  }
  return path.join(' ')
}

/** Commander's complaint as a sentence of ours, about the command `line`. */
function misunderstood(complaint: CommanderError, line: string): NighError {
  const said = complaint.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim()
  const [, got, choices = ''] =
    /^command-argument value '(.*)' is invalid for argument '.*'\. Allowed choices are (.*)\.$/.exec(said) ??
    []
  if (got !== undefined) {
    const near = slipOf(got, choices.split(', '))
    const hint = near === undefined ? '' : ` Did you mean: ${near}.`
    return new NighError('usage', `"${got}" is not one of these: ${choices}.${hint} See: ${line} --help`)
  }
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`
  const quotes =
    complaint.code === 'commander.excessArguments' ? ' Put a text of several words in quotes.' : ''
  return new NighError(
    'usage',
    `${/[.)?]$/.test(sentence) ? sentence : `${sentence}.`}${quotes} See: ${line} --help`,
  )
}
