/**
 * Every constant of the conversation, each with where it comes from. What is marked "a guess" may be tuned;
 * everything else has a reason that would have to change first. PROTOCOL.md is the same in prose.
 */

// ------------------------------------------------------------------ versions and names

/** Newest wire version spoken here. */
export const VERSION = 1
/** Oldest wire version still understood. */
export const OLDEST_VERSION = 1

/** Stream protocols of the two long-lived channels. A bulk sender must not delay a beat, so there are two. */
export const PRESENCE_PROTOCOL = '/nigh/presence/1'
export const MESSAGES_PROTOCOL = '/nigh/messages/1'
/** Stream protocol of a FETCH: one question, one answer, and the stream is over. */
export const FETCH_PROTOCOL = '/nigh/fetch/1'

/** The carrier topic of a mesh: its hash, so that the topic names nobody and no place. */
export const carrierTopic = (meshHash: string): string => `nigh/1/${meshHash}`

/** Signed bytes begin with one of these, so no signature can be taken for another kind. */
export const DOMAIN_ANNOUNCEMENT = 'nigh announcement 1'
export const DOMAIN_LETTER = 'nigh letter 1'
export const DOMAIN_MESH = 'nigh mesh 1'

/** Bytes of the mesh name's SHA-256 that travel: enough to tell meshes apart, it protects nothing. */
export const MESH_HASH_BYTES = 8
export const INSTANCE_BYTES = 16
export const MESSAGE_ID_BYTES = 16

// ------------------------------------------------------------------ sizes

/** "Small" (RFC 2778 INSTANT MESSAGE) in bytes of body: 64 KiB hold a long letter, and a frame of them still fits one read. */
export const BODY_LIMIT = 64 * 1024
/** One frame, length prefix excluded: a full body and 4 KiB for its header. */
export const FRAME_LIMIT = 68 * 1024
/** A request from a stranger: enough to say who and why. */
export const HELD_BODY_LIMIT = 1024
/** An encoded PRESENCE INFORMATION, in bytes. */
export const DOCUMENT_LIMIT = 32 * 1024
export const TUPLES_LIMIT = 100
/** A document within both is announced; a larger one is announced as "changed" and travels by renewal. */
export const ANNOUNCED_TUPLES_LIMIT = 10
export const ANNOUNCED_DOCUMENT_LIMIT = 2048
/** Whole lengths an announcement may have, so that length tells a class and no more. */
export const SIZE_CLASSES = [512, 1024, 2048, 4096] as const
/** Characters of a display name, note, activity, label, content type. Long enough for people, short enough for a line. */
export const NAME_LIMIT = 64
export const NOTE_LIMIT = 500
export const ACTIVITY_LIMIT = 40
export const ACTIVITIES_LIMIT = 16
export const LABEL_LIMIT = 32
export const CONTENT_TYPE_LIMIT = 127 // RFC 6838 4.2: type and subtype at most 127 characters each
export const ADDRESS_LIMIT = 512
export const MARKUP_LIMIT = 64
/** Bytes of one element of OTHER PRESENCE MARKUP: a business card or a place, no picture. Eight fill a document. A guess. */
export const MARKUP_CONTENT_LIMIT = 4 * 1024
/** Characters of a language tag: RFC 5646 4.4.1 asks for room for 35. */
export const LANGUAGE_LIMIT = 35

// ------------------------------------------------------------------ keys and grants

/** A view key lives this long; a grant carries two. So a key reads on for at most 20 min after the last grant. */
export const PERIOD_MS = 10 * 60_000
/** Renewal comes at a random point in this part of a period: early enough for a second try before the next turn. */
export const RENEW_FROM = 0.5
export const RENEW_TO = 0.9
/** A change told by a beat and not seen on the carrier after this is asked for. Gossip needs under 50 ms on a LAN. */
export const REPAIR_AFTER_MS = 300
/** A request that lacks only being heard by multicast is decided after this: an answer on the air is at most a second late. */
export const NEAR_GRACE_MS = 2_000
/** Requests for a grant in flight that get no answer are sent again after this. A guess. */
export const GRANT_ANSWER_MS = 5_000
/** A question on a stream of its own: a name and little else. */
export const QUESTION_LIMIT = 1024
/** Its answer comes within this: twice the grace for being heard, and some. A guess. */
export const ANSWER_WITHIN_MS = 5_000
/** Watchers of somebody in one answer: with the longest ids and names they still fit one frame. */
export const SHOWN_WATCHERS_LIMIT = 200
/** Questions of one link that may be unanswered at once: a person who looks, and a poller. A guess. */
export const QUESTIONS_AT_ONCE = 4

// ------------------------------------------------------------------ beats and links

/** Contacts and people on screen. Two misses are 4 s plus one echo: a pulled cable shows within 5 s. */
export const BEAT_CLOSE_MS = 2_000
/** Everybody else: two misses are 40 s, within the 45 s promised. */
export const BEAT_FAR_MS = 20_000
/** At most this many are beaten closely: 50 beats and echoes per 2 s are 0.3 % of a core (fault N2). */
export const CLOSE_BEATS_LIMIT = 50
/** Misses until `unknown`, and until the link is closed. */
export const MISSES_UNKNOWN = 2
export const MISSES_CLOSE = 4
/** A peer that opens a link and says nothing: 10 s for both hellos. A guess. */
export const HELLO_WITHIN_MS = 10_000
/** A difference of clocks or a gap of the loop above this is a sleep: no loop of ours stands so long. */
export const SLEEP_GAP_MS = 5_000

// ------------------------------------------------------------------ places and dialling

/** Peers with a link at once, and how many of those places only contacts may take: strangers must not lock out friends (fault N3). */
export const PLACES = 400
export const PLACES_FOR_CONTACTS = 100
/** libp2p's own limit: a backstop that ours must never reach. */
export const CONNECTION_BACKSTOP = 600
/** Links per remote address for people who are no contacts; never counted for loopback and own addresses. */
export const LINKS_PER_ADDRESS = 8
export const DIALS_AT_ONCE = 20
export const DIAL_TIMEOUT_MS = 5_000
/** To a contact that is away: the address answers on a LAN in milliseconds or not at all. */
export const REDIAL_TIMEOUT_MS = 1_000
/** While a contact is away: at most this apart, for this long; then patience grows. */
export const REDIAL_EVERY_MS = 2_000
export const REDIAL_FOR_MS = 10 * 60_000
/** Two peers that hear each other at once: the larger id waits this long, spread by its id, then dials anyway. */
export const TIE_BREAK_FROM_MS = 150
export const TIE_BREAK_TO_MS = 300

// ------------------------------------------------------------------ the air (discovery)

/** DNS-SD service of Nigh on mDNS. */
export const SERVICE = '_nigh._udp.local'
/** ms after start, network change or resume at which we ask. */
export const ASK_AT = [0, 300, 1_000] as const
/** Then once in this range, jittered; skipped if another's question was heard meanwhile. */
export const ASK_EVERY_FROM_MS = 2 * 60_000
export const ASK_EVERY_TO_MS = 5 * 60_000
/** An answer leaves after a random wait in this range… */
export const ANSWER_FROM_MS = 20
export const ANSWER_TO_MS = 120
/** …stretched to this where more than CROWD peers are known, and at most one per ANSWER_GAP_MS. */
export const ANSWER_CROWD_TO_MS = 500
export const CROWD = 30
export const ANSWER_GAP_MS = 1_000
/** Peers and addresses believed from the air: a forged answer must not aim a thousand dials. */
export const HEARD_PEERS_LIMIT = 500
export const HEARD_ADDRESSES_LIMIT = 8
/** A home that starts calls nobody before another home with its key had the time to say so: on a LAN, a few ms (fault P16). */
export const OWN_KEY_MS = 100
/** For so long after the start another home with our key ends ours: its answer to the last of ASK_AT may be a second late. */
export const STARTING_MS = 2_500
/** Hearing makes near for this long. */
export const HEARD_FOR_MS = 10 * 60_000
/** Near people stay listed this long after their last evidence. */
export const LISTED_FOR_MS = 20 * 60_000

// ------------------------------------------------------------------ the carrier's validator

/** Highest counters are kept for this many keys, this long after last use: two periods, the life of a grant. */
export const COUNTERS_LIMIT = 10_000
export const COUNTERS_FOR_MS = 2 * PERIOD_MS
/** Per neighbour, because keys are free: announcements per second, and the burst. fault P11: 2.5 % of a core at worst. */
export const QUOTA_PER_SECOND = 50
export const QUOTA_BURST = 200
/** A neighbour so many announcements over its quota, with so many forgiven each second, stays over it: at twice the quota after 13 s. A guess. */
export const OVER_LIMIT = 500
export const OVER_FORGIVEN_PER_SECOND = 10
/** Neighbours who are no contacts share a quota where so many leading bits of their addresses agree: a home's network, whoever gives it out. */
export const SHARED_BITS_FOUR = 24
export const SHARED_BITS_SIX = 64

// ------------------------------------------------------------------ messages

/** In flight per channel, whichever comes first (fault M11). */
export const IN_FLIGHT_MESSAGES = 256
export const IN_FLIGHT_BYTES = 1024 * 1024
/** Ids in one receipt: as many as can be in flight. */
export const RECEIPT_IDS_LIMIT = 256
/** Requests held: per stranger, in all, and new ones per remote address and hour. */
export const HELD_PER_STRANGER = 1
export const HELD_LIMIT = 50
export const HELD_PER_ADDRESS_HOUR = 3
/** Recalls remembered from people neither contact nor accepted. */
export const RECALLS_LIMIT = 20
/** Expiry by default for people who are no contacts. */
export const STRANGER_EXPIRY_MS = 7 * 24 * 3_600_000
/**
 * Bytes that wait for a reader before we stop reading from it. Twice what an honest peer may owe (IN_FLIGHT_BYTES and
 * the receipts for as much), so two who send to each other at once never wait for each other.
 */
export const UNREAD_LIMIT = 2 * IN_FLIGHT_BYTES
/** A write that does not drain in this time closes the channel. */
export const DRAIN_WITHIN_MS = 30_000

/** Bytes of a reaction: an emoji of a family or a flag has some forty, and a short word fits as well. */
export const REACTION_LIMIT = 64
/** Edits and deletions kept of one person whose message is not here: order brings a message first, so few have a reason. A guess. */
export const AMENDMENTS_AWAITING_LIMIT = 100

// ------------------------------------------------------------------ composing (RFC 3994)

/** Without a keystroke for this long somebody is idle (RFC 3994 3.2). */
export const COMPOSING_IDLE_MS = 15_000
/** Who goes on composing says so again after this: the least that RFC 3994 3.2 allows. */
export const COMPOSING_AGAIN_MS = 60_000
/** The refresh we announce, in seconds: one repeat and half a minute of grace for it. */
export const COMPOSING_REFRESH_S = 90
/** The refresh of who announces none (RFC 3994 3.3), and the bounds in which an announced one is taken. The upper one is a guess. */
export const COMPOSING_REFRESH_USUAL_S = 120
export const COMPOSING_REFRESH_LEAST_S = 60
export const COMPOSING_REFRESH_MOST_S = 600
/** Signs of one person are at least this far apart, as they leave and as they are shown. A guess: nobody reads faster. */
export const COMPOSING_GAP_MS = 1_000

// ------------------------------------------------------------------ requests and watcher information

/** Pending subscriptions kept in all, and per remote address (fault P15). */
export const PENDING_LIMIT = 100
export const PENDING_PER_ADDRESS = 5
/**
 * A request for a SUBSCRIPTION that nobody answered runs out after this, unless whoever asks is linked; then it is
 * `waiting` (RFC 3857). As long as a message is owed to somebody unknown (STRANGER_EXPIRY_MS): both end together.
 */
export const PENDING_FOR_MS = 7 * 24 * 3_600_000
/** Keys that received nothing are listed one by one up to so many per remote address, and in all within a day (fault P15). */
export const UNSERVED_PER_ADDRESS = 20
export const UNSERVED_A_DAY = 80
/** WATCHER INFORMATION is kept this long unless told otherwise. */
export const WATCHERS_FOR_MS = 30 * 24 * 3_600_000
