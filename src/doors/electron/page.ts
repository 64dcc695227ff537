/** Nigh's own page in a window of Electron: from a scheme of its own, so that it has an origin that can be told. */
import { pageFiles } from '../web/page-files.ts'
import { headersFor } from '../web/page-headers.ts'

/**
 * For `protocol.registerSchemesAsPrivileged`, before the app is ready: a standard scheme has an origin, and in a secure one
 * a page has cryptography.
 */
export const PAGE_SCHEME = {
  scheme: 'nigh-page',
  privileges: { standard: true, secure: true },
} as const

/** What the window's page is called: for `loadURL`, and for `origins`. */
export const PAGE_ORIGIN = `${PAGE_SCHEME.scheme}://page`

/** For `protocol.handle(PAGE_SCHEME.scheme, pageResponse)`. Only the page's own files are there. */
export function pageResponse({ url }: Pick<Request, 'url'>): Response {
  const { host, pathname } = new URL(url)
  const file = host === 'page' ? pageFiles().get(pathname) : undefined
  if (file === undefined) return new Response(null, { status: 404 })
  return new Response(new Uint8Array(file.body), {
    headers: { ...headersFor("'none'"), 'content-type': file.type },
  })
}
