import type { Command } from 'commander'
import { type Act, calls, callsOrUnknown, declare } from '../declare.ts'
import { durationOf } from '../duration.ts'
import { argument } from '../globals.ts'

export function declareMessage(nigh: Command, act: Act): void {
  const message = declare(nigh, {
    usage: 'message',
    does: 'act on one message: answer it, react to it, edit it, mark it as read, delete it. Its id is in nigh inbox --json, or nigh outbox --json',
    examples: [
      'nigh message reply 0190f2a1-7c3e-7abc-8def-0123456789ab "yes, at noon"',
      'nigh message edit 0190f2a1-7c3e-7abc-8def-0123456789ab "lunch at one?"',
    ],
  })
  callsOrUnknown(message, act, async () => (await import('./message.run.ts')).message)

  const lasting = (command: Command): Command =>
    command
      .option('--expire <duration>', 'fail if it has not left within this time', argument(durationOf))
      .option('--until-open', 'when they are closed, keep it until they are open')

  const reply = declare(message, {
    usage: 'reply <id> [text]',
    does: 'answer a message, theirs or mine; without a text, or with -, from stdin. The exit code is the outcome',
    examples: [
      'nigh message reply 0190f2a1-7c3e-7abc-8def-0123456789ab "yes, at noon"',
      'echo "build is green again" | nigh message reply 0190f2a1-7c3e-7abc-8def-0123456789ab',
    ],
  })
  calls(lasting(reply), act, async () => (await import('./refer.run.ts')).reply)

  const react = declare(message, {
    usage: 'react <id> [reaction]',
    does: 'react to a message of theirs with an emoji or a short word, in place of an earlier one; --remove takes it back',
    examples: [
      'nigh message react 0190f2a1-7c3e-7abc-8def-0123456789ab 👍',
      'nigh message react 0190f2a1-7c3e-7abc-8def-0123456789ab --remove',
    ],
  }).option('--remove', 'take my reaction back')
  calls(lasting(react), act, async () => (await import('./refer.run.ts')).react)

  const edit = declare(message, {
    usage: 'edit <id> [text]',
    does: 'give a message of mine another text, at both sides; they see that it was edited. Without a text, or with -, from stdin',
    examples: [
      'nigh message edit 0190f2a1-7c3e-7abc-8def-0123456789ab "lunch at one?"',
      'nigh message edit 0190f2a1-7c3e-7abc-8def-0123456789ab "lunch at one?" --until-open',
    ],
  })
  calls(lasting(edit), act, async () => (await import('./refer.run.ts')).edit)

  const read = declare(message, {
    usage: 'read <id...>',
    does: 'mark messages as read; their senders are told if nigh me --display-receipts is on',
    examples: [
      'nigh message read 0190f2a1-7c3e-7abc-8def-0123456789ab',
      'nigh message read 0190f2a1-7c3e-7abc-8def-0123456789ab --json',
    ],
  })
  calls(read, act, async () => (await import('./message.run.ts')).read)

  const remove = declare(message, {
    usage: 'delete <id...>',
    does: 'delete messages here, for good; the other side keeps its own, unless --for-both',
    examples: [
      'nigh message delete 0190f2a1-7c3e-7abc-8def-0123456789ab',
      'nigh message delete 0190f2a1-7c3e-7abc-8def-0123456789ab --for-both',
    ],
  }).option(
    '--for-both',
    'delete a message of mine at their side as well; what they read or copied stays theirs',
  )
  calls(remove, act, async () => (await import('./message.run.ts')).remove)
}
