import { z } from 'zod'
import { PRIORITIES, type Task, TASK_STATUSES, taskInput } from '../brain/tasks/task.ts'
import { MODULE_KEYS } from '../playbooks/playbook.ts'

const { module, action, priority } = taskInput.shape
const data = z.record(z.string(), z.unknown()).optional().meta({ description: 'What the action is given.' })
const lead = z.uuid().optional().meta({ description: 'The lead it is about.' })

/** A task as REST takes it: the seed's fields. */
export const taskBody = z.strictObject({
  module,
  action: action.meta({ description: 'plugin/action, or the id of a playbook.' }),
  priority,
  data,
  lead_id: lead,
  scheduled_for: z.iso.datetime({ offset: true }).optional().meta({ description: 'It does not begin before.' }),
})
export const executeBody = z.strictObject({ action, params: data, lead_id: lead })

const at = z.iso.datetime()
export const taskAnswer = z
  .object({
    id: z.uuid(),
    module: z.enum(MODULE_KEYS),
    action: z.string(),
    priority: z.enum(PRIORITIES),
    status: z.enum(TASK_STATUSES),
    data: z.record(z.string(), z.unknown()),
    scheduled_for: at,
    created_at: at,
    executed_at: at.nullable(),
  })
  .meta({ id: 'Task' })

export const taskOf = (task: Task): z.input<typeof taskAnswer> => ({
  id: task.id,
  module: task.module,
  action: task.action,
  priority: task.priority,
  status: task.status,
  data: { ...task.data },
  scheduled_for: task.scheduledFor.toISOString(),
  created_at: task.createdAt.toISOString(),
  executed_at: task.executedAt?.toISOString() ?? null,
})
