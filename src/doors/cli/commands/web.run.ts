/**
 * `nigh web`: the page, of the peer that runs, or of one that runs here for as long as the page is served. Where the
 * running peer ends it is waited for, and the page goes on when it is back.
 */
import type { Agent } from '../../../agent.ts'
import { serveAgent } from '../../rpc/serve-agent.ts'
import { type PageServer, servePage } from '../../web/serve-page.ts'
import { asItRuns } from '../as-it-runs.ts'
import { findRunning, runPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'

export interface WebOptions {
  port?: number
  open: boolean
}

/** How often a peer that has ended is looked for, ms. */
const LOOK_EVERY_MS = 250

export async function web(call: Call<WebOptions>): Promise<number> {
  const { print, around, options, home } = call
  const interrupted = around.interrupted()
  const running = await findRunning(call)
  if (running?.running === 'up') await asItRuns(call, running)
  const own = running?.running === 'up' ? undefined : await runHere(call)
  if (own !== undefined) running?.detach()
  try {
    const server = await servePage({
      home: home.folder,
      ...(options.port === undefined ? {} : { port: options.port }),
    })
    try {
      // Once somebody is there whose page it is, a browser may come.
      const shown = new Promise<void>((resolve) => {
        if (own !== undefined) void server.show(own.agent).then(resolve)
        else void followPeer(call, server, interrupted, resolve)
      })
      await shown
      await tell(call, server)
      await until(interrupted, own?.ended)
    } finally {
      await server.close()
    }
  } finally {
    await own?.release()
  }
  print.say(own === undefined ? 'The page has ended.' : 'The page has ended, and you have left.')
  return 0
}

async function tell({ print, around, options }: Call<WebOptions>, server: PageServer): Promise<void> {
  const file = server.redirectFile
  const opened = options.open && (await around.browse(file))
  print.print({ event: 'page', at: around.now().toISOString(), file, port: server.port, opened }, () =>
    [
      opened
        ? 'The page opens in your browser. If it does not, open this file in it:'
        : 'Open this file in your browser:',
      `  ${harmless(file)}`,
      'It works once, for one browser, and only for you. Ctrl-C ends the page.',
    ].join('\n'),
  )
}

interface Own {
  agent: Agent
  /** It was ended from elsewhere. */
  ended: Promise<void>
  release(): Promise<void>
}

/** Runs a peer in this process, its door open for other commands. */
async function runHere(call: Call<WebOptions>): Promise<Own> {
  const agent = await runPeer(call, {})
  const over = new AbortController()
  const door = await serveAgent(agent, { home: call.home.folder, secret: agent.secret, running: 'up' }).catch(
    async (cause: unknown) => {
      await agent.close()
      throw cause
    },
  )
  const follow = async (): Promise<void> => {
    for await (const event of agent.events({}, { signal: over.signal })) if (event.event === 'offline') return
  }
  return {
    agent,
    ended: follow(),
    async release() {
      over.abort()
      // Before the lock is free: what lies at the door's place then belongs to the next.
      await door.retire()
      await agent.close()
      await door.close()
    },
  }
}

/** Shows the running peer, and the next one, until interrupted. */
async function followPeer(
  { around, home, print }: Call<WebOptions>,
  server: PageServer,
  interrupted: AbortSignal,
  onShown: () => void,
): Promise<void> {
  for (let away = false; !interrupted.aborted; ) {
    const remote = await around.connect(home.folder)
    if (remote !== undefined) {
      if (away) print.note('Your Nigh is back.')
      await server.show(remote)
      onShown()
      await until(interrupted, new Promise<void>((resolve) => void remote.onEnd(resolve)))
      remote.detach()
      await server.show(undefined)
      if (!interrupted.aborted) print.note('Your Nigh has ended. The page goes on when it is back: nigh up')
      away = true
    }
    await until(interrupted, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS)))
  }
}

/** Resolves at the signal or with `other`, whichever comes first. */
function until(signal: AbortSignal, other: Promise<unknown> | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) return done()
    signal.addEventListener('abort', done, { once: true })
    other?.then(done, reject)
  })
}
