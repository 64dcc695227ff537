/** `nigh search`: messages by their words; case and accents do not count, the last word may be a beginning. */
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { showMessages } from '../messages.ts'

export interface SearchOptions {
  with?: string
  limit?: number
  before?: string
}

export async function search(call: Call<SearchOptions>): Promise<number> {
  const { options, print } = call
  const words = call.words.join(' ')
  return withOwn(call, async ({ agent }) => {
    const found = await agent.search({
      words,
      ...(options.with === undefined ? {} : { with: options.with }),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.before === undefined ? {} : { before: options.before }),
    })
    showMessages(call, found)
    if (found.length === 0 && !print.json) print.note(`No message holds “${harmless(words)}”.`)
    return 0
  })
}
