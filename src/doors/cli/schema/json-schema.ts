/** The lines as JSON Schema (draft 2020-12). Open for fields to come: whoever reads passes over what it does not know. */
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { LINES } from './lines.ts'
import { person, presence } from './parts.ts'

export function jsonSchema(): object {
  const kinds = Object.values(LINES).flat() as unknown as [v.GenericSchema, v.GenericSchema]
  const all = toJsonSchema(v.union(kinds), {
    target: 'draft-2020-12',
    definitions: { person, presence },
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A line that nigh --json prints',
    description:
      'One JSON object per line, each with `event` and `at`. A newer Nigh may add fields and events.',
    ...(opened(all) as object),
  }
}

/** Without the bolt that only the tests need. */
function opened(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(opened)
  if (typeof part !== 'object' || part === null) return part
  const entries = Object.entries(part).filter(
    ([key, value]) => key !== 'additionalProperties' || value !== false,
  )
  return Object.fromEntries(entries.map(([key, value]) => [key, opened(value)]))
}
