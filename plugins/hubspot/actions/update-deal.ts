import { defineAction, PluginError, z } from 'trae-os/sdk'
import { writable } from '../choices.ts'
import { dealFields, dealProperties } from '../deal-fields.ts'
import { record, shown, updateObject } from '../objects.ts'

export const updateDeal = defineAction({
  title: 'Update a deal',
  description: 'Moves a deal to another stage or changes what else is known of it. What is left out stays as it is.',
  input: z.object({
    id: z.string().min(1).max(100),
    name: z.string().min(1).max(255).optional(),
    ...dealFields,
  }),
  output: record,
  effect: 'write',
  idempotency: 'key', // values are set, not added to
  sample: { id: '501', stage: 'closedwon' },
  options: { 'properties.*': writable('deals') },
  run: async ({ id, ...deal }, ctx) => {
    const values = dealProperties(deal)
    if (Object.keys(values).length === 0)
      throw new PluginError('VALIDATION', 'hubspot/update-deal was given nothing to change: name, stage, properties …')
    return shown(await updateObject(ctx, 'deals', id, values))
  },
})
