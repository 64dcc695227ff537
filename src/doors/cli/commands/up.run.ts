/** `nigh up`: a peer in this process, its door opened for other commands, and what happens as lines. */
import type { Log, LogLevel } from '../../../agent/log.ts'
import type { AgentEvent, OwnStatus, RulesSummary, Self } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import { serveAgent } from '../../rpc/serve-agent.ts'
import { runPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { tellEvents } from '../events.ts'
import { harmless } from '../harmless.ts'
import { logLine } from '../log-line.ts'
import { idEnd, selfAsPerson } from '../sentences.ts'
import { whoSeesMe } from '../who-sees-me.ts'

export interface UpOptions {
  port?: number
  without?: 'presence' | 'messages'
  log?: LogLevel
}

export async function up(call: Call<UpOptions>): Promise<number> {
  const { print, around, options, home } = call
  const interrupted = around.interrupted()
  const agent = await runPeer(call, {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.without === undefined ? {} : { without: [options.without] }),
    ...logTo(call),
  })
  const stop = new AbortController()
  const follow = agent
    .events({}, { signal: AbortSignal.any([stop.signal, interrupted]) })
    [Symbol.asyncIterator]()
  const first = follow.next()
  first.catch(() => {})
  let refusal: NighError | undefined
  void agent.refused?.then((cause) => {
    refusal = cause
  })

  let told = false
  const sayOffline = (line: { at: string; seq?: number }) => {
    if (told) return
    told = true
    print.print({ event: 'offline', ...line }, () => 'You have left.')
  }

  const door = await serveAgent(agent, { home: home.folder, secret: agent.secret, running: 'up' }).catch(
    async (cause: unknown) => {
      await agent.close()
      throw cause
    },
  )
  try {
    const self = await agent.whoami()
    const [status, rules] = print.json ? [] : await Promise.all([agent.status(), agent.rules()])
    if (refusal !== undefined) throw refusal
    print.print(
      {
        event: 'online',
        at: around.now().toISOString(),
        who: selfAsPerson(self),
        mesh: self.mesh,
        listen: self.listen,
      },
      () =>
        status === undefined || rules === undefined ? undefined : welcome(self, status, rules, home.flags),
    )
    await tellEvents(call, agent, rest(first, follow), (event) =>
      sayOffline({ at: event.at, seq: event.seq }),
    )
  } catch (cause) {
    throw refusal ?? cause
  } finally {
    stop.abort()
    // Before the lock is free: what lies at the door's place then belongs to the next.
    await door.retire()
    await agent.close()
    await door.close()
    sayOffline({ at: around.now().toISOString() })
  }
  if (refusal !== undefined) throw refusal
  return 0
}

/** With --log or NIGH_LOG: to stderr, so that stdout stays what scripts read. */
function logTo({ options, around, print }: Call<UpOptions>): { log?: Log } {
  const level = options.log ?? around.env.NIGH_LOG
  if (level === undefined || level === '') return {}
  if (level !== 'info' && level !== 'debug')
    throw new NighError('usage', `NIGH_LOG is info or debug, and not ${JSON.stringify(level)}.`)
  return { log: { level, write: (entry) => print.note(logLine(entry)) } }
}

async function* rest(
  first: Promise<IteratorResult<AgentEvent>>,
  follow: AsyncIterator<AgentEvent>,
): AsyncGenerator<AgentEvent> {
  for (let next = await first; !next.done; next = await follow.next()) yield next.value
}

/** Who I am, who can see me, and what can be done next, with the flags that a second terminal needs. */
function welcome(self: Self, status: OwnStatus, rules: RulesSummary, flags: string): string {
  const listening =
    self.listen.length === 0
      ? 'Not listening: others cannot link to you, you can link to them.'
      : `Listening on ${self.listen.map(shownAddress).join(', ')}.`
  return [
    `You are ${harmless(self.name)} (${idEnd(self.peerId)}) on the mesh "${harmless(self.mesh)}".`,
    listening,
    whoSeesMe(self, status, rules),
    '',
    'In another terminal:',
    `  nigh who${flags}`,
    `  nigh send${flags} NAME "hello"`,
    `  nigh doctor${flags}    (if nobody comes)`,
    'Ctrl-C says goodbye and leaves.',
    '',
  ].join('\n')
}

/** `/ip4/192.168.1.5/tcp/4001` as `192.168.1.5 port 4001`; anything else as it is. */
function shownAddress(address: string): string {
  const [, host, port] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)$/.exec(address) ?? []
  return host === undefined ? harmless(address) : `${harmless(host)} port ${port}`
}
