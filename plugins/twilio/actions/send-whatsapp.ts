import { type Context, defineAction, PluginError, whatsappService, z } from 'trae-os/sdk'
import { findSent, type Outgoing, send } from '../messages.ts'
import { messageOutput, shown } from '../shown.ts'

const { send: contract } = whatsappService.actions
const input = contract.input.extend({
  from: z
    .string()
    .max(40)
    .optional()
    .describe('A number of yours or a messaging service; that of the account without it.'),
  mediaUrl: z.url().optional().describe('A picture, a sound or a document.'),
})
type Input = z.output<typeof input>

export const sendWhatsApp = defineAction({
  ...contract,
  input,
  output: messageOutput,
  idempotency: 'lookup',
  run: async (message, ctx: Context) => shown(await send(ctx, outgoing(message))),
  lookup: async (message, ctx) => {
    const found = await findSent(ctx, outgoing(message))
    return found && shown(found)
  },
})

function outgoing({ template, ...message }: Input): Outgoing {
  if (template === undefined) return { channel: 'whatsapp', ...message }
  if (!/^HX[0-9a-fA-F]{32}$/.test(template.name))
    throw new PluginError(
      'VALIDATION',
      `Twilio: a template goes by its ContentSid, which begins with HX; found ${JSON.stringify(template.name)}. twilio/list-templates shows yours.`,
    )
  return { channel: 'whatsapp', ...message, contentSid: template.name, contentVariables: template.variables }
}
