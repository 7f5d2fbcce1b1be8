import { defineAction, paymentService } from 'trae-os/sdk'
import { told } from '../charge.ts'

export const cancelCharge = defineAction({
  ...paymentService.actions['cancel-charge'],
  idempotency: 'key',
  run: async (charge, ctx) => told(await ctx.records.charges.cancel(charge)),
})
