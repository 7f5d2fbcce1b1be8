import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { storeEntry } from '../memory/store-entry.ts'
import { putCampaign, putCampaignDay } from '../sales/campaigns.ts'
import { startCustomer, updateCustomer } from '../sales/customers.ts'
import { dealInput } from '../sales/deal.ts'
import { moveDeal, openDeal } from '../sales/deals.ts'
import type { ActionTest } from './action-test.ts'

const of = { lead: z.int().min(0) }
const deal = dealInput
  .omit({ leadId: true })
  .extend({ ...of, stage: z.string().default('PROSPECTING'), lostReason: z.string().optional() })
const customer = z.looseObject(of)
const campaign = z.looseObject({ days: z.array(z.looseObject({})).default([]) })

const ORIGIN = { source: 'test' }
const CLOSED = ['WON', 'LOST']

/** What a test wants to be there besides leads: deals, customers, campaigns, memories. Answers the ids of the customers. Throws `BAD_USER_INPUT` naming what is wrong. */
export async function recordsBefore(
  core: Core,
  workspaceId: WorkspaceId,
  leadIds: readonly string[],
  { deals = [], customers = [], campaigns = [], memory = [] }: Omit<ActionTest, 'input'>,
): Promise<readonly string[]> {
  const customerIds: string[] = []
  const leadOf = (place: string, lead: number) => {
    const leadId = leadIds[lead]
    if (leadId !== undefined) return leadId
    throw new TraeError('BAD_USER_INPUT', `${place}.lead: there is no leads[${lead}].`)
  }
  await inTurn('deals', deals, async (given, place) => {
    const { lead, stage, lostReason, ...rest } = deal.parse(given)
    const closed = CLOSED.includes(stage)
    const input = { ...rest, leadId: leadOf(place, lead), ...(closed ? {} : { stage }) }
    const { id } = await openDeal(core, workspaceId, dealInput.parse(input), ORIGIN)
    if (closed) await moveDeal(core, workspaceId, { id, stage: stage as 'WON', lostReason }, ORIGIN)
  })
  await inTurn('customers', customers, async (given, place) => {
    const { lead, health, status, ...rest } = customer.parse(given)
    const { id } = await startCustomer(core, workspaceId, { ...rest, leadId: leadOf(place, lead) }, ORIGIN)
    customerIds.push(id)
    const patch = { ...(health === undefined ? {} : { health }), ...(status === undefined ? {} : { status }) }
    if (Object.keys(patch).length > 0) await updateCustomer(core, workspaceId, { id, patch } as never, ORIGIN)
  })
  await inTurn('campaigns', campaigns, async given => {
    const { days, ...rest } = campaign.parse(given)
    const { id } = await putCampaign(core, workspaceId, rest as never)
    for (const day of days) await putCampaignDay(core, workspaceId, { ...day, campaignId: id } as never)
  })
  await inTurn('memory', memory, (given, place) =>
    storeEntry(core, workspaceId, given as never, `test:${place}`).then(() => undefined),
  )
  return customerIds
}

async function inTurn(what: string, list: readonly unknown[], add: (given: unknown, place: string) => Promise<void>) {
  for (const [index, given] of list.entries()) {
    const place = `${what}[${index}]`
    try {
      await add(given, place)
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error
      const { path, message } = error.issues[0]!
      throw new TraeError('BAD_USER_INPUT', `${place}${path.map(part => `.${String(part)}`).join('')}: ${message}.`)
    }
  }
}
