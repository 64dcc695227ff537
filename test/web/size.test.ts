/** The page is small: what a browser loads, compressed, all of it. */
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, test } from 'vitest'

/** KiB, compressed, all files together. */
const LIMIT_KIB = 60

test(`the page has at most ${LIMIT_KIB} KiB`, { timeout: 60_000 }, async () => {
  const built = await build({
    configFile: new URL('../../vite.config.ts', import.meta.url).pathname,
    build: { write: false },
  })
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []))
  const sizes = outputs.map((file) => gzipSync(file.type === 'chunk' ? file.code : file.source).length)
  expect(outputs.map(({ fileName }) => fileName)).toContain('index.html')
  expect(sizes.reduce((sum, size) => sum + size, 0) / 1024).toBeLessThan(LIMIT_KIB)
})
