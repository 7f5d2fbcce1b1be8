import { defineAction, paymentService, PluginError } from 'trae-os/sdk'
import { getPayment } from '../payments.ts'
import { request } from '../request.ts'
import { chargeOutput, shown, statusOf } from '../shown.ts'

export const cancelCharge = defineAction({
  ...paymentService.actions['cancel-charge'],
  output: chargeOutput,
  idempotency: 'key', // it looks how the charge stands, and cancels what is not
  run: async ({ id }, ctx) => {
    const payment = await getPayment(ctx, id)
    const status = statusOf(payment)
    if (status === 'CANCELLED') return shown(payment)
    if (status !== 'PENDING' && status !== 'OVERDUE')
      throw new PluginError('CONFLICT', `The charge ${id} is ${payment.status} at Asaas; it can be cancelled no more.`)
    await request(ctx, { method: 'DELETE', path: `/payments/${encodeURIComponent(id)}` })
    return shown({ ...payment, deleted: true })
  },
})
