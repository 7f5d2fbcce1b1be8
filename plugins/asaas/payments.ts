import { type Context, hasCode, PluginError } from 'trae-os/sdk'
import { customerOf, type Payer } from './customers.ts'
import { type List, request } from './request.ts'

/** As much as we read of a payment, which is what Asaas calls a charge. */
export interface Payment {
  readonly id: string
  readonly customer?: string | null
  /** In reais. */
  readonly value?: number | null
  readonly status: string
  readonly billingType: string
  readonly description?: string | null
  /** Of one that this plugin has made: the key of the step. */
  readonly externalReference?: string | null
  readonly invoiceUrl?: string | null
  /** `2026-11-30` */
  readonly paymentDate?: string | null
  readonly clientPaymentDate?: string | null
  readonly deleted?: boolean | null
}
export interface NewCharge {
  readonly leadId?: string | undefined
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly dueOn?: string | undefined
  readonly customer: Omit<Payer, 'leadId'>
  readonly method?: keyof typeof BILLING_TYPES | 'TRANSFER' | undefined
}

const BILLING_TYPES = { ANY: 'UNDEFINED', PIX: 'PIX', BOLETO: 'BOLETO', CARD: 'CREDIT_CARD' } as const
const DAYS_TO_PAY = 3
const DAY_MS = 86_400_000

/** Throws `VALIDATION` for what Asaas cannot charge. */
export async function createPayment(ctx: Context, charge: NewCharge): Promise<Payment> {
  const { leadId, amount, currency, description, customer, method = 'ANY' } = charge
  if (currency !== 'BRL') throw new PluginError('VALIDATION', `Asaas charges in BRL only; found ${currency}.`)
  if (method === 'TRANSFER')
    throw new PluginError('VALIDATION', 'Asaas asks for no transfers: charge by PIX, BOLETO, CARD or ANY.')
  const { id } = await customerOf(ctx, { ...customer, leadId })
  const payment = await request<Payment>(ctx, {
    method: 'POST',
    path: '/payments',
    body: {
      customer: id,
      billingType: BILLING_TYPES[method],
      value: amount / 100,
      dueDate: charge.dueOn ?? dayIn(ctx, DAYS_TO_PAY),
      description,
      externalReference: ctx.run.key,
    },
  })
  await remember(ctx, payment, charge)
  return payment
}

/**
 * The payment that an earlier try of this very step has made, or null. Asaas takes no key; the key of the step goes along as
 * `externalReference`, and is looked for.
 */
export async function findPayment(ctx: Context, charge: NewCharge): Promise<Payment | null> {
  const query = { externalReference: ctx.run.key, limit: 100 }
  const { data } = await request<List<Payment>>(ctx, { path: '/payments', query })
  const found = data.find(one => one.externalReference === ctx.run.key) ?? null
  if (found) await remember(ctx, found, charge)
  return found
}

/** Throws `NOT_FOUND`. */
export async function getPayment(ctx: Context, id: string): Promise<Payment> {
  try {
    return await request<Payment>(ctx, { path: `/payments/${encodeURIComponent(id)}` })
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) throw new PluginError('NOT_FOUND', `Asaas has no charge ${id}.`)
    throw error
  }
}

/** The day after so many days where the workspace is. */
function dayIn({ now, workspace }: Context, days: number): string {
  const style = { timeZone: workspace.timeZone, year: 'numeric', month: '2-digit', day: '2-digit' } as const
  return new Intl.DateTimeFormat('en-CA', style).format(new Date(now + days * DAY_MS))
}

const KEPT_MS = 400 * DAY_MS
/** Whom a charge of ours is about, for as long as it may be paid. Where that cannot be kept, its customer says it later. */
async function remember(ctx: Context, { id }: Payment, { leadId }: NewCharge): Promise<void> {
  try {
    await ctx.storage.set(`charge:${id}`, { leadId: leadId ?? null }, { expiresAt: inAYear(ctx) })
  } catch (error) {
    ctx.log.warn('The charge is there; whom it is about could not be kept.', { error: (error as Error).message })
  }
}
export const inAYear = ({ now }: Context) => new Date(now + KEPT_MS).toISOString()

/** Undefined for a charge that no step of this workspace has made. */
export async function remembered(ctx: Context, id: string): Promise<{ readonly leadId: string | null } | undefined> {
  return ((await ctx.storage.get(`charge:${id}`)) ?? undefined) as { readonly leadId: string | null } | undefined
}
