import { z } from 'zod'
import { PRIORITIES } from '../brain/tasks/task.ts'
import { MODULE_KEYS } from '../playbooks/playbook.ts'

const at = z.iso.datetime().meta({ description: 'UTC.' })
const count = z.int().min(0)

const factors = z
  .array(z.object({ name: z.string(), points: z.number(), value: z.string(), reason: z.string() }))
  .meta({ description: 'What takes points away.' })

export const moduleAnswer = z
  .object({
    key: z.enum(MODULE_KEYS),
    title: z.string(),
    status: z.enum(['idle', 'running', 'waiting', 'error', 'completed', 'manual']),
    error_rate: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'Share of failed among finished runs of the last 15 minutes.' }),
    finished: count.meta({ description: 'Runs that were over within these minutes.' }),
    queue_size: count.meta({ description: 'Runs and tasks that are due.' }),
    last_executed_at: at.nullable(),
    health_score: z.int().min(0).max(100),
    health_factors: factors,
    mode: z.enum(['auto', 'manual']).meta({ description: 'manual: a person works in it, tasks wait in its inbox.' }),
    mode_reason: z.string().nullable(),
    priority: z.enum(PRIORITIES).meta({ description: 'Of its tasks that say nothing else.' }),
    feeds: z.array(z.enum(MODULE_KEYS)),
    depends_on: z.array(z.enum(MODULE_KEYS)),
    tasks: z.object({ suggested: count, queued: count, running: count, manual: count }),
    restarts: count.meta({ description: 'How often the brain has restarted it.' }),
    recoveries: count.meta({ description: 'How often that was all it needed.' }),
  })
  .meta({ id: 'Module' })

export const brainAnswer = z
  .object({
    running: z.boolean().meta({ description: 'Does it schedule and claim runs?' }),
    health_score: z.int().min(0).max(100),
    health_factors: factors,
    queue_size: count.meta({ description: 'Events, runs and tasks that are due.' }),
    oldest_seconds: count.meta({ description: 'Age of what has been due longest and is not taken up.' }),
    modules: z.array(moduleAnswer),
    leader: z.object({ process: z.string(), since: at }).nullable().meta({ description: 'Which process leads.' }),
    scaling: z
      .object({
        workers: count.meta({ description: 'Processes whose engine runs.' }),
        recommended_workers: count.meta({ description: 'How many there should be.' }),
        reasons: z.array(z.object({ code: z.enum(['queue', 'age', 'arrivals', 'cpu', 'idle']), figure: z.number() })),
        changed_at: at.nullable(),
      })
      .meta({ description: 'Of the host.' }),
    observed_at: at,
  })
  .meta({ id: 'BrainStatus' })

export const analyticsAnswer = z
  .object({
    period: z.object({ from: at, to: at }),
    leads_processed: count,
    leads_qualified: count,
    leads_nurtured: count,
    messages_sent: count,
    replies_received: count,
    meetings_scheduled: count,
    conversion_rate: z.number().min(0).nullable().meta({ description: 'Meetings scheduled by leads processed.' }),
    runs: z.object({ completed: count, failed: count, open: count }),
  })
  .meta({ id: 'AnalyticsOverview' })
