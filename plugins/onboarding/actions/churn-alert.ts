import {
  type Context,
  type Customer,
  defineAction,
  draft,
  Findings,
  findingsShape,
  sayIn,
  sayMoney,
  sourced,
  z,
} from 'trae-os/sdk'
import { advise } from '../advise.ts'
import { factsOf, standingOf } from '../know-customer.ts'

const PAGES = 10
/** Of these the model is told; the output has all. */
const TOLD = 20

export const churnAlert = defineAction({
  title: 'Say who may leave',
  description:
    'Looks at all customers and lists those whose health is below the limit, the worst first, each with the signs and where they are known from. Of whom nothing is known is listed as ' +
    'not known. With a model also whom to talk to first, and about what.',
  input: z.object({
    below: z.int().min(1).max(100).default(70).describe('Health below this is an alert.'),
    most: z.int().min(1).max(200).default(50),
    at: z.iso.datetime({ offset: true }).nullish().describe('The moment for which it holds; now without it.'),
  }),
  output: z.object({
    ...findingsShape,
    looked: z.int().describe('How many customers were looked at; at most 1,000, the newest.'),
    customers: z.array(
      z.object({
        customerId: z.string(),
        leadId: z.string(),
        name: z.string(),
        score: z.int(),
        mrr: z.object({ amount: z.string(), currency: z.string() }).nullable(),
        signs: z.array(z.object({ name: z.string(), reason: z.string(), ...sourced })).describe('Worst first.'),
      }),
    ),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { below: 70 },
  run: async ({ below, most, at: given }, ctx) => {
    const say = sayIn(ctx)
    const at = new Date(given ? Date.parse(given) : ctx.now)
    const findings = new Findings()
    const all = await customersOf(ctx)
    const read = all.map(customer => ({
      customer,
      ...standingOf(factsOf(customer), at, say, `customer ${customer.id}`),
    }))
    const unknown = read.filter(({ score }) => score === null).length
    const atRisk = read
      .flatMap(({ customer, score, measures }) =>
        score !== null && score < below ? [{ customer, score, measures }] : [],
      )
      .sort((a, b) => a.score - b.score || worth(b.customer) - worth(a.customer))
    const customers = atRisk.slice(0, most).map(({ customer: { id, leadId, name, mrr }, score, measures }) => ({
      customerId: id,
      leadId,
      name,
      score,
      mrr,
      signs: measures
        .filter(({ grade }) => grade !== 'good')
        .sort((a, b) => a.level - b.level)
        .map(({ name: sign, reason, source, from }) => ({ name: sign, reason, source, from })),
    }))
    if (all.length === 0) findings.missing(say('churn.customers'), say('churn.needs'))
    else
      findings.fact(
        say('churn.customers'),
        say('churn.count', { looked: all.length, risk: atRisk.length, below }),
        'records',
        'customers',
      )
    if (unknown > 0) findings.missing(say('churn.unknown', { customers: unknown }), say('churn.unknown.needs'))
    for (const { customerId, name, score, mrr, signs } of customers.slice(0, TOLD)) {
      const worthIt = mrr ? ` · ${sayMoney(mrr.amount, mrr.currency, ctx.workspace.locale)}` : ''
      const value = `${score}${worthIt}: ${signs.map(({ reason }) => reason).join(' ')}`
      findings.fact(name, value, 'records', `customer ${customerId}`)
    }
    const written = customers.length === 0 ? null : await advise(ctx, findings, 'churn-alert')
    return { looked: all.length, customers, draft: written, ...findings.shown }
  },
})

async function customersOf(ctx: Context): Promise<readonly Customer[]> {
  const found: Customer[] = []
  let after: string | null = null
  for (let page = 0; page < PAGES; page++) {
    const { customers, next }: { customers: readonly Customer[]; next: string | null } =
      await ctx.records.customers.list({
        statuses: ['ONBOARDING', 'ACTIVE'],
        ...(after === null ? {} : { after }),
      })
    found.push(...customers)
    if (next === null) break
    after = next
  }
  return found
}

/** For the order alone: amounts of two currencies are not the same. */
const worth = ({ mrr }: Customer) => Number(mrr?.amount ?? 0)
