import { defineAction, z } from 'trae-os/sdk'
import { writable } from '../choices.ts'
import { properties, record, shown, toProperties, upsertContactByEmail } from '../objects.ts'

export const upsertContact = defineAction({
  title: 'Create or update a contact',
  description: 'Finds the contact by its e-mail and updates it, or creates it. What is left out stays as it is.',
  input: z.object({
    email: z.email().max(255),
    firstName: z.string().max(255).optional(),
    lastName: z.string().max(255).optional(),
    phone: z.string().max(40).optional(),
    company: z.string().max(255).optional(),
    jobTitle: z.string().max(255).optional(),
    properties: properties.default({}),
  }),
  output: record.extend({ created: z.boolean() }),
  effect: 'write',
  idempotency: 'key', // by e-mail: done twice, it comes to the same contact
  sample: { email: 'ana@acme.com.br', firstName: 'Ana', properties: { hs_lead_status: 'NEW' } },
  options: { 'properties.*': writable('contacts') },
  run: async ({ email, firstName, lastName, phone, company, jobTitle, properties: more }, ctx) => {
    const own = { firstname: firstName, lastname: lastName, phone, company, jobtitle: jobTitle }
    const contact = await upsertContactByEmail(ctx, email, { ...toProperties(more), ...toProperties(own) })
    return { ...shown(contact), created: contact.new }
  },
})
