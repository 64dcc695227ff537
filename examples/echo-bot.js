/**
 * Answers everybody with their own words. It is a person like any other: a home, a key, and rules.
 *
 *     node examples/echo-bot.js ./echo
 */
import { createPeer } from 'nigh'

const { NIGH_MESH: mesh, NIGH_INTERFACE: names } = process.env
const peer = await createPeer({
  home: process.argv[2] ?? './echo',
  name: 'Echo',
  ...(mesh ? { mesh } : {}),
  ...(names ? { interfaces: names.split(',') } : {}),
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => peer.close())
console.log(`Echo is here: ${(await peer.whoami()).card}`)

/** Two bots of this kind would talk for ever. */
const MARK = 'echo: '

for await (const event of peer.events()) {
  if (event.event === 'request') await peer.accept({ who: event.who.peerId })
  if (event.event !== 'message' || event.disposition !== 'accepted' || event.text.startsWith(MARK)) continue
  const { outcome } = await peer.send({ to: event.from.peerId, text: MARK + event.text })
  console.log(`${event.from.peerId}: ${outcome}`)
}
