/** `nigh schema`: what every line is, for programs that want to know before they see one. */
import type { Call } from '../call.ts'
import { jsonSchema } from '../schema/json-schema.ts'

export async function schema({ print, around }: Call): Promise<number> {
  const document = jsonSchema()
  print.print({ event: 'schema', at: around.now().toISOString(), schema: document }, () =>
    JSON.stringify(document, undefined, 2),
  )
  return 0
}
