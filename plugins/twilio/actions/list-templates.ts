import { defineAction, z } from 'trae-os/sdk'
import { listContents, shownTemplate, template } from '../templates.ts'

export const listTemplates = defineAction({
  title: 'List templates',
  description: 'Templates of the account, by which WhatsApp lets you write first.',
  input: z.object({ limit: z.int().min(1).max(1000).default(100) }),
  output: z.object({ templates: z.array(template) }),
  effect: 'read',
  idempotency: 'none',
  sample: {},
  run: async ({ limit }, ctx) => ({ templates: (await listContents(ctx, limit)).map(shownTemplate) }),
})
