import type { BegunLetter, Context } from 'trae-os/sdk'
import { errorOf } from './error-of.ts'
import { request, senderOf } from './request.ts'

export interface Outgoing {
  readonly to: string
  readonly subject: string
  readonly body: string
  readonly leadId?: string | undefined
  readonly inReplyTo?: string | undefined
  readonly meetingId?: string | undefined
}
export interface Sent {
  /** As a later letter that answers it names it; of one that is not kept SendGrid's own. */
  readonly id: string
  readonly sentAt: string
}
type Sender = Awaited<ReturnType<typeof senderOf>>

/** By this argument events tell which letter they are about. SendGrid keeps it for ever, so it names nobody. */
export const LETTER_ID = 'trae_letter'

/**
 * Hands a letter to SendGrid. It takes no key and cannot be asked later, so nothing is repeated here: a letter whose answer was lost stays
 * in the thread as under way until SendGrid tells of it, or a person decides. Throws what `letters.begin` throws.
 */
export async function send(ctx: Context, letter: Outgoing): Promise<Sent> {
  const from = await senderOf(ctx)
  const { to, subject, body: text, leadId, inReplyTo, meetingId } = letter
  const begun = await ctx.records.letters.begin({ from, to, subject, text, leadId, inReplyTo, meetingId })
  const { id, sentAt } = begun
  if (id !== null && sentAt !== null) return { id, sentAt }
  const sendgridId = await hand(ctx, mailOf(ctx, letter, from, begun)).catch(async (error: unknown) => {
    if (id !== null) await ctx.records.letters.unanswered({ id })
    throw error
  })
  if (id !== null) await noteSent(ctx, id)
  return { id: id ?? sendgridId, sentAt: new Date(ctx.now).toISOString() }
}

/** It is on its way: where that cannot be kept now, SendGrid tells of it later. */
async function noteSent(ctx: Context, id: string): Promise<void> {
  try {
    await ctx.records.letters.sent({ id })
  } catch (error) {
    ctx.log.warn('SendGrid has taken the letter; that could not be kept.', { error: (error as Error).message })
  }
}

/** Accepted with 202, an empty body and its id in a header. */
async function hand(ctx: Context, body: unknown): Promise<string> {
  const answer = await request(ctx, { method: 'POST', path: '/mail/send', body })
  if (!answer.ok) throw await errorOf(ctx, answer)
  return answer.headers.get('x-message-id') ?? ctx.run.key
}

function mailOf(ctx: Context, { to, subject, body, leadId }: Outgoing, from: Sender, begun: BegunLetter) {
  const { id, headers, html, invitation, unsubscribes } = begun
  return {
    personalizations: [{ to: [{ email: to }], ...(id === null ? {} : { custom_args: { [LETTER_ID]: id } }) }],
    from: { email: from.address, name: from.name },
    subject,
    content: [
      { type: 'text/plain', value: body },
      { type: 'text/html', value: html },
    ],
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(invitation === null
      ? {}
      : {
          // A type with parameters (method=REQUEST) is refused here; programs read the method in the file
          attachments: [
            {
              content: base64(invitation.content),
              type: 'text/calendar',
              filename: 'invite.ics',
              disposition: 'attachment',
            },
          ],
        }),
    tracking_settings: {
      // Links stay as they are written, and nothing is loaded from anywhere
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: false },
      subscription_tracking: leadId === undefined || unsubscribes ? { enable: false } : unsubscribing(ctx),
    },
  }
}

/** Where no page of this host can be reached SendGrid offers its own, and puts its address between the signs. */
const unsubscribing = ({ t }: Context) => ({
  enable: true,
  text: `${t('unsubscribe')}: <% %>`,
  html: `<p><% ${t('unsubscribe')} %></p>`,
})

/** The guest has it, as browsers do. */
declare function btoa(bytes: string): string
const base64 = (text: string) =>
  btoa(encodeURIComponent(text).replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))))
