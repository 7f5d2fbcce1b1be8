import { type Context, defineTrigger, type Hook, z } from 'trae-os/sdk'
import { errorOf } from '../error-of.ts'
import { LETTER_ID } from '../letters.ts'
import { request } from '../request.ts'

/** As far as we read it: twilio.com/docs/sendgrid/for-developers/tracking-events/event. Custom arguments stand beside its own. */
interface Told {
  readonly event?: string
  readonly email?: string
  readonly sg_event_id?: string
  /** The Message-ID under which it went out. */
  readonly 'smtp-id'?: string
  /** Of a bounce: `bounce`, or `blocked` where it is not the address. */
  readonly type?: string
  readonly reason?: string
  readonly status?: string
  readonly [LETTER_ID]?: unknown
}
type What = 'bounced' | 'failed' | 'unsubscribed'

export const letterReturned = defineTrigger({
  kind: 'webhook',
  title: 'An e-mail did not arrive, or its reader wants no more',
  description:
    'SendGrid tells of an e-mail to a lead that it bounced, was dropped or reported as spam, or that its reader unsubscribed. The lead and message.bounced or message.failed say so too. Needs a public address of this host.',
  verify: { scheme: 'sendgrid' },
  secret: 'own',
  output: z.object({
    kind: z.string().describe('bounce, dropped, spamreport, unsubscribe, group_unsubscribe'),
    letterId: z.string().describe('`id` of the step that sent it.'),
    outcome: z.enum(['bounced', 'failed', 'unsubscribed']),
    to: z.string(),
    reason: z.string(),
  }),
  sample: {
    kind: 'bounce',
    letterId: '0196f0a0-0000-7000-8000-000000000001',
    outcome: 'bounced',
    to: 'ana@acme-solar.com.br',
    reason: '550 5.1.1 The email account that you tried to reach does not exist.',
  },
  register,
  unregister: async (data, ctx) => remove(ctx, (data as { id: string }).id),
  handle: async ({ json }, ctx) => {
    if (!Array.isArray(json)) throw new Error('SendGrid posts a list of events.')
    const events = []
    for (const told of json as readonly Told[]) {
      const event = await take(ctx, told)
      if (event) events.push(event)
    }
    return { events }
  },
})

/** Undefined for what is no news: it is on its way, or it is a letter of somebody else who sends with this account. */
async function take(ctx: Context, told: Told) {
  const { event: kind = '', email: to = '', sg_event_id: dedupe, [LETTER_ID]: id } = told
  if (typeof id !== 'string' || !UUID.test(id)) return undefined
  if (kind === 'delivered') {
    const messageId = told['smtp-id'] // its answer may have been lost
    await ctx.records.letters.sent({ id, ...(messageId ? { messageId } : {}) })
    return undefined
  }
  const outcome = outcomeOf(told)
  if (outcome === undefined) return undefined
  const reason = [told.status, told.reason ?? kind].filter(Boolean).join(' ').slice(0, 1000)
  const isOurs = await report(ctx, outcome, { id, reason })
  if (!isOurs) return undefined
  return { data: { kind, letterId: id, outcome, to, reason }, ...(dedupe === undefined ? {} : { dedupe }) }
}

function report(
  { records: { letters } }: Context,
  outcome: What,
  letter: { readonly id: string; readonly reason: string },
) {
  switch (outcome) {
    case 'bounced':
      return letters.bounced(letter)
    case 'failed':
      return letters.failed(letter)
    case 'unsubscribed':
      return letters.unsubscribed({ id: letter.id })
    default:
      return outcome satisfies never
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Why SendGrid drops a letter before it goes anywhere. What is not named here says nothing against the address. */
const DROPPED: Readonly<Record<string, What>> = {
  'bounced address': 'bounced',
  invalid: 'bounced',
  'unsubscribed address': 'unsubscribed',
  'spam reporting address': 'unsubscribed',
}

function outcomeOf({ event, type, reason = '' }: Told): What | undefined {
  switch (event) {
    case 'bounce':
      return type === 'blocked' ? 'failed' : 'bounced'
    case 'dropped':
      return DROPPED[reason.toLowerCase()] ?? 'failed'
    case 'spamreport': // who calls it spam wants no more of it
    case 'unsubscribe':
    case 'group_unsubscribe':
      return 'unsubscribed'
    default:
      return undefined
  }
}

interface Webhook {
  readonly id?: string
  readonly url?: string
}

/** An answer may have been lost: what is there under the address makes room. From then on posts are signed with a key that SendGrid makes. */
async function register({ url }: Hook, ctx: Context) {
  const { webhooks = [] } = await ask<{ webhooks?: readonly Webhook[] }>(ctx, { path: `${SETTINGS}/all` })
  for (const { id } of webhooks.filter(one => one.url === url)) await remove(ctx, id!)
  const { id } = await ask<Webhook>(ctx, {
    method: 'POST',
    path: SETTINGS,
    body: {
      enabled: true,
      url,
      friendly_name: 'TRAE OS',
      delivered: true,
      bounce: true,
      dropped: true,
      spam_report: true,
      unsubscribe: true,
      group_unsubscribe: true,
      group_resubscribe: false,
      processed: false,
      deferred: false,
      open: false,
      click: false,
    },
  })
  const path = `${SETTINGS}/signed/${encodeURIComponent(id!)}`
  const { public_key: secret } = await ask<{ public_key?: string }>(ctx, {
    method: 'PATCH',
    path,
    body: { enabled: true },
  })
  return { data: { id }, secret: secret! }
}

const SETTINGS = '/user/webhooks/event/settings'

async function remove(ctx: Context, id: string): Promise<void> {
  const answer = await request(ctx, { method: 'DELETE', path: `${SETTINGS}/${encodeURIComponent(id)}` })
  if (!answer.ok && answer.status !== 404) throw await errorOf(ctx, answer)
}

async function ask<Answer>(ctx: Context, asked: Parameters<typeof request>[1]): Promise<Answer> {
  const answer = await request(ctx, asked)
  if (!answer.ok) throw await errorOf(ctx, answer)
  return (await answer.json()) as Answer
}
