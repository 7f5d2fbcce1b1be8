import { defineAction, PluginError, z } from 'trae-os/sdk'
import { readable } from '../choices.ts'
import { CONTACT_PROPERTIES } from '../contact-properties.ts'
import { getObject, names, record, shown } from '../objects.ts'

export const getContact = defineAction({
  title: 'Read a contact',
  description: 'Reads one contact by its e-mail or its HubSpot id. A contact that is not there is the error NOT_FOUND.',
  input: z.object({
    email: z.email().max(255).optional(),
    id: z.string().min(1).max(100).optional().describe('Instead of the e-mail.'),
    properties: names.default([]),
  }),
  output: record,
  effect: 'read',
  idempotency: 'none',
  sample: { email: 'ana@acme.com.br' },
  options: { 'properties[]': readable('contacts') },
  run: async ({ email, id, properties }, ctx) => {
    const asked = { properties: [...new Set([...CONTACT_PROPERTIES, ...properties])] }
    if (id !== undefined && email === undefined) return shown(await getObject(ctx, 'contacts', id, asked))
    if (email === undefined || id !== undefined)
      throw new PluginError('VALIDATION', 'hubspot/get-contact needs either email or id, and not both.')
    return shown(await getObject(ctx, 'contacts', email.toLowerCase(), { ...asked, idProperty: 'email' }))
  },
})
