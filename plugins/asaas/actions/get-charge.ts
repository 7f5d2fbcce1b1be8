import { defineAction, paymentService } from 'trae-os/sdk'
import { getPayment } from '../payments.ts'
import { chargeOutput, shownWithCode } from '../shown.ts'

export const getCharge = defineAction({
  ...paymentService.actions['get-charge'],
  output: chargeOutput,
  idempotency: 'none',
  run: async ({ id }, ctx) => shownWithCode(ctx, await getPayment(ctx, id)),
})
