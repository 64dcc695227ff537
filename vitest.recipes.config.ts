/** The packaging recipes of docs/ELECTRON.md: need the registry and `zip`, and fetch some 400 packages. Opt-in. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/recipes/**/*.recipes.ts'],
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
})
