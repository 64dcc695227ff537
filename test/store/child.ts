/**
 * A process for the scenes that need another one. Does what its first argument names in the folder of the second,
 * says so on stdout in lines, and lives until stdin ends or somebody kills it.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { NighError } from '../../src/errors.ts'
import { homeKey, homeSecret, lockHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import { alice, bob, NOON, owed, told } from './rows.ts'

const [, , deed, dir = ''] = process.argv
const say = (line: string): boolean => process.stdout.write(`${line}\n`)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

process.stdin.once('end', () => process.exit()).once('data', () => act().catch((cause) => say(String(cause))))
say('ready')

async function act(): Promise<void> {
  if (deed === 'lock') say(outcomeOf(() => lockHome(dir)))
  if (deed === 'key') {
    const { key, created } = homeKey(dir, () => randomBytes(32))
    say(`${hex(key)} ${hex(homeSecret(dir))} ${created}`)
  }
  if (deed === 'talk') {
    const { inbox, outbox } = await openStore(join(dir, 'nigh.db'))
    for (let turn = 1; ; turn++) {
      const { id } = await outbox.owe(owed(bob))
      say(`owed ${id}`)
      const [kept] = await inbox.keep([told(alice)])
      say(`kept ${kept?.row.id}`)
      const ended =
        turn % 5 === 0
          ? ({ outcome: 'failure', reason: 'closed' } as const)
          : ({ outcome: 'success', disposition: 'delivered' } as const)
      await outbox.settle([{ peer: bob, id, state: 'settled', ...ended }], NOON)
      say(`${ended.outcome} ${id}`)
    }
  }
  if (deed === 'keep') {
    const store = await openStore(join(dir, 'nigh.db'))
    for (;;) {
      const kept = await Promise.all([1, 2, 3].map(() => store.inbox.keep([told(alice)])))
      for (const [one] of kept) say(one?.row.id ?? '')
    }
  }
}

function outcomeOf(take: () => unknown): string {
  try {
    take()
    return 'held'
  } catch (cause) {
    return cause instanceof NighError ? cause.code : String(cause)
  }
}
