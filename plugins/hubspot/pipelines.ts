import type { Context } from 'trae-os/sdk'
import { VERSION } from './objects.ts'
import { request } from './request.ts'

interface Ordered {
  readonly id: string
  readonly label: string
  readonly archived: boolean
  readonly displayOrder: number
}
/** A pipeline of deals, its stages in their order. */
export interface Pipeline {
  readonly id: string
  readonly label: string
  readonly stages: readonly { readonly id: string; readonly label: string }[]
}

/** In the order in which HubSpot shows them: the first is the one for deals that name none. */
export async function readPipelines(ctx: Context): Promise<readonly Pipeline[]> {
  const { results } = await request<{ results: readonly (Ordered & { readonly stages: readonly Ordered[] })[] }>(ctx, {
    path: `/crm/pipelines/${VERSION}/deals`,
  })
  return inOrder(results).map(({ id, label, stages }) => ({
    id,
    label,
    stages: inOrder(stages).map(stage => ({ id: stage.id, label: stage.label })),
  }))
}

const inOrder = <T extends Ordered>(all: readonly T[]): readonly T[] =>
  all.filter(({ archived }) => !archived).sort((one, other) => one.displayOrder - other.displayOrder)
