/** What takes a minute or more: crashes in numbers. */
import { defineConfig } from 'vitest/config'
import { secondTries } from './test/support/told-at-the-end.ts'

export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts'],
    disableConsoleIntercept: true,
    retry: process.env.NIGH_SECOND_TRY === '1' ? 1 : 0,
    reporters: ['verbose', secondTries],
  },
})
