/** The package, installed elsewhere: needs the registry, so it is no part of `npm test`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['test/package/**/*.test.ts'], testTimeout: 60_000 } })
