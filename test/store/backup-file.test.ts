/** The format of a backup: golden bytes, every way to damage it, and what a hostile header may ask for. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { HEADER_BYTES, isBackup, opened, sealed } from '../../src/store/backup-file.ts'

const PASSPHRASE = 'correct horse battery'
/** What a test can wait for. */
const COST = { log2N: 4, r: 8, p: 1 }
const salt = (bytes: number) => Uint8Array.from({ length: bytes }, (_, index) => index)

test('golden: the bytes of version 1 are these', async () => {
  const bytes = await seal(Buffer.from('Nigh, and all that is known.'))
  expect(bytes.toString('hex')).toBe(
    '4e49474842414b3104080100000102030405060708090a0b0c0d0e0f1a7ee66c37d58dd29b34949c1232abf77aab5ff955ce1d01695672636580eae1f8c91d889ad4fec56c90632d7b81b3deab7e1496575f5f4a8cf040da',
  )
  expect(isBackup(bytes)).toBe(true)
  // Over three chunks the numbers of their nonces count.
  const long = await seal(Buffer.alloc(150_000, 'nigh '))
  expect(createHash('sha256').update(long).digest('hex')).toBe(
    '09e2f8df832fade82a3e10939e05827cabad0fb1267b70fc3f92b4366c5f9b66',
  )
})

test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])(
  '%i bytes come back as they were',
  async (size) => {
    const content = Buffer.alloc(size, 'what was said')
    const bytes = await seal(content)
    expect(await open(bytes)).toEqual(content)
    expect(bytes.length).toBe(HEADER_BYTES + size + 16 * Math.max(1, Math.ceil(size / 65_536)))
  },
)

test('a passphrase typed on another keyboard is the same: é is one character or two', async () => {
  const bytes = await seal(Buffer.from('x'), { passphrase: 'caf\u00e9 caf\u00e9' })
  expect((await open(bytes, 'cafe\u0301 cafe\u0301')).toString()).toBe('x')
})

test('another passphrase opens nothing, and says so', async () => {
  const bytes = await seal(Buffer.from('x'))
  await expect(open(bytes, `${PASSPHRASE}.`)).rejects.toMatchObject({ code: 'wrong-passphrase' })
  await expect(open(bytes, '')).rejects.toMatchObject({ code: 'backup-damaged' })
})

test('cut anywhere, it is damaged; also where whole chunks are missing', async () => {
  const bytes = await seal(Buffer.alloc(131_073, 7))
  const chunk = 65_536 + 16
  const cuts = [0, 1, 7, 8, 20, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 15, HEADER_BYTES + 16]
  for (const length of [...cuts, HEADER_BYTES + chunk, HEADER_BYTES + 2 * chunk, bytes.length - 1])
    await expect(open(bytes.subarray(0, length)), `${length}`).rejects.toMatchObject({
      code: expect.stringMatching(/^(backup-damaged|store-newer)$/),
    })
})

test('changed in any byte, added to, or with chunks exchanged, nothing of it is taken for whole', async () => {
  const content = Buffer.alloc(65_536 * 2 + 5, 7)
  const bytes = await seal(content)
  const places = [...Array(HEADER_BYTES + 20).keys(), 70_000, bytes.length - 1]
  for (const place of places) {
    const changed = Buffer.from(bytes)
    changed[place] = (changed[place] ?? 0) ^ 1
    await expect(open(changed), `byte ${place}`).rejects.toMatchObject({
      code: expect.stringMatching(/^(backup-damaged|wrong-passphrase|store-newer)$/),
    })
  }
  await expect(open(Buffer.concat([bytes, Buffer.from([0])]))).rejects.toMatchObject({
    code: 'backup-damaged',
  })
  const chunk = 65_536 + 16
  const [head, one, two, rest] = [0, 1, 2, 3].map((index) =>
    index === 0
      ? bytes.subarray(0, HEADER_BYTES)
      : bytes.subarray(HEADER_BYTES + (index - 1) * chunk, HEADER_BYTES + index * chunk),
  ) as [Buffer, Buffer, Buffer, Buffer]
  await expect(open(Buffer.concat([head, two, one, rest]))).rejects.toMatchObject({ code: 'backup-damaged' })
})

test('a header that asks for gigabytes is refused before a byte of them is taken', async () => {
  const bytes = await seal(Buffer.from('x'))
  for (const cost of [
    [21, 8, 1],
    [63, 8, 1],
    [255, 255, 255],
    [17, 9, 1],
    [17, 8, 5],
    [0, 8, 1],
    [17, 0, 1],
    [17, 8, 0],
  ]) {
    const hostile = Buffer.from(bytes)
    hostile.set(cost, 8)
    const before = performance.now()
    await expect(open(hostile), `${cost}`).rejects.toMatchObject({ code: 'backup-damaged' })
    expect(performance.now() - before).toBeLessThan(1_000)
  }
})

test('the next version is not guessed at, and what is no backup is called so', async () => {
  const newer = await seal(Buffer.from('x'))
  newer.write('2', 7)
  await expect(open(newer)).rejects.toMatchObject({ code: 'store-newer' })
  await expect(open(Buffer.from('SQLite format 3\0'.repeat(8)))).rejects.toThrow(
    '/b/me.nigh is no backup of Nigh.',
  )
})

test('a passphrase that protects nothing is refused when a backup is made', async () => {
  for (const passphrase of ['', 'short', 'x'.repeat(1025)])
    await expect(seal(Buffer.from('x'), { passphrase })).rejects.toMatchObject({ code: 'usage' })
})

async function seal(content: Uint8Array, { passphrase = PASSPHRASE } = {}): Promise<Buffer> {
  return all(sealed(pieces(content, 10_000), { passphrase, chance: salt, cost: COST }))
}

async function open(bytes: Uint8Array, passphrase = PASSPHRASE): Promise<Buffer> {
  return all(opened(pieces(bytes, 7_777), { passphrase, file: '/b/me.nigh' }))
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const piece of pieces) chunks.push(piece)
  return Buffer.concat(chunks)
}
