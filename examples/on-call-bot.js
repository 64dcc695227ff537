/**
 * A number for emergencies. Whoever writes `on` to it is on call from then on; whatever comes to its inbox `oncall` is
 * passed on to them, and the sender hears whether it arrived. Its contacts see in its presence who is on call.
 *
 *     node examples/on-call-bot.js ./oncall          # then: nigh send "On call/oncall" "the database is down"
 */
import { createPeer } from 'nigh'

const { NIGH_MESH: mesh, NIGH_INTERFACE: names } = process.env
const peer = await createPeer({
  home: process.argv[2] ?? './oncall',
  name: 'On call',
  ...(mesh ? { mesh } : {}),
  ...(names ? { interfaces: names.split(',') } : {}),
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => peer.close())
const { peerId, card } = await peer.whoami()

// Emergencies come from anybody; all else is for people it knows.
await peer.deliveryRules({ inboxes: { default: [], oncall: [{ then: 'accept' }] } })
/** @type {import('nigh').Person | undefined} */
let onCall
await show()
console.log(`On call is here: ${card}`)

for await (const event of peer.events()) {
  // Whoever knocks may take a shift.
  if (event.event === 'request') await peer.accept({ who: event.who.peerId, contact: true })
  if (event.event !== 'message' || event.disposition !== 'accepted') continue
  if (event.inbox === 'oncall') await passOn(event)
  else if (event.text.trim() === 'on') await begin(event.from)
}

/** Shows by a tuple of its own who is on call, and where to write. */
async function show() {
  const note = onCall === undefined ? 'nobody is on call' : `${onCall.name} is on call`
  const basic = onCall === undefined ? 'closed' : 'open'
  await peer.publishTuple({ id: 'oncall', status: { basic, note }, address: `im:${peerId}/oncall` })
}

async function begin(person) {
  onCall = person
  await show()
  await peer.send({ to: person.peerId, text: 'You are on call.' })
}

async function passOn({ from, text }) {
  const to = onCall?.peerId
  const passed = to && (await peer.send({ to, text: `${from.name}: ${text}`, waitMs: 5_000 }))
  const arrived = passed?.outcome === 'success'
  const said = arrived ? `${onCall.name} has it.` : 'Nobody has it yet. Call somebody.'
  await peer.send({ to: from.peerId, text: said })
}
