import { defineAction, paymentService } from 'trae-os/sdk'
import { told } from '../charge.ts'

export const createCharge = defineAction({
  ...paymentService.actions['create-charge'],
  description:
    'Enters a charge into the register, once per step. A person asks for the money, and confirms it when it is there; then the event payment.received comes.',
  idempotency: 'key',
  run: async (charge, ctx) => told(await ctx.records.charges.create(charge)),
})
