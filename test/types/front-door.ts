/** What the types of the front door allow and what they refuse. Never run: the compiler is the test. */
import {
  type Agent,
  type AgentEvent,
  type Amendment,
  createPeer,
  type ErrorCode,
  type KeyStore,
  type Message,
  type MessageId,
  type NighError,
  type Peer,
  type PeerId,
} from '../../src/index.ts'

/** Compiles only where both are the same type. */
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
const isTrue = <_Claim extends true>(): void => {}

export async function compiles(peer: Peer, agent: Agent): Promise<void> {
  await createPeer({ home: 'here' })
  await using made = await createPeer({ home: 'here', start: false, signal: AbortSignal.timeout(1) })
  made satisfies Agent
  // @ts-expect-error a home is always given: it is never guessed
  await createPeer({})
  // @ts-expect-error one way, and no other name for it
  await createPeer({ home: 'here', network: true })
  // @ts-expect-error services have names
  await createPeer({ home: 'here', without: ['mesh'] })
  // @ts-expect-error a key store that forgets is none
  const forgetful: KeyStore = { load: async () => undefined }
  void forgetful

  peer.on('message', (message) => {
    isTrue<Same<typeof message, { event: 'message' } & Message>>()
    const id: MessageId = message.id
    // @ts-expect-error an id of a message is none of a peer
    const who: PeerId = message.id
    void [id, who]
  })
  peer.on('presence', ({ change }) => isTrue<Same<typeof change, 'came' | 'changed' | 'left' | 'unknown'>>())
  const stop = peer.on('outcome', () => {}, { signal: AbortSignal.timeout(1) })
  isTrue<Same<ReturnType<typeof stop>, void>>()
  // @ts-expect-error a snapshot begins a stream, and is told to no listener
  peer.on('snapshot', () => {})
  // @ts-expect-error there is no such event
  peer.on('mesage', () => {})

  for await (const event of agent.events({ since: 1 })) {
    if (event.event === 'request') isTrue<Same<typeof event.kind, 'message' | 'subscription'>>()
    // @ts-expect-error only some events have a text
    void event.text
    isTrue<Same<typeof event, AgentEvent>>()
  }

  // @ts-expect-error whom to write to
  await agent.send({ text: 'hi' })
  const sent = await agent.send({ to: 'bob', text: 'hi' }, { signal: AbortSignal.timeout(1) })
  const { outcome } = sent
  isTrue<Same<typeof outcome, 'success' | 'failure' | 'indeterminate'>>()
  const { amends } = await agent.edit({ id: sent.id, text: 'hello' })
  isTrue<Same<typeof amends, { id: MessageId; by: 'edit' | 'delete' | 'react' | 'unreact' } | undefined>>()
  await agent.react({ id: sent.id, reaction: null })
  // @ts-expect-error which reaction, or that it is taken back
  await agent.react({ id: sent.id })
  await agent.reply({ replyTo: sent.id, text: 'yes' })
  // @ts-expect-error whom it goes to says the message that it answers
  await agent.reply({ replyTo: sent.id, to: 'bob', text: 'yes' })
  await agent.deleteForBoth({ id: sent.id, waitMs: 1 })
  peer.on('amended', ({ by, message }) => {
    isTrue<Same<typeof by, Amendment>>()
    const mine: boolean = 'outcome' in message
    void [mine, message.edited, message.deleted, message.reaction, message.quoted]
  })
  // @ts-expect-error a status is open or closed
  await agent.status({ basic: 'away' })
  // @ts-expect-error only a peer in this process is suspended
  await agent.suspend()
}

export function codes(failure: NighError): string {
  const code: ErrorCode = failure.code
  // @ts-expect-error no such code
  if (code === 'not-found') return ''
  return code
}
