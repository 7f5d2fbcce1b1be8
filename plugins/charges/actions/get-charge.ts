import { defineAction, paymentService } from 'trae-os/sdk'
import { told } from '../charge.ts'

export const getCharge = defineAction({
  ...paymentService.actions['get-charge'],
  idempotency: 'none',
  run: async ({ id }, ctx) => told(await ctx.records.charges.get({ id })),
})
