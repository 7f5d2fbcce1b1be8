import { type Context, type Deal, hasCode, PluginError } from 'trae-os/sdk'
import { DEAL_ID, makeDealId } from './deal-id.ts'
import { type DealPlace, dealPlace } from './deal-settings.ts'
import { mirrorLead } from './mirror-lead.ts'
import { type HubSpotObject, pathOf, toProperties, upsertObject } from './objects.ts'
import { readPipelines } from './pipelines.ts'
import { request } from './request.ts'

/**
 * Writes a deal as it stands here to HubSpot, with the contact of its lead, where that has an e-mail. The deal there bears the id
 * of ours in a property whose values are unique, so that the same again, after whatever answer was lost, changes nothing.
 * Throws `VALIDATION` naming the setting for a stage or pipeline that HubSpot does not have.
 */
export async function mirrorDeal(ctx: Context, { id, leadId }: Pick<Deal, 'id' | 'leadId'>): Promise<HubSpotObject> {
  const lead = await ctx.records.leads.get({ id: leadId })
  const contact = lead.email === null ? undefined : await mirrorLead(ctx, lead)
  const written = await writeDeal(ctx, await ctx.records.deals.get({ id })) // somebody may have moved it meanwhile
  if (contact) {
    const path = pathOf('deals', written.id, 'associations', 'default', 'contacts', contact.id)
    await request(ctx, { method: 'PUT', path })
  }
  return written
}

async function writeDeal(ctx: Context, deal: Deal): Promise<HubSpotObject> {
  const place = await dealPlace(ctx, deal.stage)
  const values = propertiesOf(ctx, deal, place)
  for (let made = false; ; made = true)
    try {
      return await upsertObject(ctx, 'deals', { idProperty: DEAL_ID, id: deal.id, values })
    } catch (error) {
      if (!hasCode(error, 'VALIDATION') && !hasCode(error, 'NOT_FOUND')) throw error
      // HubSpot does not say in a way to rely on what it misses, so we look
      if (!made && (await makeDealId(ctx))) continue
      await requirePlace(ctx, place)
      if (!made) throw error
      throw new PluginError('UNAVAILABLE', `HubSpot does not know its new property ${DEAL_ID} yet.`, { retryAfter: 5 })
    }
}

/** What is not known here stays there as it is. */
function propertiesOf(ctx: Context, deal: Deal, { pipeline, stage, currency }: DealPlace): Record<string, string> {
  const isOurs = deal.value === null || deal.value.currency === currency
  if (!isOurs)
    ctx.log.warn(`The deal is not in ${currency}, the currency of the account, so HubSpot was told no amount.`, {
      dealId: deal.id,
    })
  return toProperties({
    dealname: deal.title,
    pipeline,
    dealstage: stage,
    amount: (isOurs && deal.value?.amount) || undefined,
    closedate: deal.closedAt ?? deal.expectedCloseOn ?? undefined,
    closed_lost_reason: deal.lostReason ?? undefined,
  })
}

/** Throws `VALIDATION` where the account has no such pipeline, or the pipeline no such stage. */
async function requirePlace(ctx: Context, { pipeline, stage, setting }: DealPlace): Promise<void> {
  const pipelines = await readPipelines(ctx)
  const refuse = (what: string, name: string, there: readonly { readonly id: string; readonly label: string }[]) =>
    new PluginError(
      'VALIDATION',
      `${what}. Choose another at “${name}”, with the account of HubSpot on the page of the plugin. There is: ${there.map(one => `${one.id} (${one.label})`).join(', ')}.`,
    )
  const found = pipeline === undefined ? pipelines[0] : pipelines.find(({ id }) => id === pipeline)
  if (!found && pipeline !== undefined) throw refuse(`HubSpot has no pipeline ${pipeline}`, 'Pipeline', pipelines)
  if (found && !found.stages.some(({ id }) => id === stage))
    throw refuse(`The pipeline ${found.label} of HubSpot has no stage ${stage}`, setting, found.stages)
}
