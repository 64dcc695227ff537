/**
 * A view is one rendition for one audience: it decides what of the presentity is said at all (RFC 5025's
 * transformations). Fetch and notification go through the same function, so they cannot differ (RFC 2779 2.3.3).
 */
import type { Basic, PresenceTuple } from '../agent.ts'
import type { Rendition } from '../envelope/presence-information.ts'
import { type Cover, coverOf, isCover, type View } from '../rules/rule.ts'
import { derivedBasic, type Presentity } from './presentity.ts'
import { INBOX_TUPLE, type KeptTuple } from './tuples.ts'

/** `nearby` and `contacts` are shared by many watchers; a cover is made for one alone. */
export type ViewName = 'nearby' | 'contacts' | Cover

/** The view that a rule names. A name we cannot render (of a future version) shows the least: `nearby`. */
export function viewNamed(view: View): ViewName {
  return view === 'contacts' || isCover(view) ? (view as ViewName) : 'nearby'
}

/** What `view` shows of `presentity`. */
export function render(view: ViewName, presentity: Presentity): Rendition {
  if (isCover(view)) return render(coverOf(view).covers, asClosed(presentity))
  const basic = derivedBasic(presentity)
  if (view === 'contacts') return everything(presentity, basic)
  // Name and basic, nothing else: in a café everybody with a fresh key is nearby (fault P8).
  return { name: presentity.name, tuples: [{ id: INBOX_TUPLE, status: { basic } }] }
}

/**
 * Me as somebody who set himself closed, without a note and with nothing else: the cover is what such a person shows to
 * the same audience, through the same rendering (fault P3). Everything is named, so that nothing true slips in.
 */
function asClosed({ peerId, name, elision = false }: Presentity): Presentity {
  return { peerId, name, status: { basic: 'closed', activities: [] }, inboxAccepts: true, elision }
}

function everything(presentity: Presentity, basic: Basic): Rendition {
  const { activities, note, notes, until } = presentity.status
  const { userInput, tuples = [] } = presentity
  const withheld = basic === 'closed' && presentity.elision === true
  const inbox: PresenceTuple = {
    id: INBOX_TUPLE,
    status: { basic, ...(activities.length === 0 ? {} : { activities: [...activities] }) },
    ...(withheld ? {} : { address: `im:${presentity.peerId}` }),
  }
  return {
    name: presentity.name,
    tuples: [inbox, ...tuples.filter(({ views }) => views.includes('contacts')).map(shown)],
    ...(note === undefined ? {} : { note }),
    ...(notes === undefined ? {} : { notes }),
    ...(until === undefined ? {} : { until }),
    ...(userInput === undefined ? {} : { userInput }),
  }

  function shown({ views: _, status, ...tuple }: KeptTuple): PresenceTuple {
    const { address } = tuple
    const ofInbox = address?.toLowerCase().startsWith(`im:${presentity.peerId}`.toLowerCase()) === true
    if (!ofInbox || basic === 'open') return { ...tuple, status }
    // An inbox of mine: OPEN is derived for it as well, and its address is withheld as well.
    const { address: _address, ...unaddressed } = tuple
    return { ...(withheld ? unaddressed : tuple), status: { ...status, basic } }
  }
}
