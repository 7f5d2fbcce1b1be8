import { defineAction, z } from 'trae-os/sdk'
import { VERSION } from '../objects.ts'
import { request } from '../request.ts'

interface Answer {
  readonly results: readonly {
    readonly name: string
    readonly label: string
    readonly type: string
    readonly description?: string
    readonly hidden?: boolean
    readonly modificationMetadata?: { readonly readOnlyValue?: boolean }
  }[]
}

export const listProperties = defineAction({
  title: 'List properties',
  description:
    'The properties that contacts or deals of this account have, its own ones included. Hidden ones are left out.',
  input: z.object({
    object: z.enum(['contacts', 'deals']).default('contacts'),
    writable: z.boolean().default(false).describe('Only those whose value may be written.'),
  }),
  output: z.object({
    properties: z.array(z.object({ name: z.string(), label: z.string(), type: z.string(), readOnly: z.boolean() })),
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { object: 'contacts' },
  run: async ({ object, writable }, ctx) => {
    const { results } = await request<Answer>(ctx, { path: `/crm/properties/${VERSION}/${object}` })
    const properties = results
      .filter(({ hidden }) => !hidden)
      .map(({ name, label, type, modificationMetadata: { readOnlyValue: readOnly = false } = {} }) => ({
        name,
        label: label || name,
        type,
        readOnly,
      }))
    return { properties: writable ? properties.filter(({ readOnly }) => !readOnly) : properties }
  },
})
