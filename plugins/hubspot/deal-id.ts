import { type Context, hasCode, PluginError } from 'trae-os/sdk'
import { VERSION } from './objects.ts'
import { request } from './request.ts'

/** The property of HubSpot's deals that holds the id of ours. HubSpot itself takes care that no two have the same. */
export const DEAL_ID = 'trae_deal_id'
const path = `/crm/properties/${VERSION}/deals`

/**
 * Makes the property, once an account. True where it was not there; false where it is, and something else is wrong. Throws `FORBIDDEN`
 * for an account that may not, `VALIDATION` for a property of that name whose values are not unique: each says what to do.
 */
export async function makeDealId(ctx: Context): Promise<boolean> {
  const { results } = await request<{ results: readonly { name: string; hasUniqueValue?: boolean }[] }>(ctx, { path })
  const found = results.find(({ name }) => name === DEAL_ID)
  if (found?.hasUniqueValue) return false
  if (found)
    throw new PluginError(
      'VALIDATION',
      `The property ${DEAL_ID} of HubSpot’s deals must have unique values, so that no deal is there twice. Delete it in HubSpot: it is made anew.`,
    )
  const body = {
    name: DEAL_ID,
    label: 'TRAE deal',
    description: 'Names the deal of TRAE OS that this is the mirror of. Do not change it.',
    groupName: 'dealinformation',
    type: 'string',
    fieldType: 'text',
    hasUniqueValue: true,
    formField: false,
  }
  try {
    await request(ctx, { method: 'POST', path, body })
  } catch (error) {
    if (hasCode(error, 'CONFLICT')) return true // somebody else was faster
    if (!hasCode(error, 'FORBIDDEN')) throw error
    throw new PluginError(
      'FORBIDDEN',
      `HubSpot has no property ${DEAL_ID} for deals, which keeps each from being there twice, and the account may not make it. Give it the scope crm.schemas.deals.write and connect it again; or make the property in HubSpot: single-line text, with unique values.`,
    )
  }
  return true
}
