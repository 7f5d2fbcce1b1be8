import { type Context, defineAction, z } from 'trae-os/sdk'
import { CONTENT, request } from '../request.ts'
import { type Content, listContents, shownTemplate, template } from '../templates.ts'

const input = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'in lower case letters, digits and _')
    .describe('In lower case letters, digits and _.'),
  language: z.string().min(2).max(20).describe('pt_BR, en …'),
  body: z.string().min(1).max(1024).describe('With {{1}}, {{2}} … in the places of variables.'),
  variables: z.record(z.string().max(100), z.string().max(1024)).default({}).describe('An example for each of them.'),
  category: z.enum(['UTILITY', 'MARKETING', 'AUTHENTICATION']),
})
type Input = z.output<typeof input>
const output = template.extend({
  approval: z.string().describe('received, pending, approved, rejected, unsubmitted …'),
})

export const createTemplate = defineAction({
  title: 'Create a template',
  description:
    'Creates a template of text and hands it to WhatsApp for approval. The same again comes to the same template.',
  input,
  output,
  effect: 'write',
  idempotency: 'key', // it looks by name and language before it creates
  sample: {
    name: 'first_contact',
    language: 'pt_BR',
    body: 'Olá, {{1}}!',
    variables: { 1: 'Ana' },
    category: 'MARKETING',
  },
  run: async (wanted, ctx) => {
    const content = (await findContent(wanted, ctx)) ?? (await createContent(wanted, ctx))
    const before = await approvalOf(ctx, content.sid)
    const approval = before ?? (await submit(ctx, content.sid, wanted))
    return { ...shownTemplate(content), approval }
  },
})

async function findContent({ name, language }: Input, ctx: Context): Promise<Content | undefined> {
  const all = await listContents(ctx, 5000)
  return all.find(one => one.friendly_name === name && one.language === language)
}

const createContent = ({ name, language, body, variables }: Input, ctx: Context) =>
  request<Content>(ctx, {
    method: 'POST',
    url: `${CONTENT}/v1/Content`,
    json: { friendly_name: name, language, variables, types: { 'twilio/text': { body } } },
  })

/** Undefined: it was never handed in. */
export async function approvalOf(ctx: Context, sid: string): Promise<string | undefined> {
  const { whatsapp } = await request<{ whatsapp: { status?: string } | null }>(ctx, {
    url: `${CONTENT}/v1/Content/${sid}/ApprovalRequests`,
  })
  const status = whatsapp?.status
  return status === undefined || status === 'unsubmitted' ? undefined : status
}

async function submit(ctx: Context, sid: string, { name, category }: Input): Promise<string> {
  const { status } = await request<{ status: string | null }>(ctx, {
    method: 'POST',
    url: `${CONTENT}/v1/Content/${sid}/ApprovalRequests/whatsapp`,
    json: { name, category },
  })
  return status ?? 'received'
}
