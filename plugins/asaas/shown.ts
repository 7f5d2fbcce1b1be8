import { type Context, paymentService, z } from 'trae-os/sdk'
import type { Payment } from './payments.ts'
import { request } from './request.ts'

const STATUSES = {
  PENDING: 'PENDING',
  AWAITING_RISK_ANALYSIS: 'PENDING',
  CONFIRMED: 'PAID', // by card and boleto: it was paid, and the money is on its way
  RECEIVED: 'PAID',
  RECEIVED_IN_CASH: 'PAID',
  DUNNING_RECEIVED: 'PAID',
  OVERDUE: 'OVERDUE',
  DUNNING_REQUESTED: 'OVERDUE',
  REFUND_REQUESTED: 'REFUNDED',
  REFUND_IN_PROGRESS: 'REFUNDED',
  REFUNDED: 'REFUNDED',
  CHARGEBACK_REQUESTED: 'FAILED',
  CHARGEBACK_DISPUTE: 'FAILED',
  AWAITING_CHARGEBACK_REVERSAL: 'FAILED',
} as const
type Status = 'PENDING' | 'PAID' | 'OVERDUE' | 'CANCELLED' | 'REFUNDED' | 'FAILED'

export const chargeOutput = paymentService.actions['get-charge'].output.extend({
  asaasStatus: z.string().describe('As Asaas has it: PENDING, CONFIRMED, RECEIVED, OVERDUE …'),
})

export function statusOf({ status, deleted }: Payment): Status {
  if (deleted) return 'CANCELLED'
  return (STATUSES as Readonly<Record<string, Status>>)[status] ?? 'PENDING'
}

/** In centavos. */
export const amountOf = ({ value }: Payment): number => Math.round((value ?? 0) * 100)

/** Asaas tells the day of a payment, in Brazil; it counts from its beginning. */
const paidAtOf = ({ paymentDate, clientPaymentDate }: Payment): string | null => {
  const day = clientPaymentDate ?? paymentDate
  return day ? `${day}T00:00:00-03:00` : null
}

export const shown = (payment: Payment, pixCode: string | null = null) => ({
  id: payment.id,
  status: statusOf(payment),
  amount: amountOf(payment),
  currency: 'BRL',
  paidAt: statusOf(payment) === 'PAID' ? paidAtOf(payment) : null,
  url: payment.invoiceUrl ?? null,
  pixCode,
  asaasStatus: payment.status,
})

/** With the code of Pix, where it is to be paid by that. Without the code it is paid at its address all the same. */
export async function shownWithCode(ctx: Context, payment: Payment) {
  if (payment.billingType !== 'PIX' || statusOf(payment) !== 'PENDING') return shown(payment)
  try {
    const path = `/payments/${encodeURIComponent(payment.id)}/pixQrCode`
    return shown(payment, (await request<{ payload?: string | null }>(ctx, { path })).payload ?? null)
  } catch (error) {
    ctx.log.warn('The charge is there; its code of Pix could not be read.', { error: (error as Error).message })
    return shown(payment)
  }
}
