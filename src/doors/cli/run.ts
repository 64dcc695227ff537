/** From what was typed to an exit code: declares every command, calls one, and turns every failure into a sentence. */
import { Command, CommanderError } from 'commander'
import { asNighError, NighError } from '../../errors.ts'
import { declareBackup, declareRestore } from './commands/backup.ts'
import { declareContacts } from './commands/contacts.ts'
import { declareDoctor } from './commands/doctor.ts'
import { declareDown } from './commands/down.ts'
import { declareExport, declareImport } from './commands/export.ts'
import { declareFetch, declarePoll } from './commands/fetch.ts'
import { declareInbox } from './commands/inbox.ts'
import { declareInvite } from './commands/invite.ts'
import { declareMe } from './commands/me.ts'
import { declareMessage } from './commands/message.ts'
import { declareOutbox } from './commands/outbox.ts'
import {
  declareAllow,
  declareBlock,
  declareHide,
  declarePoliteBlock,
  declareUnblock,
} from './commands/person-rules.ts'
import { declareRecall } from './commands/recall.ts'
import { declareAccept, declareRefuse, declareRequests } from './commands/requests.ts'
import { declareRules } from './commands/rules.ts'
import { declareSearch } from './commands/search.ts'
import { declareSend } from './commands/send.ts'
import { declareStatus } from './commands/status.ts'
import { declareUp } from './commands/up.ts'
import { declareWatch } from './commands/watch.ts'
import { declareSubscriptions, declareWatchers } from './commands/watchers.ts'
import { declareWeb } from './commands/web.ts'
import { declareWho } from './commands/who.ts'
import { declareWhoami } from './commands/whoami.ts'
import { type Act, callsOrUnknown, unknownWord } from './declare.ts'
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
      data: await around.dataFolder(),
      osUser: around.osUser(),
    })
    const run = await load()
    code = await run({ words: given, options: options as never, globals, home, print, around })
  }

  try {
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
      around.stdout.write(`${(await import('./version.ts')).version()}\n`)
      return 0
    }
    await commands(act, (text) => around.stdout.write(text)).parseAsync([...argv], { from: 'user' })
    return code
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return 0
    const failure = cause instanceof CommanderError ? misunderstood(cause) : asNighError(cause)
    print.fail(failure)
    return exitCodeOf(failure.code)
  }
}

/** The whole command line as it is declared; help goes to `writeOut`. */
function commands(act: Act, writeOut: (text: string) => void): Command {
  const nigh = new Command('nigh')
    .description('Who is near, and a word with them: presence and instant messages without a server.')
    .option('-V, --version', 'print the version')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: termOf })
    .addHelpText(
      'after',
      '\nWithout a command: the chat screen; where there is no terminal, the same as nigh up.\n\nExamples:\n  nigh\n  nigh help send',
    )
    .exitOverride()
    // Failures are said once, by the printer.
    .configureOutput({ writeOut, writeErr: () => {}, outputError: () => {} })
  callsOrUnknown(nigh, act, async () => (await import('./commands/nigh.run.ts')).nigh)
  const declarations = [
    declareUp,
    declareDown,
    declareWhoami,
    declareMe,
    declareWho,
    declareStatus,
    declareDoctor,
    declareWatch,
    declareFetch,
    declarePoll,
    declareSubscriptions,
    declareWatchers,
    declareSend,
    declareRecall,
    declareInbox,
    declareMessage,
    declareOutbox,
    declareSearch,
    declareRequests,
    declareAccept,
    declareRefuse,
    declareContacts,
    declareInvite,
    declareAllow,
    declareBlock,
    declarePoliteBlock,
    declareHide,
    declareUnblock,
    declareRules,
    declareBackup,
    declareRestore,
    declareExport,
    declareImport,
    declareWeb,
  ]
  for (const declare of declarations) declare(nigh, act)
  declareHelp(nigh)
  return nigh
}

function declareHelp(nigh: Command): void {
  nigh
    .command('help [command...]')
    .description('explain a command')
    .action((path: string[]) => {
      let command = nigh
      for (const word of path) {
        const next = command.commands.find((each) => each.name() === word)
        if (next === undefined) throw unknownWord(word, command)
        command = next
      }
      command.outputHelp()
    })
}

/** A command in a list of commands: its name and what it asks for. */
function termOf(command: Command): string {
  const asked = command.registeredArguments.filter((argument) => argument.name() !== 'word')
  const terms = asked.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
  return [command.name(), ...terms].join(' ')
}

/** Commander's complaint as a sentence of ours. */
function misunderstood(complaint: CommanderError): NighError {
  const said = complaint.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim()
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`
  const quotes =
    complaint.code === 'commander.excessArguments' ? ' Put a text of several words in quotes.' : ''
  return new NighError(
    'usage',
    `${/[.)?]$/.test(sentence) ? sentence : `${sentence}.`}${quotes} See: nigh --help`,
  )
}
