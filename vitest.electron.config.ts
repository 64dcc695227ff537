/** The exam of main and preload in Electron itself, where there is one. */
import { defineConfig } from 'vitest/config'
import { leftOut, secondTries } from './test/support/told-at-the-end.ts'

export default defineConfig({
  test: {
    include: ['test/electron/**/*.electron.ts'],
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['verbose', leftOut, secondTries],
    expect: { poll: { timeout: 20_000, interval: 25 } },
  },
})
