import { z } from 'trae-os/sdk'
import { properties, toProperties } from './objects.ts'

/** What a person knows of a deal, under names that are easier than HubSpot's. */
export const dealFields = {
  pipeline: z.string().min(1).max(255).optional().describe('Internal id; the account’s first pipeline without it.'),
  stage: z.string().min(1).max(255).optional().describe('Internal id of a stage of that pipeline.'),
  amount: z.number().min(0).optional().describe('In the currency of the account.'),
  closeDate: z.union([z.iso.date(), z.iso.datetime({ offset: true })]).optional(),
  ownerId: z.string().min(1).max(100).optional(),
  properties: properties.default({}),
}

/** Read of every deal, whatever else was asked for. */
export const DEAL_PROPERTIES: readonly string[] = [
  'dealname',
  'pipeline',
  'dealstage',
  'amount',
  'closedate',
  'hubspot_owner_id',
  'hs_lastmodifieddate',
]

export function dealProperties(given: {
  readonly name?: string | undefined
  readonly pipeline?: string | undefined
  readonly stage?: string | undefined
  readonly amount?: number | undefined
  readonly closeDate?: string | undefined
  readonly ownerId?: string | undefined
  readonly properties: Readonly<Record<string, string | number | boolean | null>>
}): Record<string, string> {
  const { name, pipeline, stage, amount, closeDate, ownerId } = given
  const own = { dealname: name, pipeline, dealstage: stage, amount, closedate: closeDate, hubspot_owner_id: ownerId }
  return { ...toProperties(given.properties), ...toProperties(own) }
}
