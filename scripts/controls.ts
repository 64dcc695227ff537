/**
 * The controls: each guarantee has one line that keeps it. In a copy of the tree that line is taken away, and the
 * test that guards it must turn red. A test that stays green guards nothing.
 *
 *     npm run test:controls
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Control {
  /** What is promised. */
  promise: string
  file: string
  /** The line, or part of it, that keeps the promise; it must occur exactly once. */
  line: string
  /** What stands there once the promise is broken. */
  broken: string
  test: string
}

const PROMISES = 'test/scene/promises.test.ts'
const RECORDER = 'test/simulation/recorder.test.ts'
const PRESENCE = 'test/scene/presence.test.ts'
const SLEEP = 'test/scene/sleep.test.ts'
const RECEIPTS = 'test/scene/receipts.test.ts'
const COMPOSING = 'test/scene/composing.test.ts'
const LETTERS = 'test/scene/hostile-letters.test.ts'
const WIRE = 'test/bad-input/message-channel.test.ts'
const IDS = 'test/scene/hostile-ids.test.ts'
const KEYS_END = 'test/scene/keys-end.test.ts'
const VISIBILITY = 'test/scene/visibility.test.ts'
const WATCHING = 'test/scene/watching.test.ts'
const DELIVERY = 'test/scene/delivery.test.ts'
const POWER = 'test/store/power.test.ts'
const COMMITS = 'test/store/group-commit.test.ts'
const MARK = 'test/store/mark.test.ts'
const SENDING = 'test/service/sending.test.ts'
const RECEIVING = 'test/service/receiving.test.ts'
const TUPLES = 'test/scene/tuples.test.ts'
const ACCESS = 'test/scene/access.test.ts'
const ACCESS_TURNS = 'test/scene/access-turns.test.ts'
const AGENT = 'test/contract/agent.test.ts'
const FRONT_DOOR = 'test/scene/front-door.test.ts'
const HANGING = 'test/scene/hanging-network.test.ts'
const WEBSOCKET = 'test/doors/websocket.test.ts'
const ONE_KEY = 'test/scene/one-key-twice.test.ts'
const POLITE = 'test/scene/polite-block.test.ts'
const POLITE_WHIMS = 'test/simulation/polite-whims.test.ts'

const BEHIND = 'test/scene/behind-a-request.test.ts'
const AMENDMENTS = 'test/scene/hostile-amendments.test.ts'
const BACKUP = 'test/scene/backup.test.ts'
const BACKUP_FILE = 'test/store/backup-file.test.ts'
const ELECTRON = 'test/electron/main-and-preload.test.ts'
const UTILITY = 'test/electron/utility-process.test.ts'
const PAGE_SERVER = 'test/web/serve-page.test.ts'
const SCREEN = 'test/tui/screen.test.ts'
const CALLS = 'test/tui/calls.test.ts'
/** As it stands in the source. */
const ORIGIN_IS_OURS = 'headers.host === host && headers.origin === `http://${'.concat('host}`')

const controls: Control[] = [
  {
    promise: 'what was not settled in a backup is not sent again after a restore (fault M7)',
    file: 'src/store/restore.ts',
    line: "recall = 'recalled' WHERE state <> 'settled'",
    broken: "recall = NULL WHERE state <> 'settled'",
    test: BACKUP,
  },
  {
    promise: 'a backup that was cut at the end of a chunk is noticed (fault C4)',
    file: 'src/store/backup-file.ts',
    line: 'nonce[NONCE_BYTES - 1] = isLast ? 1 : 0',
    broken: 'nonce[NONCE_BYTES - 1] = Number(isLast) * 0',
    test: BACKUP_FILE,
  },
  {
    promise: 'with elision no inbox address leaves while closed (scene 4)',
    file: 'src/presentity/views.ts',
    line: "const withheld = basic === 'closed' && presentity.elision === true",
    broken: 'const withheld = false',
    test: TUPLES,
  },
  {
    promise: 'people near get nothing of a tuple (scene 31, fault P8)',
    file: 'src/presentity/views.ts',
    line: "if (view === 'contacts') return everything(presentity, basic)",
    broken: "if (view === 'contacts' || view === 'nearby') return everything(presentity, basic)",
    test: TUPLES,
  },
  {
    promise: 'a document that nobody could be given is refused to who publishes it',
    file: 'src/service/publishing.ts',
    line: 'if (bytes > DOCUMENT_LIMIT)',
    broken: 'if (bytes > 2 * DOCUMENT_LIMIT)',
    test: TUPLES,
  },
  {
    promise: 'only the basic of the inbox says whether it accepts (scene 3)',
    file: 'src/peer.ts',
    line: 'if (appearsReady(sighting)) sending',
    broken:
      "if (appearsReady(sighting) || sighting.presence?.tuples.some(({ status }) => status.basic === 'open')) sending",
    test: TUPLES,
  },
  {
    promise: 'those we watch have a share of the carrier that no flood takes (fault P11)',
    file: 'src/envelope/validator.ts',
    line: "if (!(isWatched && passes('watched', now)) && !passes",
    broken: 'if (!passes',
    test: 'test/envelope/validator.test.ts',
  },
  {
    promise: 'whoever floods on loses the link (fault P11)',
    file: 'src/service/watching.ts',
    line: "links.hangUp(neighbour, 'no-place')",
    broken: 'void neighbour',
    test: 'test/simulation/flood.test.ts',
  },
  {
    promise: 'a home that was copied is refused where the other one runs (fault P16)',
    file: 'src/service/discovering.ts',
    line: 'return listener.identityTaken(source)',
    broken: 'void listener',
    test: ONE_KEY,
  },
  {
    promise: 'of two copies that start at one instant one stays (fault P16)',
    file: 'src/service/discovering.ts',
    line: '&& (!starting || stays)',
    broken: '',
    test: ONE_KEY,
  },
  {
    promise: 'of two copies that start within seconds the first stays (fault P16)',
    file: 'src/mesh/air.ts',
    line: 'theirStart === startedAt ? theirLife < life : theirStart < startedAt',
    broken: 'theirStart === startedAt ? theirLife < life : theirStart > startedAt',
    test: 'test/contract/mesh.test.ts',
  },
  {
    promise: 'a newcomer calls nobody before the first home could answer (fault P16)',
    file: 'src/service/link-service.ts',
    line: 'dials.start(house.visiting ? 0 : OWN_KEY_MS)',
    broken: 'dials.start(house.visiting ? OWN_KEY_MS : 0)',
    test: ONE_KEY,
  },
  {
    promise: 'a port that is forwarded to ours is no other home of ours (fault P16)',
    file: 'src/mesh/node.ts',
    line: 'return proof.result && !proof.isOurselves',
    broken: 'return proof.result',
    test: 'test/mesh/air.test.ts',
  },
  {
    promise: 'only who holds our key is another home of ours (fault P16)',
    file: 'src/mesh/air.ts',
    line: 'if (proved && running) echoed',
    broken: 'if ((proved || true) && running) echoed',
    test: 'test/mesh/air.test.ts',
  },
  {
    promise: 'contacts beyond the places take turns (scene 29)',
    file: 'src/neighbourhood/places.ts',
    line: 'leaver(undefined, strangers) ?? longestHere(others) ?? link.number',
    broken: 'leaver(undefined, strangers) ?? link.number',
    test: 'test/neighbourhood/places.test.ts',
  },
  {
    promise: 'whoever stands aside for want of places is heard, not lost (scene 29)',
    file: 'src/watcher/watcher.ts',
    line: 'one.traces.asideSince = now',
    broken: 'void now',
    test: 'test/watcher/watcher.test.ts',
  },
  {
    promise: 'few are beaten closely, whoever comes (fault N2)',
    file: 'src/neighbourhood/beat.ts',
    line: 'wanted.slice(0, CLOSE_BEATS_LIMIT)',
    broken: 'wanted',
    test: 'test/service/link-service.test.ts',
  },
  {
    promise: 'a record of which one byte was changed on its way is not read',
    file: 'src/envelope/cipher.ts',
    line: 'Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])',
    broken: 'decipher.update(sealed.subarray(0, -TAG_BYTES))',
    test: 'test/mesh/noise-crypto.test.ts',
  },
  {
    promise: 'presence information leaves only sealed',
    file: 'src/envelope/announcement.ts',
    line: 'announcement.set(cipher.seal(key, nonceOf(header), padded, header), HEADER_BYTES)',
    broken: 'announcement.set(padded, HEADER_BYTES); void [cipher, nonceOf, key, header]',
    test: PROMISES,
  },
  {
    promise: 'nothing on the carrier names anybody',
    file: 'src/envelope/announcement.ts',
    line: 'announcement.set(cipher.seal(key, nonceOf(header), padded, header), HEADER_BYTES)',
    broken: 'announcement.set(padded, HEADER_BYTES); void [cipher, nonceOf, key, header]',
    test: RECORDER,
  },
  {
    promise: 'each view has keys of its own',
    file: 'src/presentity/grants.ts',
    line: '    key: chance(KEY_BYTES),',
    broken: '    key: new Uint8Array(KEY_BYTES),',
    test: PROMISES,
  },
  {
    promise: 'a message is owed before its first byte leaves',
    file: 'src/service/sending.ts',
    line: '        owed = await store.outbox.owe(',
    broken:
      "        if (channel !== undefined) channel.send(messageFrame({ ...row, seq: 0, outcome: 'indeterminate', at: 0 }, undefined, 0))\n" +
      '        owed = await store.outbox.owe(',
    test: PROMISES,
  },
  {
    promise: 'a message is kept before it is acknowledged',
    file: 'src/service/receiving.ts',
    line: 'const kept = await store.inbox.keep(together.map(({ row }) => row))',
    broken:
      "for (const { arrival } of together) answer(arrival, { disposition: 'delivered' })\n" +
      '    const kept = await store.inbox.keep(together.map(({ row }) => row))',
    test: PROMISES,
  },
  {
    promise: 'what is acknowledged is on the disk, not only with the kernel',
    file: 'src/store/database.ts',
    line: "const SYNCED = 'PRAGMA synchronous = FULL'",
    broken: "const SYNCED = 'PRAGMA synchronous = OFF'",
    test: POWER,
  },
  {
    promise: 'a commit among others without an fsync has its own',
    file: 'src/store/database.ts',
    line: 'sync(waiting.some(({ synced }) => synced))',
    broken: 'sync(waiting.every(({ synced }) => !synced))',
    test: POWER,
  },
  {
    promise: 'a failure that is told is on the disk, as a success need not be',
    file: 'src/store/outbox.ts',
    line: "answers.every(({ outcome }) => outcome === 'success') ? db.note(change) : db.write(change)",
    broken: 'db.note(change)',
    test: COMMITS,
  },
  {
    promise: 'a store cut off in its birth opens',
    file: 'src/store/schema.ts',
    line: 'if (!isHalfWritten(cause)) throw',
    broken: 'void isHalfWritten; throw',
    test: POWER,
  },
  {
    promise: 'nothing counts as synced before it is',
    file: 'src/store/database.ts',
    line: '      if (syncing) {\n',
    broken: '      {\n',
    test: COMMITS,
  },
  {
    promise: 'a damaged log is not taken for a shorter one',
    file: 'src/store/mark.ts',
    line: 'soundFrames(log, frames) === frames',
    broken: 'soundFrames(log, frames) <= frames',
    test: MARK,
  },
  {
    promise: 'a log that is gone is missed',
    file: 'src/store/schema.ts',
    line: 'lastNumber({ one }) < mark.number',
    broken: 'lastNumber({ one }) < 0',
    test: MARK,
  },
  {
    promise: 'a damaged store promises nothing more',
    file: 'src/store/database.ts',
    line: 'if (damage !== undefined) return Promise.reject(damage)',
    broken: 'damage = undefined',
    test: MARK,
  },
  {
    promise: 'what could not be written down is asked again',
    file: 'src/service/line.ts',
    line: 'clock.monotonic() + BEGIN_AGAIN_MS, () => {',
    broken: 'clock.monotonic() + 1_000 * BEGIN_AGAIN_MS, () => {',
    test: SENDING,
  },
  {
    promise: 'a damaged store is not asked again',
    file: 'src/service/line.ts',
    line: "if (cause instanceof NighError && cause.code === 'store-damaged') return",
    broken: 'void NighError',
    test: SENDING,
  },
  {
    promise: 'whose store is damaged makes nobody send again and again',
    file: 'src/service/arrivals.ts',
    line: "if (code !== 'store-damaged') channel.close()",
    broken: 'channel.close()',
    test: RECEIVING,
  },
  {
    promise: 'a full disk that comes again is told again',
    file: 'src/service/arrivals.ts',
    line: "if (patience > FULL_FROM_MS) house.mended('store-full')",
    broken: '',
    test: RECEIVING,
  },
  {
    promise: 'a view key lives for one period',
    file: 'src/presentity/grants.ts',
    line: 'ends: begins + PERIOD_MS',
    broken: 'ends: begins + 100 * PERIOD_MS',
    test: PRESENCE,
  },
  {
    promise: 'what is taken from somebody ends the keys they hold',
    file: 'src/presentity/grants.ts',
    line: 'view.periods = periodsFrom(begins)',
    broken: 'void [periodsFrom, begins]',
    test: PRESENCE,
  },
  {
    promise: 'a sleep counts: no age, key or grant stands still in it',
    file: 'src/service/sleepless-clock.ts',
    line: '        slept += apart\n',
    broken: '',
    test: SLEEP,
  },
  {
    promise: 'whose keys ended in our sleep is given new ones at once',
    file: 'src/service/granting.ts',
    line: 'if (neighbour !== undefined && ended && !giving.has(peer)) answer(neighbour, asked, true)',
    broken: 'void [neighbour, asked, ended]',
    test: SLEEP,
  },
  {
    promise: 'two homes with one key do not oust each other for ever',
    file: 'src/service/link-service.ts',
    line: "if (sessions.of(peer).length === 1) ending.set(peer, 'displaced')",
    broken: '',
    test: 'test/scene/one-key-twice.test.ts',
  },
  {
    promise: 'no grant arrives after its own end',
    file: 'src/service/granting.ts',
    line: 'if (grants.standing(peer, clock.monotonic())?.number === grant.number)',
    broken: '',
    test: PRESENCE,
  },
  {
    promise: 'somebody is called what their presence says, in the event that tells it',
    file: 'src/service/watching.ts',
    line: 'callBy(peer, belief)',
    broken: '',
    test: PRESENCE,
  },
  {
    promise: 'a link that is up and silent makes nobody live',
    file: 'src/service/watching.ts',
    line: 'if (!silent.has(peer)) tell(',
    broken: 'tell(',
    test: PRESENCE,
  },
  {
    promise: 'two changes of status at once both count',
    file: 'src/service/publishing.ts',
    line: 'const mine = turn.then(',
    broken: 'void turn; const mine = Promise.resolve().then(',
    test: PRESENCE,
  },
  {
    promise: 'no tick from somebody who is closed',
    file: 'src/service/telling.ts',
    line: "if (disposition !== 'held' && !seesMeOpen(peer)) return false",
    broken: 'void seesMeOpen',
    test: 'test/scene/messages.test.ts',
  },
  {
    promise: 'nobody learns by asking again what a closed person reads',
    file: 'src/inbox/inbox.ts',
    line: "row.refused ? 'held' : (row.told ?? row.disposition)",
    broken: "row.refused ? 'held' : row.disposition",
    test: RECEIPTS,
  },
  {
    promise: 'that a message was read is told by choice, and to people who are welcome',
    file: 'src/service/telling.ts',
    line: "discretion.displayReceipts() && disposition === 'delivered' && welcomes(peer)",
    broken: "disposition === 'delivered'",
    test: RECEIPTS,
  },
  {
    promise: 'what was told as the cable was pulled is told again',
    file: 'src/service/telling.ts',
    line: 'if (underWay.has(peer)) house.inBackground(inTurn(peer, () => takeBack(peer)))',
    broken: 'void takeBack',
    test: RECEIPTS,
  },
  {
    promise: 'what came is not told again when the link is lost later',
    file: 'src/service/telling.ts',
    line: 'clock.monotonic() < leftAt + COME_AFTER_MS',
    broken: 'leftAt + COME_AFTER_MS > 0',
    test: RECEIPTS,
  },
  {
    promise: 'who tells no more that he reads does not tell it after all',
    file: 'src/service/telling.ts',
    line: "rows.filter((row) => row.disposition !== 'displayed' || discretion.displayReceipts())",
    broken: 'rows',
    test: RECEIPTS,
  },
  {
    promise: 'what was read is told once',
    file: 'src/service/telling.ts',
    line: 'inTurn(peer, () => tellAll(peer))',
    broken: 'inTurn(peer, async () => (void tellAll(peer), tellAll(peer)))',
    test: RECEIPTS,
  },
  {
    promise: 'a reader who changed his mind is obeyed for what is still owed',
    file: 'src/service/discretion.ts',
    line: 'if (!change.displayReceipts) await store.inbox.forgetUntoldDisplays()',
    broken: '',
    test: RECEIPTS,
  },
  {
    promise: 'no sign of writing leaves for whom it is not meant',
    file: 'src/service/composing.ts',
    line: "maySayTo(peer) ? event : 'over'",
    broken: 'maySayTo(peer) || true ? event : event',
    test: COMPOSING,
  },
  {
    promise: 'nothing is shown of somebody who is not welcome',
    file: 'src/service/composing.ts',
    line: 'if (inbox !== ownInbox || !welcomes(peer) || !seesMeOpen(peer)) return',
    broken: 'void ownInbox',
    test: COMPOSING,
  },
  {
    promise: 'a sign of writing ends with its refresh',
    file: 'src/inbox/composing.ts',
    line: 'return 1000 * Math.min(',
    broken: 'return 100_000 * Math.min(',
    test: COMPOSING,
  },
  {
    promise: 'a message puts the sign of writing out at once',
    file: 'src/service/composing.ts',
    line: "if (letter.kind === 'message' && theirs.has(peer)) hear(peer, { kind: 'over' })",
    broken: '',
    test: COMPOSING,
  },
  {
    promise: 'who writes on and reads no answer is not read either',
    file: 'src/service/link-session.ts',
    line: '    if (channel.backlog <= UNREAD_LIMIT) return',
    broken: '    if (channel.backlog <= 100 * UNREAD_LIMIT) return',
    test: LETTERS,
  },
  {
    promise: 'an answer to a recall that nobody asked is nothing',
    file: 'src/service/recalling.ts',
    line: 'if (row?.recall === undefined) {',
    broken: 'if (row === undefined) {',
    test: LETTERS,
  },
  {
    promise: 'a long message is sent once more for an answer, and no oftener',
    file: 'src/service/recalling.ts',
    line: "if (recalled === 'kept' && (await settle([{ peer, id, state: 'settled', outcome: 'success' }]))) {",
    broken:
      "if (recalled === 'kept') {\n      await settle([{ peer, id, state: 'settled', outcome: 'success' }])",
    test: LETTERS,
  },
  {
    promise: 'strangers with many names are one warning, told ten times',
    file: 'src/service/warnings.ts',
    line: ' || warnedOf.of(code, clock.monotonic()) >= WARNED_PER_CODE',
    broken: '',
    test: LETTERS,
  },
  {
    promise: 'nothing waits behind a request that was never sent',
    file: 'src/service/sending.ts',
    line: "if (disposition === 'held' && news.has(id))",
    broken: "if (disposition === 'held')",
    test: LETTERS,
  },
  {
    promise: 'nothing is a letter before the hello',
    file: 'src/service/link-session.ts',
    line: '      if (!messagesReady) return channel.close()',
    broken: '',
    test: LETTERS,
  },
  {
    promise: 'recalls of strangers are remembered by number',
    file: 'src/service/receiving.ts',
    line: 'const limit = isFriend ? Number.MAX_SAFE_INTEGER : isFlood ? 0 : RECALLS_LIMIT',
    broken: 'const limit = isFlood && isFriend ? 0 : Number.MAX_SAFE_INTEGER; void RECALLS_LIMIT',
    test: LETTERS,
  },
  {
    promise: 'recalls under fresh keys are counted by address',
    file: 'src/service/receiving.ts',
    line: "if (recalled === 'recalled' && isNew) countAddress(recalls, channel)",
    broken: '',
    test: LETTERS,
  },
  {
    promise: 'a recall that is repeated is counted once',
    file: 'src/service/receiving.ts',
    line: '(await store.inbox.known([ref]))[0] === undefined',
    broken: 'true',
    test: 'test/scene/recall.test.ts',
  },
  {
    promise: 'what cannot be kept costs its sender the link, and nobody who wrote at the same time',
    file: 'src/service/arrivals.ts',
    line: 'catch(() => keepEach(batch))',
    broken: 'catch((cause: unknown) => { void keepEach; for (const one of batch) refuse(one, cause) })',
    test: LETTERS,
  },
  {
    promise: 'a new channel begins at the oldest unsettled',
    file: 'src/service/line.ts',
    line: '    conversation.channel = channel\n    beginAgain(conversation)\n',
    broken: '    conversation.channel = channel\n',
    test: 'test/scene/parallel-channels.test.ts',
  },
  {
    promise: 'what may have left is not failed by its clock: its inbox is asked',
    file: 'src/store/outbox.ts',
    line: "    if (before.state === 'owed')",
    broken: '',
    test: 'test/scene/expiry-race.test.ts',
  },
  {
    promise: 'receipts are read no faster than they are judged',
    file: 'src/service/turnstile.ts',
    line: '    if (now >= AT_ONCE) channel.pause()',
    broken: '',
    test: WIRE,
  },
  {
    promise: 'no more than a frame is ever waited for',
    file: 'src/mesh/frames.ts',
    line: "  throw new Error('a length beyond every frame')",
    broken: "  throw new RangeError('a length beyond every frame')",
    test: WIRE,
  },
  {
    promise: 'a receipt counts only from the one it concerns',
    file: 'src/store/outbox.ts',
    line: "rows('outbox.id = ? AND outbox.peer = ?', bytes, number)",
    broken: "rows('outbox.id = ? AND ? > 0', bytes, number)",
    test: IDS,
  },
  {
    promise: 'order is order of arrival, whatever the sender’s clock says',
    file: 'src/store/inbox.ts',
    line: ' ORDER BY seq DESC LIMIT ?`',
    broken: ' ORDER BY sent_at DESC LIMIT ?`',
    test: IDS,
  },
  {
    promise: 'the row is the memory of once, and the first body stands',
    file: 'src/store/inbox.ts',
    line: 'ON CONFLICT (id, peer, label) DO NOTHING',
    broken: 'ON CONFLICT (id, peer, label) DO UPDATE SET body = excluded.body',
    test: IDS,
  },
  {
    promise: 'requests are counted by address',
    file: 'src/service/receiving.ts',
    line: 'arrival.knocked ??= countAddress(knocks, channel)',
    broken: '',
    test: IDS,
  },
  {
    promise: 'other homes of this host are many people behind one address',
    file: 'src/service/receiving.ts',
    line: 'if (links?.isThisHost(remote.host) === true) return false',
    broken: '',
    test: IDS,
  },
  {
    promise: 'a knock is counted once, however often it has to be kept',
    file: 'src/service/receiving.ts',
    line: 'arrival.knocked ??= countAddress(knocks, channel)',
    broken: 'countAddress(knocks, channel)',
    test: RECEIVING,
  },
  {
    promise: 'another copy of what was refused is refused as well',
    file: 'src/inbox/inbox.ts',
    line: 'if (at.refused !== undefined) return failed(at.refused)',
    broken: '',
    test: 'test/scene/parallel-channels.test.ts',
  },
  {
    promise: 'what waits for the store is overtaken by nothing',
    file: 'src/service/line.ts',
    line: '      conversation.caughtUp = false\n      await store.outbox.markSent(owed)',
    broken: '      conversation.caughtUp = true\n      await store.outbox.markSent(owed)',
    test: SENDING,
  },
  {
    promise: 'what left behind a request waits as what did not leave (fault M5)',
    file: 'src/sender/outbox.ts',
    line: "if (reason === 'rate-limited' && behind) return undefined",
    broken: '',
    test: BEHIND,
  },
  {
    promise: 'that a request is held is known before what was answered behind it (fault M5)',
    file: 'src/service/sending.ts',
    line: 'if (nowHeld) conversation.heldId ??= nowHeld',
    broken: '',
    test: BEHIND,
  },
  {
    promise: 'what is under way behind a request does not pass what was refused before it (fault M5)',
    file: 'src/inbox/inbox.ts',
    line: 'if (at.held.fromSender >= HELD_PER_STRANGER || at.passes)',
    broken: 'if (at.held.fromSender >= HELD_PER_STRANGER)',
    test: BEHIND,
  },
  {
    promise: 'a refusal that comes after the yes is not the end (fault M5)',
    file: 'src/service/sending.ts',
    line: 'acceptedAt !== undefined && clock.monotonic() < acceptedAt + DRAIN_WITHIN_MS',
    broken: 'acceptedAt === -1',
    test: BEHIND,
  },
  {
    promise: 'whoever waited for the store finds out that the line began again',
    file: 'src/service/conversation.ts',
    line: 'return conversation.channel === before.channel && conversation.line === before.line',
    broken: 'return conversation.channel === before.channel',
    test: SENDING,
  },
  {
    promise: 'a recall that was not written down has recalled nothing',
    file: 'src/service/recalling.ts',
    line: 'if (before === undefined) conversation.withdrawn.delete(row.id)',
    broken: '',
    test: SENDING,
  },
  {
    promise: 'what was committed together is told in the order of its numbers',
    file: 'src/service/sending.ts',
    line: "if (owed.state === 'settled') return owed",
    broken:
      "if (owed.state === 'settled') return owed\n      for (let turn = 0; turn < 3; turn++) await undefined",
    test: 'test/scene/order.test.ts',
  },
  {
    promise: 'strangers ring one bell in ten minutes',
    file: 'src/doors/cli/knocks.ts',
    line: 'since >= QUIET_MS',
    broken: 'since >= 0',
    test: 'test/doors/knocks.test.ts',
  },
  {
    promise: 'fifty requests in all',
    file: 'src/inbox/inbox.ts',
    line: 'held.inAll >= HELD_LIMIT || ',
    broken: 'held.inAll > 10 * HELD_LIMIT || ',
    test: IDS,
  },
  {
    promise: 'a stranger who is refused untold reads what every unanswered one reads',
    file: 'src/rules/delivery-rules.ts',
    line: "return contact ? 'closed' : 'rate-limited'",
    broken: "void contact; return 'closed'",
    test: DELIVERY,
  },
  {
    promise: 'a refusal by hand does not show in any frame',
    file: 'src/rules/delivery-rules.ts',
    line: "because: 'rate-limited', truly: 'you refused",
    broken: "because: 'refused', truly: 'you refused",
    test: DELIVERY,
  },
  {
    promise: 'strangers cannot list the inboxes that refuse them',
    file: 'src/rules/delivery-rules.ts',
    line: "if (answers.some((answer) => answer.kind === 'refuse' && answer.because === cover))",
    broken: 'if (answers.length === 0)',
    test: DELIVERY,
  },
  {
    promise: 'what a rule bars is never kept',
    file: 'src/inbox/inbox.ts',
    line: "if (at.delivery.kind === 'refuse') return failed(at.delivery.because)",
    broken: '',
    test: DELIVERY,
  },
  {
    promise: 'a rule means the person it was made for, not who takes their name',
    file: 'src/service/people-in-rules.ts',
    line: 'const found = resolveWho(who, known)',
    broken:
      'const named = acquaintances.find(who)\n' +
      "    const found = named === undefined ? resolveWho(who, known) : { ...named, kind: 'one' as const }",
    test: DELIVERY,
  },
  {
    promise: 'a cover shows a closed person, whatever is true',
    file: 'src/presentity/views.ts',
    line: 'return render(coverOf(view).covers, asClosed(presentity))',
    broken: 'return render(coverOf(view).covers, presentity); void asClosed',
    test: POLITE,
  },
  {
    promise: 'the cover comes as an ordinary change, by the keys she has',
    file: 'src/service/granting.ts',
    line: '    if (after !== undefined && isCover(after) && covering.up(peer, after)) return\n',
    broken: '',
    test: POLITE,
  },
  {
    promise: 'the periods of all views turn together, so that a view of her own does not show',
    file: 'src/presentity/grants.ts',
    line: '      periods: periodsAt(times.now),',
    broken: '      periods: periodsFrom(times.now),',
    test: POLITE,
  },
  {
    promise: 'a cover is as old as this life, and not as the first question about it',
    file: 'src/presentity/grants.ts',
    line: 'truth === undefined ? began.wall : times.wall',
    broken: 'times.wall',
    test: 'test/presentity/grants.test.ts',
  },
  {
    promise: 'who is behind a cover gets fresh keys with those who are not',
    file: 'src/service/granting.ts',
    line: 'views.flatMap((view) => [view, ...grants.coversOf(view, now)])',
    broken: 'views',
    test: POLITE,
  },
  {
    promise:
      'who cancelled before she is politely blocked hears of a closing by the keys she has, as of any (scene 35)',
    file: 'src/service/granting.ts',
    line: 'else if (!covering.up(peer, after)) covering.behind(peer, after)',
    broken:
      'else if (!covering.up(peer, after)) takeBack(peer, grants.readable(peer, clock.monotonic()), after)',
    test: POLITE_WHIMS,
  },
  {
    promise: 'a closing is said by old keys only where somebody else reads by them (scene 35)',
    file: 'src/presentity/grants.ts',
    line: 'until <= now || readers(name, now).length === 0',
    broken: 'until <= now',
    test: POLITE_WHIMS,
  },
  {
    promise: 'who holds the keys of a cover takes them along when they are taken something (scene 35)',
    file: 'src/presentity/grants.ts',
    line: 'if (until !== undefined) readable.set(to, until)',
    broken: '',
    test: POLITE_WHIMS,
  },
  {
    promise: 'the block list stands above all rules',
    file: 'src/rules/access-rules.ts',
    line: "  if (isBlocked(personRules, peer, now)) return final('block', 'this person is blocked')",
    broken: '  void isBlocked',
    test: ACCESS,
  },
  {
    promise: 'a blocked key is told so once, and not again within the minute',
    file: 'src/service/link-service.ts',
    line: 'if (stopping || turnedAway.has(link.peer)) return link.close()',
    broken: 'if (stopping) return link.close()',
    test: ACCESS,
  },
  {
    promise: 'who may only fetch is refused a subscription',
    file: 'src/service/granting.ts',
    line: '        if (fetchOnly === true) return refuse(peer)\n',
    broken: '        void fetchOnly\n',
    test: ACCESS,
  },
  {
    promise: 'who is hidden from keeps what they saw',
    file: 'src/presentity/grants.ts',
    line: 'if (view.frozen || says === view.says) return false',
    broken: 'if (says === view.says) return false',
    test: ACCESS,
  },
  {
    promise: 'a rule takes effect when its hour comes',
    file: 'src/service/access.ts',
    line: '      if (turned) access.turned()\n',
    broken: '      void turned\n',
    test: ACCESS,
  },
  {
    promise: 'a change of the general rules ends the keys of those who cancelled as well (scene 24)',
    file: 'src/service/granting.ts',
    line: '...grants.holders(clock.monotonic())',
    broken: '...grants.given().map(({ watcher }) => watcher)',
    test: ACCESS_TURNS,
  },
  {
    promise: 'keys of who is not linked, or cancelled, end with the rule that gave them',
    file: 'src/service/granting.ts',
    line: 'if (after === undefined) withdraw(peer)',
    broken: 'if (after === undefined) void peer',
    test: 'test/simulation/whims.test.ts',
  },
  {
    promise: 'until when somebody could read is in the list before they read',
    file: 'src/store/watchers.ts',
    line: 'readable_until = coalesce(excluded.readable_until, readable_until)`',
    broken: 'readable_until = readable_until`',
    test: KEYS_END,
  },
  {
    promise: 'who is taken out of a group sees what others see, at once (scene 31)',
    file: 'src/service/contact-book.ts',
    line: 'const row = groupContact(acquaintances.contacts(), peer, groups)',
    broken:
      'const row = groupContact(acquaintances.contacts(), peer, groups); const takeEffect = (_: PeerId) => {}',
    test: ACCESS_TURNS,
  },
  {
    promise: 'who cancelled is told of no later change (scene 21)',
    file: 'src/service/granting.ts',
    line: "end(peer, 'timeout') // RFC 3857: a watcher who unsubscribes",
    broken: '',
    test: ACCESS_TURNS,
  },
  {
    promise: 'who was not heard for ten minutes is near no more (fault P8)',
    file: 'src/neighbourhood/nearness.ts',
    line: 'now - hearing.at < HEARD_FOR_MS',
    broken: 'now - hearing.at < 10 * HEARD_FOR_MS',
    test: 'test/neighbourhood/nearness.test.ts',
  },
  {
    promise: 'what is explained of one who is hidden from is what they see (scene 37)',
    file: 'src/service/explaining.ts',
    line: 'const standing = grants.frozen(shown)?.document',
    broken: 'const standing = undefined',
    test: 'test/scene/explained.test.ts',
  },
  {
    promise: 'a document about Bob that his key did not sign is passed on by nobody (scene 49)',
    file: 'src/envelope/validator.ts',
    line: "if (!verify(announcement, header)) return 'reject'",
    broken: '',
    test: 'test/scene/forged.test.ts',
  },
  {
    promise: 'who is granted now opens what was said in this period, and nothing before (fault P4)',
    file: 'src/presentity/grants.ts',
    line: 'view.periods = now < next.ends ? [next, period(next.ends)] : periodsAt(now)',
    broken:
      'const [{ key }] = view.periods; view.periods = [{ ...next, key }, { ...period(next.ends), key }]',
    test: 'test/scene/forged.test.ts',
  },
  {
    promise: 'every key ends: nothing opens after what the list says',
    file: 'src/presentity/grants.ts',
    line: '    view.periods = now < next.ends ?',
    broken: '    if (now < 0) view.periods = now < next.ends ?',
    test: KEYS_END,
  },
  {
    promise: 'a renewal alone opens nothing',
    file: 'src/service/granting.ts',
    line: 'const asked = asking.get(neighbour.peer)',
    broken:
      "const asked = asking.get(neighbour.peer) ?? { byPerson: false, name: '', visibility: 'named' as const }",
    test: KEYS_END,
  },
  {
    promise: 'what nobody asked for is not shown',
    file: 'src/service/watching.ts',
    line: '    if (subscription === undefined) return // nobody asked (scene 23)\n    const now = clock.monotonic()\n    const askedAt = subscription.askedAt ?? now\n    asked.set(peer, subscriptions.granted(subscription,',
    broken:
      '    const now = clock.monotonic()\n    const askedAt = subscription?.askedAt ?? now\n    asked.set(peer, subscriptions.granted(subscription ?? subscriptions.wish(true),',
    test: KEYS_END,
  },
  {
    promise: 'a change that takes something from somebody ends their keys at once',
    file: 'src/service/granting.ts',
    line: 'renewKeys(...readable.filter((view) => opens(view, peer) > shows(now)))',
    broken: 'void [readable, now, renewKeys]',
    test: KEYS_END,
  },
  {
    promise: 'ten thousand keys leave few lines',
    file: 'src/service/watcher-log.ts',
    line: 'if (isCrowded || unservedToday >= UNSERVED_A_DAY) {',
    broken: 'if (isCrowded) {',
    test: 'test/service/watcher-flood.test.ts',
  },
  {
    promise: 'who only writes is in watcher information',
    file: 'src/service/receiving.ts',
    line: "else if (row.disposition === 'held') parts.held(",
    broken: "else if (row.disposition === 'displayed') parts.held(",
    test: WATCHING,
  },
  {
    promise: 'who hides is shown to nobody',
    file: 'src/presentity/watchers.ts',
    line: "if (visibility === 'unlisted' && !own) return undefined",
    broken: '',
    test: VISIBILITY,
  },
  {
    promise: 'a pseudonym has no key',
    file: 'src/presentity/watchers.ts',
    line: "...(visibility === 'pseudonym' && !own ? {} : { peer }),",
    broken: 'peer,',
    test: VISIBILITY,
  },
  {
    promise: 'a change of visibility counts at once',
    file: 'src/service/visibility.ts',
    line: '      changed()\n',
    broken: '',
    test: VISIBILITY,
  },
  {
    promise: 'who is covered is shown nobody else',
    file: 'src/service/fetching.ts',
    line: "others: mayAsk && decision === 'allow',",
    broken: 'others: mayAsk,',
    test: VISIBILITY,
  },
  {
    promise: 'the watchers are for those who may ask',
    file: 'src/service/fetching.ts',
    line: "visibility.watchersVisible() === 'contacts' &&",
    broken: '',
    test: VISIBILITY,
  },
  {
    promise: 'what is remembered of people is bounded, whoever comes',
    file: 'src/neighbourhood/encounters.ts',
    line: 'if (met.size >= HEARD_PEERS_LIMIT && longestAgo !== undefined) met.delete(longestAgo)',
    broken: 'void longestAgo',
    test: 'test/neighbourhood/encounters.test.ts',
  },
  {
    promise: 'a log names people by the end of their ids only',
    file: 'src/service/diary.ts',
    line: 'peer.slice(-8)',
    broken: 'peer.slice(0)',
    test: 'test/scene/log.test.ts',
  },
  {
    promise: 'a name in a diagnosis reaches no terminal as it is',
    file: 'src/doors/cli/commands/doctor.run.ts',
    line: 'bold(harmless(sentence)),',
    broken: 'bold(sentence),',
    test: 'test/doors/cli.test.ts',
  },
  {
    promise: 'a window writes no file where it likes',
    file: 'src/doors/rpc/serve-port.ts',
    line: "METHODS.filter((method) => method !== 'backup')",
    broken: 'METHODS',
    test: 'test/doors/port.test.ts',
  },
  {
    promise: 'a key that is kept elsewhere is not in the home',
    file: 'src/peer/household.ts',
    line: 'keyStore === undefined ? await keyIn(dir, keyFile) :',
    broken: 'keyStore !== null ? await keyIn(dir, keyFile) :',
    test: FRONT_DOOR,
  },
  {
    promise: 'who listens to a peer goes on over its sleep',
    file: 'src/peer/lifetime.ts',
    line: '    for (const listen of kept) listen(joined)\n',
    broken: '',
    test: FRONT_DOOR,
  },
  {
    promise: 'a network that does not come up is given up',
    file: 'src/peer/lifetime.ts',
    line: 'inTime(Promise.race([running, over.promise]), START_WITHIN_MS,',
    broken: 'inTime(Promise.race([running, over.promise]), 2 * START_WITHIN_MS,',
    test: HANGING,
  },
  {
    promise: 'whoever gives up making a peer does not wait for its network',
    file: 'src/peer.ts',
    line: 'if (parts.signal?.aborted !== true) await stopped',
    broken: 'await stopped',
    test: HANGING,
  },
  {
    promise: 'closing does not wait for a start that hangs',
    file: 'src/peer/lifetime.ts',
    line: 'await inTime(turn, END_WITHIN_MS, () => over.reject(isClosed()))',
    broken: 'await turn',
    test: HANGING,
  },
  {
    promise: 'a goodbye that hangs has 5 s',
    file: 'src/peer/lifetime.ts',
    line: 'inTime(ended[how](), ms, () => ended.letGo())',
    broken: 'inTime(ended[how](), 2 * ms, () => ended.letGo())',
    test: HANGING,
  },
  {
    promise: 'who listens hears the end, also where the network does not let go',
    file: 'src/peer/lifetime.ts',
    line: '() => ended.letGo())',
    broken: '() => {})',
    test: HANGING,
  },
  {
    promise: 'a peer that sleeps says so',
    file: 'src/service/link-service.ts',
    line: "if (why === 'quietly') session.link.close()",
    broken: "if (why !== 'leaving') session.link.close()",
    test: FRONT_DOOR,
  },
  {
    promise: 'a client that does not read costs what waits now, and no more',
    file: 'src/doors/rpc/serve-client.ts',
    line: 'if (wire.closed || wire.waiting <= WAITING_LIMIT) return',
    broken: 'if (wire.closed || wire.waiting >= 0) return',
    test: AGENT,
  },
  {
    promise: 'who gives up is given up for at the far end',
    file: 'src/doors/rpc/asking.ts',
    line: '        cancelling.cancel()\n',
    broken: '',
    test: AGENT,
  },
  {
    promise: 'a wire that is cut loses no event and doubles none',
    file: 'src/doors/rpc/lasting-agent.ts',
    line: 'since = Math.max(since ?? 0, event.seq)',
    broken: 'since ??= 0',
    test: 'test/contract/reconnect.test.ts',
  },
  {
    promise: 'a number is told with its event, not before',
    file: 'src/service/event-hub.ts',
    line: '      let seq = await store.journal.last()\n',
    broken: '      let seq = await store.journal.last()\n      last = Math.max(last, seq)\n',
    test: 'test/service/event-hub.test.ts',
  },
  {
    promise: 'no page from elsewhere comes in at the door for pages (fault C3)',
    file: 'src/doors/rpc/serve-websocket.ts',
    line: 'hosts.includes(host) && (origin === undefined ||',
    broken: 'hosts.includes(host) && (origin !== host ||',
    test: WEBSOCKET,
  },
  {
    promise: 'no page proves itself to a later owner of the port (fault C3)',
    file: 'src/doors/rpc/handshake.ts',
    line: "if (!isProof(hello?.proof, await prove('server', { client, server }))) return false",
    broken: '',
    test: WEBSOCKET,
  },
  {
    promise: 'a page is as welcome as its proof (fault C3)',
    file: 'src/doors/rpc/handshake.ts',
    line: "return isProof(answer?.proof, await prove('client', { client, server }))",
    broken: 'return answer !== undefined',
    test: WEBSOCKET,
  },
  {
    promise: 'what is read in one window is read in the other',
    file: 'src/service/history.ts',
    line: 'of Map.groupBy(unread, (row) => row.peer))',
    broken: 'of new Map<PeerId, InboxRow[]>())',
    test: 'test/electron/two-windows.test.ts',
  },
  {
    promise: 'a window that closes its agent does not end the peer',
    file: 'src/doors/rpc/serve-client.ts',
    line: '      if (serving.end === undefined)\n',
    broken: '      serving.end ??= () => agent.close()\n      if (serving.end === undefined)\n',
    test: WEBSOCKET,
  },
  {
    promise: 'a name that was made to point at this host gets no page (fault C3)',
    file: 'src/doors/web/serve-page.ts',
    line: 'if (headers.host !== host) return refuse(response, 421)',
    broken: '',
    test: PAGE_SERVER,
  },
  {
    promise: 'a page of another site exchanges no token (fault C3)',
    file: 'src/doors/web/serve-page.ts',
    line: ORIGIN_IS_OURS,
    broken: 'headers.host === host',
    test: PAGE_SERVER,
  },
  {
    promise: 'a token is spent once (fault C3)',
    file: 'src/doors/web/admission.ts',
    line: '      token = undefined\n',
    broken: '',
    test: PAGE_SERVER,
  },
  {
    promise: 'nobody else on this host reads the token (fault C3)',
    file: 'src/doors/web/redirect-file.ts',
    line: 'mode: 0o600',
    broken: 'mode: 0o644',
    test: PAGE_SERVER,
  },
  {
    promise: 'a spent token lies in no file (fault C3)',
    file: 'src/doors/web/serve-page.ts',
    line: '          void redirect.remove()\n',
    broken: '',
    test: PAGE_SERVER,
  },
  {
    promise: 'who has the port later is told no proof (fault C3)',
    file: 'src/doors/rpc/handshake.ts',
    line: "    if (!isProof(hello?.proof, await prove('server', { client, server }))) return false\n",
    broken: '',
    test: PAGE_SERVER,
  },
  {
    promise: 'a message is in the page once, though it is told again',
    file: 'src/doors/web/page/state/conversation.ts',
    line: '  if (known !== undefined) {\n',
    broken: '  if (known !== undefined && known.seq < 0) {\n',
    test: 'test/web/conversation.test.ts',
  },
  {
    promise: 'the text of others is harmless in the page',
    file: 'src/doors/web/page/words/spoken.ts',
    line: ".map((line) => harmless(line.replaceAll('\\t', '    ')))",
    broken: '',
    test: 'test/web/words.test.ts',
  },
  {
    promise: 'what others wrote is harmless on the screen',
    file: 'src/doors/tui/talk-rows.ts',
    line: "return harmless(line.replaceAll('\\t', '    '))",
    broken: "return line.replaceAll('\\t', '    ')",
    test: SCREEN,
  },
  {
    promise: 'nobody is shown as here by a screen whose peer has ended',
    file: 'src/doors/tui/happened.ts',
    line: "someone.sighting.evidence === 'gone' ? 'gone' : 'unknown'",
    broken: 'someone.sighting.evidence',
    test: SCREEN,
  },
  {
    promise: 'what could not be sent comes back to whoever typed it',
    file: 'src/doors/tui/happened.ts',
    line: 'isEmpty(talk.draft) ? { draft: fieldWith(text) } : {}',
    broken: '{}',
    test: SCREEN,
  },
  {
    promise: 'a backup that is given up leaves nothing, and the older one stands',
    file: 'src/store/backup.ts',
    line: 'if (signal?.aborted)',
    broken: 'if (signal === null)',
    test: 'test/store/given-up.test.ts',
  },
  {
    promise: 'drafts are readable by nobody else',
    file: 'src/doors/tui/drafts.ts',
    line: ', { mode: 0o600 }',
    broken: '',
    test: 'test/tui/drafts.test.ts',
  },
  {
    promise: 'a screen that was killed leaves nobody away',
    file: 'src/presentity/seats.ts',
    line: '[...seats.values()].filter(({ until }) => until > now).map(',
    broken: '[...seats.values()].map(',
    test: 'test/presentity/seats.test.ts',
  },
  {
    promise: 'others are told when a screen that was killed counts no more',
    file: 'src/service/publishing.ts',
    line: "agenda.at('seat ends', end, () => {",
    broken: "agenda.at('seat ends', Number.MAX_SAFE_INTEGER, () => {",
    test: 'test/scene/at-the-keys.test.ts',
  },
  {
    promise: 'one active screen of two is enough',
    file: 'src/presentity/seats.ts',
    line: "inputs.some(({ state }) => state === 'active')",
    broken: 'false',
    test: 'test/presentity/seats.test.ts',
  },
  {
    promise: 'when the keys were left is told to the minute, and no closer',
    file: 'src/doors/tui/at-the-keys.ts',
    line: 'Math.floor(keyAt / GRAIN_MS) * GRAIN_MS',
    broken: 'keyAt',
    test: 'test/tui/at-the-keys.test.ts',
  },
  {
    promise: 'strangers ring no screen',
    file: 'src/doors/tui/calling.ts',
    line: "if (message.disposition === 'held') return [after, asks]",
    broken: '',
    test: CALLS,
  },
  {
    promise: 'a conversation calls once while it is unread',
    file: 'src/doors/tui/calls.ts',
    line: 'if (seen || isRepeated || wantsQuiet(occasion))',
    broken: 'if (seen || wantsQuiet(occasion))',
    test: CALLS,
  },
  {
    promise: 'whoever is busy is not called',
    file: 'src/doors/tui/calls.ts',
    line: "return basic === 'closed' || activities.some((activity) => QUIET.has(activity))",
    broken: 'return false',
    test: CALLS,
  },
  {
    promise: 'what others wrote is no command of a terminal that shows notifications',
    file: 'src/doors/tui/calling.ts',
    line: "return clipped(harmless(text.slice(0, 4 * TEXT_LIMIT).replace(/\\s+/gu, ' ')).trim(), TEXT_LIMIT)",
    broken: 'return clipped(text, TEXT_LIMIT)',
    test: CALLS,
  },
  {
    promise: 'what others wrote is no markup and no escape of a desktop',
    file: 'src/doors/tui/notify.ts',
    line: ".replaceAll('<', '&lt;')",
    broken: '',
    test: 'test/tui/notify.test.ts',
  },
  {
    promise: 'what nobody saw come is not said to be read',
    file: 'src/doors/tui/happened.ts',
    line: 'if (isOpen && talk.bottom === undefined && isLooking(next))',
    broken: 'if (isOpen && talk.bottom === undefined)',
    test: CALLS,
  },
  {
    promise: 'a key on the screen lays out no message anew',
    file: 'src/doors/tui/talk-rows.ts',
    line: 'known.words === words) return known.rows',
    broken: 'known.words === words && false) return known.rows',
    test: 'test/tui/visible.test.ts',
  },
  {
    promise: 'only what they must show verifies somebody',
    file: 'src/doors/cli/proof-of.ts',
    line: 'shown.split(/[^1-9A-Za-z]+/).includes(peerId)',
    broken: 'shown.includes(peerId)',
    test: 'test/doors/verify.test.ts',
  },
  {
    promise: 'no window of another origin gets the peer (Electron)',
    file: 'src/doors/electron/windows.ts',
    line: '&& origins.includes(frame.origin)',
    broken: '',
    test: ELECTRON,
  },
  {
    promise: 'an edit counts for a message of its own sender only (fault M3)',
    file: 'src/store/amendments.ts',
    line: 'FROM inbox WHERE id = ? AND peer = ? AND label = ?',
    broken: 'FROM inbox WHERE id = ? AND ? > 0 AND label = ?',
    test: AMENDMENTS,
  },
  {
    promise: 'a reaction counts for a message that was told to its sender only (fault M3)',
    file: 'src/store/amendments.ts',
    line: "'SELECT seq FROM outbox WHERE id = ? AND peer = ? AND NOT EXISTS",
    broken: "'SELECT seq FROM outbox WHERE id = ? AND ? > 0 AND NOT EXISTS",
    test: AMENDMENTS,
  },
  {
    promise: 'whoever is not welcome changes nothing (fault M3)',
    file: 'src/inbox/inbox.ts',
    line: "if (at.delivery.kind !== 'accept') return failed('rate-limited')",
    broken: '',
    test: AMENDMENTS,
  },
  {
    promise: 'changes to what never came do not pile up',
    file: 'src/inbox/inbox.ts',
    line: 'if (!here && awaiting >= AMENDMENTS_AWAITING_LIMIT)',
    broken: 'if (awaiting < 0)',
    test: AMENDMENTS,
  },
  {
    promise: 'a long text is no reaction',
    file: 'src/inbox/inbox.ts',
    line: "if (by === 'react' && body.length > REACTION_LIMIT) return failed('too-large')",
    broken: '',
    test: AMENDMENTS,
  },
  {
    promise: 'what nobody sees any more of a flood of reactions is not kept',
    file: 'src/store/amendments.ts',
    line: 'if (!worth.has(carrier) && body.length > 0)',
    broken: 'if (carrier < 0)',
    test: AMENDMENTS,
  },
  {
    promise: 'what an edit has replaced is not kept',
    file: 'src/store/amendments.ts',
    line: 'if (standing?.body !== undefined) db.run',
    broken: 'if (target < 0) db.run',
    test: AMENDMENTS,
  },
  {
    promise: 'what was deleted for both before it came is not kept',
    file: 'src/store/amendments.ts',
    line: 'if (changes > 0) tidy(row.seq)',
    broken: '',
    test: AMENDMENTS,
  },
  {
    promise: 'a deletion for both is for good, whatever comes after it',
    file: 'src/store/standing.ts',
    line: 'if (deletion !== undefined) return',
    broken: 'if (deletion !== undefined && edit === undefined) return',
    test: AMENDMENTS,
  },
  {
    promise: 'a change that failed has changed nothing',
    file: 'src/store/standing.ts',
    line: "all.filter(({ fate }) => fate !== 'failed')",
    broken: 'all.filter(() => true)',
    test: 'test/scene/amendments.test.ts',
  },
  {
    promise: 'of two edits the later by their author stands, whichever comes last',
    file: 'src/store/standing.ts',
    line: 'one.sentAt - other.sentAt || ',
    broken: 'one.carrier - other.carrier || ',
    test: AMENDMENTS,
  },
  {
    promise: 'of two edits of mine the second is the later, wherever the clock went',
    file: 'src/store/amendments.ts',
    line: 'return Math.max(sentAt, last + 1)',
    broken: 'return sentAt',
    test: 'test/store/standing.test.ts',
  },
  {
    promise: 'a message that was edited does not go back to what it was when its edit grows old',
    file: 'src/store/history.ts',
    line: 'carrier = seq AND target IS NOT NULL',
    broken: 'carrier = seq AND target = 0',
    test: 'test/scene/amendments.test.ts',
  },
  {
    promise: 'what was deleted for both is found by none of its words',
    file: 'src/store/words.ts',
    line: '  forgetWords(db, row.seq)\n  indexWords',
    broken: '  indexWords',
    test: 'test/scene/amendments.test.ts',
  },
  {
    promise: 'an answer shows nothing of another conversation (fault M12)',
    file: 'src/store/shown.ts',
    line: 'FROM outbox WHERE id = ? AND peer = ? AND deleted = 0',
    broken: 'FROM outbox WHERE id = ? AND ? > 0 AND deleted = 0',
    test: 'test/scene/replies.test.ts',
  },
  {
    promise: 'what is taken back is not told after all by its edit (fault M1)',
    file: 'src/store/outbox.ts',
    line: "...(outcome === 'failure' ? changesEnd(stands) : [])",
    broken: '',
    test: 'test/scene/amendments.test.ts',
  },
  {
    promise: 'no frame in a window gets the peer (Electron)',
    file: 'src/doors/electron/windows.ts',
    line: 'frame.parent === null && ',
    broken: '',
    test: ELECTRON,
  },
  {
    promise: 'after its sleep a peer is told again whether somebody is at the keys (Electron)',
    file: 'src/doors/electron/power.ts',
    line: 'peer.resume().then(anew)',
    broken: 'peer.resume()',
    test: ELECTRON,
  },
  {
    promise: 'the key of a peer in its own process stands in no argument (Electron)',
    file: 'src/doors/electron/utility-process.ts',
    line: 'fork(utilityPath(), [], {',
    broken: 'fork(utilityPath(), [String(given)], {',
    test: UTILITY,
  },
  {
    promise: 'a process of the peer that ends by itself is started again (Electron)',
    file: 'src/doors/electron/utility-process.ts',
    line: 'startAgain(performance.now() - since,',
    broken: 'void (since,',
    test: UTILITY,
  },
  {
    promise: 'a key that the keychain does not open is not replaced (Electron)',
    file: 'src/doors/electron/safe-keys.ts',
    line: '        throw unreadable(file, cause)\n      })\n      if (!/^',
    broken:
      "        return { result: '', shouldReEncrypt: false }\n      })\n      if (opened.result === '') return undefined\n      if (!/^",
    test: ELECTRON,
  },
]

/** Words of promises or files, to judge only those: npm run test:controls -- word … */
const asked = process.argv.slice(2)
const judged = controls.filter(
  ({ promise, file }) => asked.length === 0 || asked.some((word) => `${promise} ${file}`.includes(word)),
)

/** Without its line a loop may never end; that is red as well. The longest of these files takes a minute and a half on a busy machine. */
const HANGS_AFTER_MS = 300_000

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'nigh-controls-'))
const green = new Map<string, boolean>()
let failed = 0
let passed = 0
try {
  for (const name of [
    'src',
    'test',
    'package.json',
    'vitest.config.ts',
    'tsconfig.json',
    'rolldown.config.js',
  ])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  // Other people's processes in a scene run what was built: the promise is broken on one side only.
  for (const name of ['node_modules', 'bin', 'dist']) symlinkSync(join(root, name), join(copy, name))
  for (const control of judged) {
    const verdict = judge(control)
    if (verdict === undefined) passed += 1
    else failed += 1
    console.log(
      `${verdict === undefined ? 'red as it must be' : 'FAILED           '}  ${control.promise}${verdict ?? ''}`,
    )
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** What is wrong with the control, or nothing if its test turned red, and was green with the line in place. */
function judge({ file, line, broken, test }: Control): string | undefined {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  const places = whole.split(line).length - 1
  if (places !== 1) return `: the line stands ${places} times in ${file}`
  try {
    if (!isGreen(test)) return ': the test is red with the line in place'
    writeFileSync(
      path,
      whole.replace(line, () => broken),
    )
    // Twice: with attacks that rest on chance the first one may miss.
    return run(test, '--bail=1') === 0 && run(test, '--bail=1') === 0
      ? `: ${test} stays green without it`
      : undefined
  } finally {
    writeFileSync(path, whole)
  }
}

/** Whether the test is green with every line in place, at the second try if the machine stalled; asked once per test. */
function isGreen(test: string): boolean {
  const known = green.get(test) ?? (run(test) === 0 || run(test) === 0)
  green.set(test, known)
  return known
}

function run(test: string, ...options: string[]): number {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { status } = spawnSync(process.execPath, [vitest, 'run', test, ...options], {
    cwd: copy,
    stdio: 'ignore',
    timeout: HANGS_AFTER_MS,
    killSignal: 'SIGKILL',
  })
  return status ?? 1
}
