import { type Context, PluginError } from 'trae-os/sdk'
import { accountUrl, API, request } from './request.ts'

/** A message as Twilio's API shows it. */
export interface TwilioMessage {
  readonly sid: string
  readonly to: string
  readonly from: string | null
  readonly messaging_service_sid: string | null
  readonly body: string
  readonly direction: string
  readonly status: string
  readonly error_code: number | null
  readonly error_message: string | null
  readonly date_created: string
}
interface Page {
  readonly messages: readonly TwilioMessage[]
  readonly next_page_uri?: string | null
}

export interface Outgoing {
  readonly channel: 'sms' | 'whatsapp'
  /** E.164. */
  readonly to: string
  /** A number, or a messaging service; the account's own without it. */
  readonly from?: string | undefined
  readonly body: string
  readonly contentSid?: string | undefined
  readonly contentVariables?: Readonly<Record<string, string>> | undefined
  readonly mediaUrl?: string | undefined
  readonly leadId?: string | undefined
}
interface Sender {
  readonly From?: string
  readonly MessagingServiceSid?: string
}

const DAY = 86_400_000
const KEPT_MS = 3 * DAY

/** In the list of an account: how far back a lost message is looked for, in pages. */
const PAGES = 20
const PAGE_SIZE = 100
const SERVICE = /^MG[0-9a-fA-F]{32}$/
/**
 * Hands a message to Twilio, once the moment is written down: by that an attempt whose answer is lost is found again. What was
 * taken is kept by its SID: whoever asked may die before they have written down that it was. Throws
 * `VALIDATION` where nobody said who sends, `FORBIDDEN` for a lead that wants no more messages.
 */
export async function send(ctx: Context, message: Outgoing): Promise<TwilioMessage> {
  const lead = message.leadId === undefined ? null : await ctx.records.leads.get({ id: message.leadId })
  if (lead?.unsubscribed) throw new PluginError('FORBIDDEN', 'The lead has unsubscribed and is not written to.')
  if (lead?.phoneOptedOut && lead.phone === message.to)
    throw new PluginError('FORBIDDEN', `Whoever has ${message.to} has answered STOP and must not be written to there.`)
  const sender = await senderOf(ctx, message)
  const callback = await ctx.hook('message-status')
  const url = await accountUrl(ctx, 'Messages.json')
  if ((await ctx.storage.get(triedAt(ctx))) === null) await keep(ctx, Date.now())
  const sent = await request<TwilioMessage>(ctx, {
    method: 'POST',
    url,
    form: {
      To: addressOf(message.channel, message.to),
      ...sender,
      ...(message.contentSid === undefined
        ? { Body: message.body }
        : {
            ContentSid: message.contentSid,
            ...(message.contentVariables ? { ContentVariables: JSON.stringify(message.contentVariables) } : {}),
          }),
      MediaUrl: message.mediaUrl,
      StatusCallback: callback ?? undefined,
    },
  }).catch(async (error: unknown) => {
    if (!mayHaveArrived(error)) await ctx.storage.delete(triedAt(ctx))
    throw error
  })
  await keep(ctx, sent.sid)
  await tell(ctx, message, sent)
  return sent
}

/** The message is in the thread of the lead from now on; reports of Twilio find it there. Told again it changes nothing. */
const tell = (
  ctx: Context,
  { channel, to, body, leadId }: Outgoing,
  { sid, from, messaging_service_sid }: TwilioMessage,
) =>
  ctx.records.messages.sent({
    channel,
    externalId: sid,
    from: bare(from ?? messaging_service_sid ?? channel),
    to,
    text: body,
    ...(leadId === undefined ? {} : { leadId }),
  })

export const bare = (address: string) => address.replace(/^whatsapp:/, '')

/**
 * The message that an earlier try of this very step handed over, or null. Twilio takes no key, so it is found by what it is: to
 * whom, from whom, the same text (of a template Twilio makes the text, so any), not before that try.
 */
export async function findSent(ctx: Context, message: Outgoing): Promise<TwilioMessage | null> {
  const found = await lookFor(ctx, message)
  if (found) await tell(ctx, message, found)
  return found
}

async function lookFor(ctx: Context, message: Outgoing): Promise<TwilioMessage | null> {
  const since = await ctx.storage.get(triedAt(ctx))
  if (typeof since === 'string')
    return request<TwilioMessage>(ctx, { url: await accountUrl(ctx, `Messages/${encodeURIComponent(since)}.json`) })
  if (typeof since !== 'number') return null // nothing went out under this key
  const sender = await senderOf(ctx, message)
  let url: string | null = await accountUrl(ctx, 'Messages.json')
  let query: Record<string, string | number> | undefined = {
    To: addressOf(message.channel, message.to),
    ...(sender.From === undefined ? {} : { From: sender.From }),
    'DateSent>': new Date(since - DAY).toISOString(),
    PageSize: PAGE_SIZE,
  }
  for (let page = 0; url !== null && page < PAGES; page++) {
    const { messages, next_page_uri }: Page = await request<Page>(ctx, { url, ...(query ? { query } : {}) })
    const found = messages.find(one => fits(one, message, sender, since))
    if (found) return found
    url = next_page_uri ? `${API}${next_page_uri}` : null
    query = undefined // the next page's address has it
  }
  return null
}

/** Twilio tells seconds, and its clock is not ours. */
const SKEW_MS = 5000

function fits(one: TwilioMessage, { contentSid, body }: Outgoing, sender: Sender, since: number): boolean {
  if (!one.direction.startsWith('outbound') || Date.parse(one.date_created) < since - SKEW_MS) return false
  if (sender.MessagingServiceSid !== undefined && one.messaging_service_sid !== sender.MessagingServiceSid) return false
  return contentSid !== undefined || one.body.trim() === body.trim()
}

const triedAt = ({ run }: Context) => `tried:${run.key}`
/** The moment of the first try, or the SID of what came of it: for longer than a host is likely to be down. */
const keep = (ctx: Context, what: number | string) =>
  ctx.storage.set(triedAt(ctx), what, { expiresAt: new Date(ctx.now + KEPT_MS).toISOString() })
/** What Twilio itself refuses it has not done. */
const mayHaveArrived = (error: unknown) => !(error instanceof PluginError) || error.code === 'UNAVAILABLE'

export const addressOf = (channel: Outgoing['channel'], phone: string) =>
  channel === 'whatsapp' ? `whatsapp:${phone}` : phone

async function senderOf(ctx: Context, { channel, from }: Outgoing): Promise<Sender> {
  const { smsFrom, whatsappFrom } = await ctx.credential('twilio')
  const chosen = from ?? (channel === 'sms' ? smsFrom : whatsappFrom)
  if (!chosen)
    throw new PluginError(
      'VALIDATION',
      `Twilio: nobody said who sends. Fill in the ${channel === 'sms' ? 'SMS' : 'WhatsApp'} sender of the account, or give \`from\`.`,
    )
  return SERVICE.test(chosen) ? { MessagingServiceSid: chosen } : { From: addressOf(channel, bare(chosen)) }
}
