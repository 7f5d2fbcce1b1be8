import { type Context, type Customer, type Findings, type Lead, type Message, type Say, sayMoney, z } from 'trae-os/sdk'
import { type CustomerFacts, healthOf, measuresOf, type SourceOf, withContact } from './health.ts'

/** What the skills about one customer are asked with. */
export const aboutCustomer = {
  customerId: z.uuid(),
  at: z.iso.datetime({ offset: true }).nullish().describe('The moment for which it holds; now without it.'),
}

/** How a customer is doing, by what the records say. */
export interface Standing {
  readonly score: number | null
  readonly measures: ReturnType<typeof measuresOf>['known']
  readonly missing: readonly string[]
}

export interface Known extends Standing {
  readonly customer: Customer
  readonly lead: Lead
  /** Oldest first. */
  readonly thread: readonly Message[]
  readonly facts: CustomerFacts
  readonly at: Date
  /** Of the fact that has their health, or where it would stand: what a verdict rests on. */
  readonly healthFrom: string
}

const DAY = 86_400_000

/** The customer with all that is kept of them, each as a fact; and what is not known of how they do. Throws `NOT_FOUND`. */
export async function knowCustomer(
  ctx: Context,
  findings: Findings,
  say: Say,
  { customerId, at: given }: { readonly customerId: string; readonly at?: string | null | undefined },
): Promise<Known> {
  const at = new Date(given ? Date.parse(given) : ctx.now)
  const customer = await ctx.records.customers.get({ id: customerId })
  const { leadId } = customer
  const [lead, thread] = await Promise.all([
    ctx.records.leads.get({ id: leadId }),
    ctx.records.messages.thread({ leadId }),
  ])
  const from = `customer ${customerId}`
  const days = Math.max(0, Math.floor((at.getTime() - Date.parse(customer.startedAt)) / DAY))
  findings.fact(say('fact.name'), lead.company ? `${lead.name} · ${lead.company}` : lead.name, 'records', 'lead')
  findings.fact(say('fact.since'), say('fact.days', { days }), 'records', from)
  if (customer.plan) findings.fact(say('fact.plan'), customer.plan, 'records', from)
  else findings.missing(say('fact.plan'), say('ask.plan'))
  const { mrr } = customer
  if (mrr) findings.fact(say('fact.mrr'), sayMoney(mrr.amount, mrr.currency, ctx.workspace.locale), 'records', from)
  const facts = factsOf(customer)
  const standing = standingOf(facts, at, say, from)
  const rests = standing.measures.map(one => findings.fact(say(`measure.${one.name}`), one.reason, 'records', one.from))
  const { score } = standing
  const healthFrom =
    score === null ? `${from}.facts` : findings.fact(say('fact.health'), score, 'computed', rests.join(', '))
  for (const name of standing.missing) findings.missing(say(`measure.${name}`), say(`measure.${name}.ask`))
  for (const { direction, body, createdAt } of thread.slice(-3))
    findings.fact(say(`message.${direction}`, { day: createdAt.slice(0, 10) }), body, 'records', 'messages')
  return { customer, lead, thread, facts, at, healthFrom, ...standing }
}

/** What the records say of how they are doing. `from`: where facts are from. */
export function standingOf(facts: CustomerFacts, at: Date, say: Say, from: string): Standing {
  const sourceOf: SourceOf = fact => ({ source: 'records', from: `${from}.facts.${fact}` })
  const { known, missing } = measuresOf(facts, at, say, sourceOf)
  return { score: healthOf(facts, at, say, sourceOf).health?.score ?? null, measures: known, missing }
}

/** The facts of a record that health is made of: people and programs write them, so what is no figure does not count. */
export function factsOf({ facts, lastHeardAt, startedAt }: Customer): CustomerFacts {
  const figure = (name: string, most = Infinity) => {
    const value = facts[name]
    return typeof value === 'number' && value >= 0 && value <= most ? value : undefined
  }
  const contact = facts['lastContactAt']
  const seats = figure('seats')
  return withContact(
    {
      activeUsers: figure('activeUsers'),
      seats: seats !== undefined && seats >= 1 ? seats : undefined,
      openTickets: figure('openTickets'),
      overdueDays: figure('overdueDays'),
      nps: figure('nps', 10),
      lastContactAt: typeof contact === 'string' && !Number.isNaN(Date.parse(contact)) ? contact : undefined,
    },
    // Silence counts from the day on which they became customers
    lastHeardAt !== null && lastHeardAt < startedAt ? startedAt : lastHeardAt,
  )
}

/** Why no letter can go out to them; undefined where one can. */
export const unreachable = (lead: Lead): 'unsubscribed' | 'bounced' | 'no-address' | undefined =>
  lead.unsubscribed ? 'unsubscribed' : !lead.email ? 'no-address' : lead.emailBounced ? 'bounced' : undefined
