import { type Context, z } from 'trae-os/sdk'
import { errorOfBatch } from './error-of.ts'
import { request } from './request.ts'

/** The version of the API that all of this was written for; HubSpot keeps one for at least 18 months. */
export const VERSION = '2026-09'

/** What may be given for a property: HubSpot itself knows only texts. */
export const propertyValue = z.union([z.string().max(65_536), z.number(), z.boolean(), z.null()])
export const properties = z
  .record(z.string(), propertyValue)
  .describe('Properties by their internal names; null empties one.')
export const names = z
  .array(z.string().min(1).max(100))
  .max(100)
  .describe('More properties to read, by their internal names.')
export const record = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.string().nullable()),
  createdAt: z.string(),
  updatedAt: z.string(),
})

/** An object of HubSpot as its API shows it. */
export interface HubSpotObject {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
  readonly createdAt: string
  readonly updatedAt: string
}
export type ObjectType = 'contacts' | 'deals'
type Value = string | number | boolean | null

/** Path of objects, of one, or of something below it. */
export const pathOf = (type: string, ...rest: readonly string[]) =>
  `/crm/objects/${VERSION}/${[type, ...rest].map(encodeURIComponent).join('/')}`

/** As texts; what was not given is left as it is. */
export function toProperties(given: Readonly<Record<string, Value | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === null ? '' : `${value}`]],
    ),
  )
}

/** Only what we promise. */
export const shown = ({ id, properties: held, createdAt, updatedAt }: HubSpotObject): HubSpotObject => ({
  id,
  properties: held,
  createdAt,
  updatedAt,
})

export function createObject(
  ctx: Context,
  type: ObjectType,
  body: { readonly properties: Readonly<Record<string, string>>; readonly associations?: readonly unknown[] },
): Promise<HubSpotObject> {
  return request<HubSpotObject>(ctx, { method: 'POST', path: pathOf(type), body })
}

/** Throws `NOT_FOUND`. `idProperty` says that the id is the value of this unique property. */
export function getObject(
  ctx: Context,
  type: ObjectType,
  id: string,
  query: { readonly properties: readonly string[]; readonly idProperty?: string },
): Promise<HubSpotObject> {
  return request<HubSpotObject>(ctx, { path: pathOf(type, id), query })
}

/** Throws `NOT_FOUND`. */
export function updateObject(
  ctx: Context,
  type: ObjectType,
  id: string,
  values: Readonly<Record<string, string>>,
): Promise<HubSpotObject> {
  return request<HubSpotObject>(ctx, { method: 'PATCH', path: pathOf(type, id), body: { properties: values } })
}

/** The contact with this address, created where there is none. The same again changes nothing. */
export function upsertContactByEmail(
  ctx: Context,
  email: string,
  values: Readonly<Record<string, string>>,
): Promise<HubSpotObject & { readonly new: boolean }> {
  return upsertObject(ctx, 'contacts', { idProperty: 'email', id: email.trim().toLowerCase(), values })
}

/** Creates the object with this value of a unique property, or updates the one that there is. The same again changes nothing. */
export async function upsertObject(
  ctx: Context,
  type: ObjectType,
  { idProperty, id, values }: { idProperty: string; id: string; values: Readonly<Record<string, string>> },
): Promise<HubSpotObject & { readonly new: boolean }> {
  const { results = [], errors = [] } = await request<{
    results?: readonly (HubSpotObject & { readonly new: boolean })[]
    errors?: readonly unknown[]
  }>(ctx, {
    method: 'POST',
    path: pathOf(type, 'batch', 'upsert'),
    body: { inputs: [{ idProperty, id, properties: { ...values, [idProperty]: id } }] },
  })
  const [object] = results
  if (!object) throw errorOfBatch(errors)
  return object
}
