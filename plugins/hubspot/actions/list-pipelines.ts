import { defineAction, z } from 'trae-os/sdk'
import { readPipelines } from '../pipelines.ts'

const named = z.object({ id: z.string(), label: z.string() })

export const listPipelines = defineAction({
  title: 'List pipelines and stages',
  description:
    'The pipelines that deals of this account stand in, and their stages, in the order in which HubSpot shows them.',
  input: z.object({}),
  output: z.object({
    pipelines: z.array(named),
    stages: z.array(named.extend({ pipeline: z.string().describe('As people name it.') })),
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {},
  run: async (_input, ctx) => {
    const pipelines = await readPipelines(ctx)
    return {
      pipelines: pipelines.map(({ id, label }) => ({ id, label })),
      stages: pipelines.flatMap(({ label: pipeline, stages }) => stages.map(stage => ({ ...stage, pipeline }))),
    }
  },
})
