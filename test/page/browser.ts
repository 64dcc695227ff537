/** Chromium, as Debian packs it, with nothing of anybody's and nothing of its own going out. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where it is; NIGH_CHROMIUM names another one. */
export const CHROMIUM = process.env.NIGH_CHROMIUM ?? '/usr/bin/chromium'

export const isThere = existsSync(CHROMIUM)

/** A browser with a new, empty profile. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
