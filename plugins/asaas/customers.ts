import { type Context, PluginError } from 'trae-os/sdk'
import { type List, request } from './request.ts'

export interface AsaasCustomer {
  readonly id: string
  readonly cpfCnpj?: string | null
  /** Of one that this plugin has made: the id of the lead. */
  readonly externalReference?: string | null
  readonly deleted?: boolean | null
}
export interface Payer {
  readonly leadId?: string | undefined
  readonly name: string
  readonly email?: string | undefined
  readonly phone?: string | undefined
  /** CPF or CNPJ. */
  readonly document?: string | undefined
}

/**
 * The customer at Asaas who pays: who is there as this lead, with this CPF or CNPJ, or where none is given with this address; else a new one. Asaas lets
 * the same one be made twice, so it is looked for each time. Throws `VALIDATION` for a new one without CPF or CNPJ.
 */
export async function customerOf(ctx: Context, payer: Payer): Promise<AsaasCustomer> {
  const document = payer.document?.replace(/[\s./-]/g, '').toUpperCase() || undefined
  const found = await findCustomer(ctx, payer, document)
  if (found) return found
  if (document === undefined)
    throw new PluginError(
      'VALIDATION',
      `Asaas: ${payer.name} is no customer there yet, and a new one needs a CPF or CNPJ: give customer.document.`,
    )
  const { leadId, name, email, phone } = payer
  const body = { name, cpfCnpj: document, email, mobilePhone: numberHere(phone), externalReference: leadId }
  return request<AsaasCustomer>(ctx, { method: 'POST', path: '/customers', body })
}

async function findCustomer(
  ctx: Context,
  { leadId, email }: Payer,
  document: string | undefined,
): Promise<AsaasCustomer | undefined> {
  const first = async (query: Readonly<Record<string, string>>) => {
    const { data } = await request<List<AsaasCustomer>>(ctx, { path: '/customers', query: { ...query, limit: 100 } })
    return data.find(one => !one.deleted && (document === undefined || one.cpfCnpj === document))
  }
  // A lead may pay for themselves once and for their company another time: the document decides
  const asLead = leadId === undefined ? undefined : await first({ externalReference: leadId })
  if (asLead) return asLead
  if (document !== undefined) return first({ cpfCnpj: document })
  return email === undefined ? undefined : first({ email })
}

export const getCustomer = (ctx: Context, id: string): Promise<AsaasCustomer> =>
  request<AsaasCustomer>(ctx, { path: `/customers/${encodeURIComponent(id)}` })

/** Asaas takes numbers of Brazil only, without their country. */
const numberHere = (phone: string | undefined) => /^\+55(\d{10,11})$/.exec(phone?.replace(/[\s().-]/g, '') ?? '')?.[1]
