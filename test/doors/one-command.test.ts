/** A line that begins with a command's name: that command alone is declared, and nobody can tell. */
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { commandLine, onlyOneCalled } from '../../src/doors/cli/command-line.ts'

const declared = (only?: string): Command =>
  commandLine(
    () => async () => {},
    () => {},
    only,
  )
const all = declared()
/** `complete` is what shells call; it knows all, and comes with `completion`. */
const needsAll = (command: Command): boolean => ['help', 'complete'].includes(command.name())
const own = all.commands.filter((command) => !needsAll(command)).map((command) => command.name())

test.each(own)('nigh %s explains itself alone as among all', (name) => {
  const only = onlyOneCalled([name, 'bob'])
  const [alone, ...others] = declared(only).commands.filter((command) => !needsAll(command))
  expect(others).toEqual([])
  const [among] = all.commands.filter((command) => command.name() === name)
  expect(alone?.helpInformation()).toBe(among?.helpInformation())
})

test.each([
  [[]],
  [['complete', '--', 's']],
  [['help', 'send']],
  [['--as', 'up', 'send', 'bob']],
  [['sned', 'bob']],
  [['constructor']],
])('of the words %j all are declared', (words) => {
  expect(onlyOneCalled(words)).toBeUndefined()
  expect(declared(onlyOneCalled(words)).commands.length).toBe(all.commands.length)
})
