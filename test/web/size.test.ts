/** The page is small: what a browser loads, compressed, all of it. */
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, onTestFinished, test, vi } from 'vitest'

/** KiB, compressed, all files together. */
const LIMIT_KIB = 60

test(`the page has at most ${LIMIT_KIB} KiB`, { timeout: 60_000 }, async () => {
  // As it is built for the package: for tests Vite would make another one.
  vi.stubEnv('NODE_ENV', 'production')
  onTestFinished(() => void vi.unstubAllEnvs())
  const built = await build({
    configFile: new URL('../../vite.config.ts', import.meta.url).pathname,
    build: { write: false },
  })
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []))
  const sizes = outputs.map((file) => gzipSync(file.type === 'chunk' ? file.code : file.source).length)
  const size = sizes.reduce((sum, each) => sum + each, 0) / 1024
  console.log(`the page: ${size.toFixed(1)} KiB compressed`)
  expect(outputs.map(({ fileName }) => fileName)).toContain('index.html')
  expect(size).toBeLessThan(LIMIT_KIB)
})
