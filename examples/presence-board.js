/**
 * A board on the wall of an office: who is here, printed anew with each change. It looks and says nothing of itself.
 *
 *     node examples/presence-board.js [HOME]
 */
import { createPeer } from 'nigh'

const peer = await createPeer({ home: process.argv[2] ?? './board', name: 'Board', visiting: true })

for (const word of ['SIGINT', 'SIGTERM']) process.once(word, () => peer.close())

const shown = new Map()
for await (const event of peer.events()) {
  if (event.event === 'snapshot') {
    shown.clear()
    for (const one of event.people) shown.set(one.who.peerId, one)
  } else if (event.event === 'presence') shown.set(event.who.peerId, event)
  else continue
  const lines = [...shown.values()]
    .filter(({ evidence }) => evidence === 'live' || evidence === 'heard')
    .map(({ who, presence }) => `${who.name}  ${presence?.note ?? presence?.tuples[0]?.status.basic ?? ''}`)
  console.log(`--- ${lines.length} here\n${lines.sort().join('\n')}`)
}
