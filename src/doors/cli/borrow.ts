/**
 * A borrowed peer: where none runs, a command starts one for its own duration, as a visitor, and serves the home's
 * socket meanwhile. The command itself comes in through that door like any other, so there is one way to be served
 * and one way to be handed over.
 */
import { NighError } from '../../errors.ts'
import type { RemoteAgent } from '../rpc/connect-agent.ts'
import type { Call } from './call.ts'
import type { PeerOptions } from './surroundings.ts'

/**
 * Other commands that came in have this long to have their answers, ms: as long as a command waits by default. Whoever
 * is still there then, and who only follows, is handed the home.
 */
const OTHERS_MS = 5_000

export interface Borrowed {
  agent: RemoteAgent
  release(): Promise<void>
}

/** Opens a visiting peer and its door. Rejects with `home-in-use` while another process holds the home. */
export async function borrow(
  { around, home }: Pick<Call<object>, 'around' | 'home'>,
  options: Omit<PeerOptions, 'network' | 'visiting'>,
): Promise<Borrowed> {
  const peer = await around.openPeer({ ...options, network: true, visiting: true })
  try {
    const { serveAgent } = await import('../rpc/serve-agent.ts')
    const door = await serveAgent(peer, { home: home.folder, secret: peer.secret, running: 'command' })
    const agent = await around.connect(home.folder)
    if (agent === undefined) {
      await door.close()
      throw new NighError('unexpected', 'The peer that was started for this command does not answer.')
    }
    const interrupted = around.interrupted()
    return {
      agent,
      release: async () => {
        agent.detach()
        // Ctrl-C is for this process, not for its guests: they get the home, and time to take it.
        await door.quiet(OTHERS_MS, interrupted)
        await door.handOver('anyone')
      },
    }
  } catch (cause) {
    await peer.close()
    throw cause
  }
}
