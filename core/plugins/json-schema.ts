import { z } from 'zod'
import type { JsonSchema } from '../playbooks/catalog.ts'

/** Formats that the host checks by name. */
export const FORMATS: ReadonlySet<string> = new Set([
  'email',
  'uuid',
  'date-time',
  'date',
  'time',
  'duration',
  'uri',
  'ipv4',
  'ipv6',
  'hostname',
])

interface ZodDefinition {
  readonly _zod: { readonly def: { readonly type: string; readonly catchall?: ZodDefinition } }
}

/**
 * The JSON Schema of what a caller may hand in (`io: 'input'`) or can rely on (`io: 'output'`). Objects are open unless
 * they were declared with `z.strictObject`: more than was promised harms nobody. Throws for what JSON cannot say (dates,
 * transforms). `convert` is `z.toJSONSchema` of the zod that made the schema.
 */
export function jsonSchemaOf(
  schema: unknown,
  io: 'input' | 'output',
  convert: typeof z.toJSONSchema = z.toJSONSchema,
): JsonSchema {
  const { $schema: _, ...json } = convert(schema as z.ZodType, {
    io,
    target: 'draft-2020-12',
    override({ zodSchema, jsonSchema }) {
      const { def } = (zodSchema as unknown as ZodDefinition)._zod
      const open = def.type === 'object' && def.catchall?._zod.def.type !== 'never'
      if (open && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      if (jsonSchema.format !== undefined && FORMATS.has(jsonSchema.format)) delete jsonSchema.pattern // says it twice
    },
  })
  return json as JsonSchema
}
