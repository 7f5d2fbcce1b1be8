import type { Context } from 'trae-os/sdk'
import { type HubSpotObject, type ObjectType, pathOf } from './objects.ts'
import { request } from './request.ts'

export interface Filter {
  readonly propertyName: string
  readonly operator: string
  readonly value?: string
  readonly values?: readonly string[]
  readonly highValue?: string
}
export interface Search {
  readonly query?: string
  /** All of them must hold. */
  readonly filters?: readonly Filter[]
  readonly sort?: { readonly propertyName: string; readonly direction: 'ASCENDING' | 'DESCENDING' }
  readonly properties: readonly string[]
  /** Of one page, 200 at most. */
  readonly limit: number
  readonly after?: string
}
export interface Page {
  readonly total: number
  readonly results: readonly HubSpotObject[]
  /** Where the next page begins; undefined on the last one. */
  readonly after: string | undefined
}

/** One page of what fits. HubSpot's index is some seconds behind what was written. */
export async function searchPage(ctx: Context, type: ObjectType, search: Search): Promise<Page> {
  const { query, filters = [], sort, properties, limit, after } = search
  const { total, results, paging } = await request<{
    total: number
    results: readonly HubSpotObject[]
    paging?: { next?: { after: string } }
  }>(ctx, {
    method: 'POST',
    path: pathOf(type, 'search'),
    // The description calls all of these required, `query` excepted
    body: {
      ...(query === undefined ? {} : { query }),
      filterGroups: filters.length === 0 ? [] : [{ filters }],
      sorts: sort === undefined ? [] : [sort],
      properties,
      limit,
      after: after ?? '0',
    },
  })
  return { total, results, after: paging?.next?.after }
}
