/**
 * The format of a backup: whatever lies in it, under a passphrase. A header of 44 bytes, then sealed chunks of one
 * size, so that a store of any size passes through little memory, and a file that was cut, reordered or changed is
 * noticed before anything of it counts.
 *
 *     magic and version   8   "NIGHBAK1"
 *     scrypt              4   log2 N, r, p, and a zero
 *     salt               16   random; with it the key is this file's alone
 *     check              16   tells a wrong passphrase from a damaged file
 *     chunks                  ChaCha20-Poly1305 (RFC 8439) of 65,536 bytes each, the last one of 0 to 65,536
 *
 * scrypt (RFC 7914) makes 48 bytes of the passphrase in UTF-8, NFC: the key (32) and the check (16). The nonce of a
 * chunk is its number from 0, big-endian in 11 bytes, and a byte that is 1 for the last chunk and 0 for any other; the
 * whole header is its associated data.
 */
import { scrypt } from 'node:crypto'
import { cipher, KEY_BYTES, TAG_BYTES } from '../envelope/cipher.ts'
import { NighError } from '../errors.ts'

const MAGIC = 'NIGHBAK'
/** One digit after the magic. */
const VERSION = '1'
const SCRYPT_AT = 8
const SALT_AT = 12
const SALT_BYTES = 16
const CHECK_AT = 28
const CHECK_BYTES = 16
export const HEADER_BYTES = CHECK_AT + CHECK_BYTES

const NONCE_BYTES = 12
const CHUNK_BYTES = 65_536

/** What scrypt costs: memory of 128 · N · r bytes, and as much time. */
export interface Cost {
  log2N: number
  r: number
  p: number
}

/** 128 MiB and some 0.4 s here: what is asked of a file that may be stolen (OWASP's first choice for scrypt). */
const USUAL_COST: Cost = { log2N: 17, r: 8, p: 1 }
/** Beyond this a header asks for more than a small machine has (1 GiB), and is no backup but an attack. */
const MOST: Cost = { log2N: 20, r: 8, p: 4 }

/** Short enough to be typed, long enough for a machine's. */
const PASSPHRASE_BYTES_MOST = 1024
/** Shorter falls to guessing within days, whatever scrypt costs. */
const PASSPHRASE_LEAST = 8

/** Throws `usage` where it protects nothing. */
export function mustProtect(passphrase: string): void {
  if ([...passphrase].length >= PASSPHRASE_LEAST && byteLength(passphrase) <= PASSPHRASE_BYTES_MOST) return
  throw new NighError(
    'usage',
    `A passphrase has ${PASSPHRASE_LEAST} characters at least and ${PASSPHRASE_BYTES_MOST} bytes at most. A few words that nobody would put together are good.`,
  )
}

/** Whether a file that begins like this is a backup, of whatever version. */
export function isBackup(beginning: Uint8Array): boolean {
  return Buffer.from(beginning).toString('latin1', 0, MAGIC.length) === MAGIC
}

/** The bytes of a backup in the order in which they are to be written. `chance` gives random bytes. */
export async function* sealed(
  content: AsyncIterable<Uint8Array>,
  { passphrase, chance, cost = USUAL_COST }: Sealing,
): AsyncGenerator<Uint8Array> {
  mustProtect(passphrase)
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(MAGIC + VERSION, 'latin1')
  header.set([cost.log2N, cost.r, cost.p, 0], SCRYPT_AT)
  header.set(chance(SALT_BYTES), SALT_AT)
  const { key, check } = await stretched(passphrase, header, cost)
  header.set(check, CHECK_AT)
  yield header
  let number = 0
  for await (const { chunk, isLast } of inChunks(content, CHUNK_BYTES)) {
    yield cipher.seal(key, nonceOf(number++, isLast), chunk, header)
  }
}

export interface Sealing {
  passphrase: string
  chance: (bytes: number) => Uint8Array
  cost?: Cost
}

/**
 * What was sealed, chunk by chunk; nothing of it counts before the last one came. `file` is what the sentences call
 * it. Throws `backup-damaged` (also where it is none), `wrong-passphrase` or `store-newer`.
 */
export async function* opened(
  bytes: AsyncIterable<Uint8Array>,
  { passphrase, file }: { passphrase: string; file: string },
): AsyncGenerator<Uint8Array> {
  let header: Buffer | undefined
  let key: Buffer | undefined
  let number = 0
  for await (const { chunk, isLast } of afterHeader(bytes, (head) => {
    header = head
  })) {
    if (header === undefined || !isBackup(header))
      throw new NighError('backup-damaged', `${file} is no backup of Nigh.`)
    key ??= await keyOf(header, passphrase, file)
    yield openChunk(chunk, key, header, nonceOf(number++, isLast), file)
  }
}

async function keyOf(header: Buffer, passphrase: string, file: string): Promise<Buffer> {
  if (header.toString('latin1', 0, SCRYPT_AT) !== MAGIC + VERSION)
    throw new NighError('store-newer', `${file} was made by a newer Nigh. Update Nigh to restore it.`)
  const [log2N = 0, r = 0, p = 0] = header.subarray(SCRYPT_AT)
  const isBounded =
    log2N >= 1 && log2N <= MOST.log2N && r >= 1 && r <= MOST.r && p >= 1 && p <= MOST.p && passphrase !== ''
  if (!isBounded || header.length < HEADER_BYTES) throw damaged(file)
  const { key, check } = await stretched(passphrase, header, { log2N, r, p })
  if (check.equals(header.subarray(CHECK_AT))) return key
  throw new NighError('wrong-passphrase', `The passphrase does not open ${file}. Nothing was changed.`)
}

function openChunk(chunk: Uint8Array, key: Buffer, header: Buffer, nonce: Buffer, file: string): Uint8Array {
  const plain = cipher.open(key, nonce, chunk, header)
  if (plain === undefined) throw damaged(file)
  return plain
}

export function damaged(file: string): NighError {
  return new NighError(
    'backup-damaged',
    `${file} is damaged or was cut short, so nothing of it was restored. Use another copy of it.`,
  )
}

async function stretched(
  passphrase: string,
  header: Buffer,
  { log2N, r, p }: Cost,
): Promise<{ key: Buffer; check: Buffer }> {
  const salt = header.subarray(SALT_AT, CHECK_AT)
  const N = 2 ** log2N
  // What scrypt needs, and a little for its own: more than the usual 32 MiB has to be allowed in so many words.
  const maxmem = 128 * N * r + 128 * r * p + 1_048_576
  const bytes = await new Promise<Buffer>((resolve, reject) =>
    scrypt(passphrase.normalize('NFC'), salt, KEY_BYTES + CHECK_BYTES, { N, r, p, maxmem }, (cause, made) =>
      cause === null ? resolve(made) : reject(cause),
    ),
  )
  return { key: bytes.subarray(0, KEY_BYTES), check: bytes.subarray(KEY_BYTES) }
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUIntBE(number, NONCE_BYTES - 7, 6)
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0
  return nonce
}

/** Cuts off the header, and the rest into sealed chunks. Where nothing follows, one empty chunk does, and is last. */
async function* afterHeader(
  bytes: AsyncIterable<Uint8Array>,
  tell: (header: Buffer) => void,
): AsyncGenerator<{ chunk: Uint8Array; isLast: boolean }> {
  const source = bytes[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  for (let next = await source.next(); !next.done; next = await source.next()) {
    head = Buffer.concat([head, next.value])
    if (head.length >= HEADER_BYTES) break
  }
  tell(head.subarray(0, HEADER_BYTES))
  async function* rest(): AsyncGenerator<Uint8Array> {
    yield head.subarray(HEADER_BYTES)
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  }
  yield* inChunks(rest(), CHUNK_BYTES + TAG_BYTES)
}

/** Pieces of `size` bytes; only the last, which is told, may be shorter. */
async function* inChunks(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ chunk: Uint8Array; isLast: boolean }> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const piece of bytes) {
    waiting.push(piece)
    length += piece.length
    if (length <= size) continue
    let joined: Buffer = Buffer.concat(waiting)
    while (joined.length > size) {
      yield { chunk: joined.subarray(0, size), isLast: false }
      joined = joined.subarray(size)
    }
    waiting = [joined]
    length = joined.length
  }
  yield { chunk: Buffer.concat(waiting), isLast: true }
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length
