/** How the screen comes to an Agent: the running peer of the home, or one that runs in this process. */
import type { Agent } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { asItRuns } from '../cli/as-it-runs.ts'
import { runPeer } from '../cli/attach.ts'
import type { Call } from '../cli/call.ts'
import { serveAgent } from '../rpc/serve-agent.ts'

export interface Connection {
  as: 'own' | 'attached'
  agent: Agent
  /** The far end said that it hands the home over to another. */
  readonly handedOver: boolean
  /** Why our own peer ended by itself: another one runs with its key. */
  readonly refused?: NighError | undefined
  /** Lets go of a running peer; ends our own with a goodbye. Idempotent. */
  leave(): Promise<void>
}

/** The running peer, else one of our own. */
export async function connected(call: Call<object>): Promise<Connection> {
  const attached = await attachedTo(call)
  if (attached !== undefined) return attached
  if (call.globals.start === false)
    throw new NighError(
      'no-peer',
      `No Nigh is running for this home, and --no-start keeps this one from starting it. Start it in another terminal: nigh up${call.home.flags}`,
    )
  try {
    return await runHere(call)
  } catch (cause) {
    // Another terminal was quicker.
    const other =
      cause instanceof NighError && cause.code === 'home-in-use' ? await attachedTo(call) : undefined
    if (other === undefined) throw cause
    return other
  }
}

/** The peer that runs for this home; one that a command borrowed is none: it ends with its command. */
export async function attachedTo(call: Call<object>): Promise<Connection | undefined> {
  const remote = await call.around.connect(call.home.folder)
  if (remote === undefined) return undefined
  if (remote.running === 'command') {
    remote.detach()
    return undefined
  }
  await asItRuns(call, remote)
  return {
    as: 'attached',
    agent: remote,
    get handedOver() {
      return remote.successor !== undefined
    },
    leave: async () => remote.detach(),
  }
}

/** A peer in this process, with its door open for commands in other terminals. */
export async function runHere(call: Call<object>): Promise<Connection> {
  const agent = await runPeer(call, {})
  let refused: NighError | undefined
  void agent.refused?.then((cause) => {
    refused = cause
  })
  const door = await serveAgent(agent, { home: call.home.folder, secret: agent.secret, running: 'up' }).catch(
    async (cause: unknown) => {
      await agent.close()
      throw cause
    },
  )
  let leaving: Promise<void> | undefined
  const leave = async (): Promise<void> => {
    // Before the lock is free: what lies at the door's place then belongs to the next.
    await door.retire()
    await agent.close()
    await door.close()
  }
  return {
    as: 'own',
    agent,
    handedOver: false,
    get refused() {
      return refused
    },
    leave: () => {
      leaving ??= leave()
      return leaving
    },
  }
}
