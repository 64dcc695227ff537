import type { Command } from 'commander'
import { type Act, calls, callsOrUnknown, declare } from '../declare.ts'

export function declareMessage(nigh: Command, act: Act): void {
  const message = declare(nigh, {
    usage: 'message',
    does: 'act on one message: mark it as read, delete it',
    examples: [
      'nigh message read 0190f2a1-7c3e-7abc-8def-0123456789ab',
      'nigh message delete 0190f2a1-7c3e-7abc-8def-0123456789ab',
    ],
  })
  callsOrUnknown(message, act, async () => (await import('./message.run.ts')).message)

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
    does: 'delete messages here, for good; the other side keeps its own',
    examples: [
      'nigh message delete 0190f2a1-7c3e-7abc-8def-0123456789ab',
      'nigh message delete 0190f2a1-7c3e-7abc-8def-0123456789ab --json',
    ],
  })
  calls(remove, act, async () => (await import('./message.run.ts')).remove)
}
