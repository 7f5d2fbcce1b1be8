import { defineAction, paymentService } from 'trae-os/sdk'
import { createPayment, findPayment } from '../payments.ts'
import { chargeOutput, shownWithCode } from '../shown.ts'

export const createCharge = defineAction({
  ...paymentService.actions['create-charge'],
  description:
    'Asks a customer for an amount in BRL by Pix, boleto or card, once per step; without `dueOn` within three days. Who is new to Asaas needs a CPF or CNPJ.',
  output: chargeOutput,
  idempotency: 'lookup',
  run: async (charge, ctx) => shownWithCode(ctx, await createPayment(ctx, charge)),
  lookup: async (charge, ctx) => {
    const found = await findPayment(ctx, charge)
    return found && (await shownWithCode(ctx, found))
  },
})
