/**
 * Writes man/nigh.1 from the declarations of the commands, so that the manual says what --help says. With --check it
 * only compares.
 *
 *     node scripts/manual.js
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { commandLine } from '../src/doors/cli/command-line.ts'
import { examplesOf } from '../src/doors/cli/declare.ts'

const PLACE = new URL('../man/nigh.1', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const EVERYWHERE = 'Everywhere:'
const nigh = commandLine(
  () => async () => {},
  () => {},
)

const page = `${[
  `.TH NIGH 1 "" "nigh ${version}" "User Commands"`,
  '.SH NAME',
  'nigh \\- who is near, and a word with them',
  '.SH SYNOPSIS',
  '.B nigh',
  '.RI [ command ]',
  '.RI [ options ]',
  '.SH DESCRIPTION',
  text(nigh.description()),
  '.PP',
  text(
    'Without a command it shows the chat screen on a terminal, and does as nigh up elsewhere. WHO is a name that you gave, an address (pres: or im:), a card (nigh:), the name of a contact or of somebody near, or at least four characters from the end of a peer id. Durations are written 10s, 5m, 1h, 2d.',
  ),
  '.SH COMMANDS',
  ...commandsOf(nigh).flatMap((command) => section(command)),
  '.SH EVERYWHERE',
  text('These options may stand before or after any command.'),
  ...optionsOf(nigh, true),
  '.SH EXIT STATUS',
  ...pairs({
    0: 'success; for send: kept by their inbox',
    1: 'unexpected',
    2: 'a mistake in what was typed: usage, own address, text that is empty, too large or none',
    3: 'refused, closed, pending or blocked; home in use, exists or cannot be read; disk full; store or backup damaged or newer; port taken',
    4: 'owed, indeterminate or unreachable',
    5: 'nobody, or several, of that name',
    6: 'no home, or no running peer with --no-start',
  }),
  '.SH ENVIRONMENT',
  ...pairs({
    NIGH_HOME: 'the home, where neither --home nor --as says another',
    NIGH_MESH: 'as --mesh',
    NIGH_INTERFACE: 'as --interface; several with commas',
    NIGH_PASSPHRASE: 'the passphrase of backup and restore',
    'VISUAL, EDITOR': 'the editor for rules',
    NO_COLOR: 'no colours',
    XDG_DATA_HOME: 'where homes lie',
  }),
  '.SH FILES',
  ...pairs({
    '~/.local/share/nigh/homes/NAME': 'the home of a profile: key, store, and the socket of the running peer',
  }),
].join('\n')}\n`

if (process.argv.includes('--check')) {
  let kept = ''
  try {
    kept = readFileSync(PLACE, 'utf8')
  } catch {
    // None yet is not the one that is wanted either.
  }
  if (kept !== page) {
    console.log('man/nigh.1 is not what the commands say. Run: node scripts/manual.js')
    process.exitCode = 1
  }
} else {
  mkdirSync(new URL('.', PLACE), { recursive: true })
  writeFileSync(PLACE, page)
}

/** Those for people, each before its own. */
function commandsOf(command) {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => [each, ...commandsOf(each)])
}

function section(command) {
  const path = []
  for (let each = command; each !== null; each = each.parent) path.unshift(each.name())
  const asked = command.registeredArguments.filter((argument) => argument.name() !== 'word')
  const words = asked.map((argument) => {
    const name = argument.argChoices?.join('|') ?? argument.name().toUpperCase()
    const repeated = argument.variadic ? `${name}...` : name
    return argument.required ? repeated : `[${repeated}]`
  })
  return [
    `.SS ${text([...path, ...words].join(' '))}`,
    text(`${sentence(command.description())}`),
    ...optionsOf(command, false),
    '.PP',
    '.EX',
    ...examplesOf(command).map((example) => text(`    ${example}`)),
    '.EE',
  ]
}

function optionsOf(command, everywhere) {
  return command.options
    .filter((option) => !option.hidden && (option.helpGroupHeading === EVERYWHERE) === everywhere)
    .flatMap((option) => {
      const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
      return ['.TP', `.B ${text(option.flags)}`, text(option.description + choices)]
    })
}

function pairs(all) {
  return Object.entries(all).flatMap(([name, meaning]) => ['.TP', `.B ${text(name)}`, text(meaning)])
}

function sentence(words) {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

/** As roff takes it for text: no backslash escapes, no dot or quote begins a request, and a hyphen is one to copy. */
function text(words) {
  const escaped = words.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
