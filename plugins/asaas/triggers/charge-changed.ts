import { type Context, defineTrigger, hasCode, type Hook, z } from 'trae-os/sdk'
import { getCustomer } from '../customers.ts'
import { inAYear, type Payment, remembered } from '../payments.ts'
import { type List, noticesTo, request } from '../request.ts'
import { amountOf, statusOf } from '../shown.ts'

/** What Asaas is asked to tell. */
const EVENTS = [
  'PAYMENT_CONFIRMED',
  'PAYMENT_RECEIVED',
  'PAYMENT_OVERDUE',
  'PAYMENT_REFUNDED',
  'PAYMENT_PARTIALLY_REFUNDED',
  'PAYMENT_DELETED',
  'PAYMENT_RESTORED',
  'PAYMENT_CREDIT_CARD_CAPTURE_REFUSED',
  'PAYMENT_CHARGEBACK_REQUESTED',
  'PAYMENT_DUNNING_RECEIVED',
]

export const chargeChanged = defineTrigger({
  kind: 'webhook',
  title: 'A charge was paid, is late or was refunded',
  description:
    'Asaas tells of a charge. What a step has charged, and what a lead of ours was charged for, is told as payment.received too, once, when it is paid. Needs a public address of this host.',
  verify: { scheme: 'token', header: 'asaas-access-token' },
  secret: 'own',
  output: z.object({
    kind: z.string().describe('PAYMENT_RECEIVED, PAYMENT_OVERDUE, PAYMENT_REFUNDED …'),
    chargeId: z.string(),
    status: z.enum(['PENDING', 'PAID', 'OVERDUE', 'CANCELLED', 'REFUNDED', 'FAILED']),
    leadId: z.string().nullable(),
    amount: z.int().describe('In centavos.'),
    currency: z.string(),
    description: z.string(),
  }),
  sample: {
    kind: 'PAYMENT_OVERDUE',
    chargeId: 'pay_080225913252',
    status: 'OVERDUE',
    leadId: null,
    amount: 19900,
    currency: 'BRL',
    description: 'Plano mensal',
  },
  register,
  unregister: async (data, ctx) => {
    const { id } = data as { id: string }
    await request(ctx, { method: 'DELETE', path: `/webhooks/${encodeURIComponent(id)}` }).catch((error: unknown) => {
      if (!hasCode(error, 'NOT_FOUND')) throw error
    })
  },
  handle: async ({ json }, ctx) => {
    const { id, event, payment } = (json ?? {}) as { id?: string; event?: string; payment?: Payment }
    if (id === undefined || event === undefined) throw new Error('Asaas posts id and event.')
    if (payment === undefined) return { events: [] } // of something else than charges
    const whose = await whoseIs(ctx, payment)
    const charge = {
      leadId: whose?.leadId ?? null,
      chargeId: payment.id,
      amount: amountOf(payment),
      currency: 'BRL',
      description: payment.description ?? '',
    }
    const status = statusOf(payment)
    if (status === 'PAID' && whose) await tellOnce(ctx, charge)
    return { events: [{ data: { kind: event, status, ...charge }, dedupe: id }] }
  },
})

/** A card is told of twice, when it was paid and when the money is there: the first of them counts. */
async function tellOnce(ctx: Context, charge: { readonly chargeId: string } & Record<string, unknown>): Promise<void> {
  const told = `paid:${charge.chargeId}`
  if ((await ctx.storage.get(told)) !== null) return
  await ctx.events.emit('payment.received', charge)
  await ctx.storage.set(told, true, { expiresAt: inAYear(ctx) })
}

/** The lead of a charge; undefined where neither a step has made it nor its customer is a lead of this workspace. */
async function whoseIs(
  ctx: Context,
  { id, customer }: Payment,
): Promise<{ readonly leadId: string | null } | undefined> {
  const known = await remembered(ctx, id)
  if (known || !customer) return known
  const { externalReference } = await getCustomer(ctx, customer)
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(externalReference ?? '')) return undefined
  try {
    return { leadId: (await ctx.records.leads.get({ id: externalReference! })).id }
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error
    return undefined
  }
}

interface Webhook {
  readonly id: string
  readonly url?: string | null
}

/** An answer may have been lost: what is there under the address has a token of then, so it makes room. */
async function register({ url, secret }: Hook, ctx: Context) {
  const { data } = await request<List<Webhook>>(ctx, { path: '/webhooks', query: { limit: 100 } }) // an account has ten at most
  for (const { id } of data.filter(one => one.url === url))
    await request(ctx, { method: 'DELETE', path: `/webhooks/${encodeURIComponent(id)}` })
  const { id } = await request<Webhook>(ctx, {
    method: 'POST',
    path: '/webhooks',
    body: {
      name: 'TRAE OS',
      url,
      email: await noticesTo(ctx),
      enabled: true,
      interrupted: false,
      authToken: secret,
      sendType: 'SEQUENTIALLY',
      events: EVENTS,
    },
  })
  return { data: { id } }
}
