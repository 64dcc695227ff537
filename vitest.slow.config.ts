/** What takes a minute or more: crashes in numbers. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['test/slow/**/*.test.ts'], disableConsoleIntercept: true, reporters: ['verbose'] },
})
