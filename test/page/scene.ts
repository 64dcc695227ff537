/** A scene before the page: a test with a browser. Where there is none it is left out, and the end of the run says so. */
import type { Browser } from 'playwright-core'
import { test } from 'vitest'
import { NEEDS } from '../support/told-at-the-end.ts'
import { CHROMIUM, isThere, openBrowser } from './browser.ts'

export function scene(name: string, act: (browser: Browser) => Promise<void>): void {
  if (!isThere) {
    test.skip(`${name}${NEEDS}${CHROMIUM}]`)
    return
  }
  test(name, async () => {
    const browser = await openBrowser()
    try {
      await act(browser)
    } finally {
      await browser.close()
    }
  })
}
