/** `--mesh` and `--interface` are settled when a Nigh starts: beside one that runs already they must not pass unheard. */
import { NighError } from '../../errors.ts'
import type { RemoteAgent } from '../rpc/connect-agent.ts'
import type { Call } from './call.ts'
import { harmless } from './harmless.ts'

type Asked = Pick<Call<object>, 'globals' | 'home' | 'print'>

/**
 * Lets go of `remote` and rejects with `home-in-use` where the running Nigh is on another mesh than was asked for: it would
 * speak to other people than was meant. That it keeps its interfaces is said.
 */
export async function asItRuns(asked: Asked, remote: RemoteAgent): Promise<void> {
  try {
    await compare(asked, remote)
  } catch (cause) {
    remote.detach()
    throw cause
  }
}

async function compare({ globals, home, print }: Asked, remote: RemoteAgent): Promise<void> {
  if (globals.mesh !== undefined) {
    const { mesh } = await remote.whoami()
    if (mesh !== globals.mesh)
      throw new NighError(
        'home-in-use',
        `The Nigh that runs for this home is on the mesh "${harmless(mesh)}", and stays there. For the mesh "${globals.mesh}" end it first: nigh down${home.flags}`,
        { cause: remote.running },
      )
  }
  if (globals.interface !== undefined)
    print.warn({
      code: 'interfaces-kept',
      message:
        'A Nigh runs for this home already, and --interface counts when one starts: it goes on speaking where it did.',
    })
}
