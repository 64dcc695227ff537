/** The whole command line as it is declared: what is understood, explained, completed and printed as a manual. */
import { Command } from 'commander'
import { declareBackup, declareRestore } from './commands/backup.ts'
import { declareCompletion } from './commands/completion.ts'
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
import { declareSchema } from './commands/schema.ts'
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

/** By name, in the order of help. */
const DECLARATIONS: Record<string, (nigh: Command, act: Act) => void> = {
  up: declareUp,
  down: declareDown,
  whoami: declareWhoami,
  me: declareMe,
  who: declareWho,
  status: declareStatus,
  doctor: declareDoctor,
  watch: declareWatch,
  fetch: declareFetch,
  poll: declarePoll,
  subscriptions: declareSubscriptions,
  watchers: declareWatchers,
  send: declareSend,
  recall: declareRecall,
  inbox: declareInbox,
  message: declareMessage,
  outbox: declareOutbox,
  search: declareSearch,
  requests: declareRequests,
  accept: declareAccept,
  refuse: declareRefuse,
  contacts: declareContacts,
  invite: declareInvite,
  allow: declareAllow,
  block: declareBlock,
  'polite-block': declarePoliteBlock,
  hide: declareHide,
  unblock: declareUnblock,
  rules: declareRules,
  backup: declareBackup,
  restore: declareRestore,
  export: declareExport,
  import: declareImport,
  schema: declareSchema,
  completion: declareCompletion,
  web: declareWeb,
}

/** The one command that these words call, where its name is the first of them. What completes a line is not in the table: it needs all. */
export function onlyOneCalled([word = '']: readonly string[]): string | undefined {
  return Object.hasOwn(DECLARATIONS, word) ? word : undefined
}

/**
 * Help goes to `writeOut`; each command acts through `act`. With `only`, that command alone is declared: all of them with
 * their 400 options are a tenth of a short command's time.
 */
export function commandLine(act: Act, writeOut: (text: string) => void, only?: string): Command {
  const nigh = new Command('nigh')
    .description('Who is near, and a word with them: presence and instant messages without a server.')
    .option('-V, --version', 'print the version')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: termOf })
    .addHelpText(
      'after',
      '\nWithout a command: the chat screen; where there is no terminal, the same as nigh up.\n\nExit codes: 0 done, for send: kept by their inbox; 2 a mistake in what was typed;\n3 refused, closed or blocked; 4 owed or not reachable; 5 nobody, or several, of\nthat name; 6 no home, or no running Nigh with --no-start.\n\nExamples:\n  nigh\n  nigh help send',
    )
    .exitOverride()
    // Failures are said once, by the printer.
    .configureOutput({ writeOut, writeErr: () => {}, outputError: () => {} })
  callsOrUnknown(nigh, act, async () => (await import('./commands/nigh.run.ts')).nigh)
  for (const [name, declare] of Object.entries(DECLARATIONS))
    if (only === undefined || name === only) declare(nigh, act)
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
