import { type Command, Option } from 'commander'
import type { PersonRuleChange } from '../../../agent.ts'
import { type Act, calls, declare } from '../declare.ts'
import { durationOf } from '../duration.ts'
import { argument } from '../globals.ts'

const load = (then: PersonRuleChange['then']) => async () =>
  (await import('./person-rules.run.ts')).make(then)

const FOR = () =>
  new Option('--for <duration>', 'it ends by itself, after 10s, 5m, 1h or 2d').argParser(argument(durationOf))

export function declareAllow(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'allow <who>',
    does: 'let one person see you, whatever your general rules say',
    examples: ['nigh allow bob --view contacts', 'nigh allow 7Kp2mQaX --fetch-only --for 2h'],
  })
    .addOption(
      new Option(
        '--view <view>',
        'nearby: name and open or closed; contacts: activity and note as well',
      ).choices(['nearby', 'contacts']),
    )
    .option('--fetch-only', 'whenever they ask; a subscription is refused')
    .addOption(FOR())
  calls(command, act, load('allow'))
}

export function declareBlock(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'block <who>',
    does: 'refuse somebody everything, and tell them so, once',
    examples: ['nigh block mallory', 'nigh block mallory --for 1d'],
  }).addOption(FOR())
  calls(command, act, load('block'))
}

export function declarePoliteBlock(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'polite-block <who>',
    does: 'show yourself to somebody as here, but closed, whatever you do',
    examples: ['nigh polite-block mallory', 'nigh polite-block mallory --check'],
  })
    .option('--check', 'change nothing; say what they would see who come with a fresh key')
    .addOption(FOR())
  calls(command, act, async () => (await import('./person-rules.run.ts')).politeBlock)
}

export function declareHide(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'hide <who>',
    does: 'keep your changes from somebody for a while: they go on seeing what they saw',
    examples: ['nigh hide bob --for 1h', 'nigh hide bob'],
  }).addOption(FOR())
  calls(command, act, load('hide'))
}

export function declareUnblock(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'unblock <who>',
    does: 'lift block, polite-block and hide',
    examples: ['nigh unblock mallory', 'nigh unblock mallory --json'],
  })
  calls(command, act, load('unblock'))
}
