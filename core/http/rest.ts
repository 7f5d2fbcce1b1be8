import { z } from 'zod'
import type { Viewer } from '../access/viewer.ts'
import { getWorkspace } from '../access/workspace.ts'
import { brainStatus } from '../brain/brain-status.ts'
import { keptOverview } from '../brain/kept-figures.ts'
import { requireModule } from '../brain/modules.ts'
import { addTask } from '../brain/tasks/add-task.ts'
import { taskInput } from '../brain/tasks/task.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { requestDecision } from '../decisions/request-decision.ts'
import { searchMemory } from '../memory/search-memory.ts'
import { captureLead } from '../sales/capture-lead.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { chooseLocale } from './landing/texts.ts'
import { leadBody } from './lead-body.ts'
import { analyticsAnswer, brainAnswer, moduleAnswer } from './rest-answers.ts'
import { decisionAnswer, decisionBody, decisionOf } from './rest-decisions.ts'
import { memoryAnswer, memoryAnswerOf, memoryQuery } from './rest-memory.ts'
import { executeBody, taskAnswer, taskBody, taskOf } from './rest-tasks.ts'
import { snakeCase } from './snake-case.ts'

const originOf = ({ userId }: Viewer, once: string | undefined) => ({
  source: `user:${userId}`,
  idempotencyKey: once === undefined ? undefined : `rest:${once}`,
})

const status = async (core: Core, { workspaceId }: Viewer) => snakeCase(await brainStatus(core, workspaceId))

/** The REST endpoints of the seed: thin doors to the functions that GraphQL calls too. */
export const restEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/brain/start',
    tag: 'brain',
    summary: 'Starts the engine; nothing changes when it runs.',
    permission: 'brain:control',
    status: 202,
    answer: brainAnswer,
    async handle({ core, viewer }) {
      await core.brain.start()
      return status(core, viewer)
    },
  }),
  endpoint({
    method: 'POST',
    path: '/brain/stop',
    tag: 'brain',
    summary: 'Stops scheduling and claiming; what is under way is finished, API and status stay.',
    permission: 'brain:control',
    status: 202,
    answer: brainAnswer,
    async handle({ core, viewer }) {
      await core.brain.stop()
      return status(core, viewer)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/brain/status',
    tag: 'brain',
    summary: 'How the engine and its modules stand.',
    permission: 'brain:read',
    status: 200,
    answer: brainAnswer,
    handle: ({ core, viewer }) => status(core, viewer),
  }),
  endpoint({
    method: 'GET',
    path: '/modules/{module}/status',
    tag: 'modules',
    summary: 'How one module stands.',
    permission: 'brain:read',
    params: z.object({ module: z.string().meta({ description: 'The key of a module, as pre_vendas.' }) }),
    status: 200,
    answer: moduleAnswer,
    async handle({ core, viewer, params }) {
      const { modules } = await status(core, viewer)
      const module = modules.find(({ key }) => key === params.module)
      if (module) return module
      const known = modules.map(({ key }) => key).join(', ')
      throw new TraeError('NOT_FOUND', `There is no such module. There are: ${known}.`)
    },
  }),
  endpoint({
    method: 'POST',
    path: '/tasks/add',
    tag: 'tasks',
    summary: 'Adds a task of a module; it begins when its turn has come.',
    description: 'Urgent tasks come first; one that waits moves up, so that none waits for ever.',
    permission: 'tasks:write',
    body: taskBody,
    status: 202,
    answer: taskAnswer,
    async handle({ core, viewer, body, once }) {
      const { lead_id: leadId, scheduled_for: scheduledFor, ...same } = body
      const input = taskInput.parse({ ...same, leadId, scheduledFor })
      return taskOf(await addTask(core, viewer.workspaceId, input, originOf(viewer, once)))
    },
  }),
  endpoint({
    method: 'POST',
    path: '/modules/{module}/execute',
    tag: 'modules',
    summary: 'Lets a module do something before everything else.',
    permission: 'tasks:write',
    params: z.object({ module: z.string().meta({ description: 'The key of a module, as pre_vendas.' }) }),
    body: executeBody,
    status: 202,
    answer: taskAnswer,
    async handle({ core, viewer, params, body, once }) {
      const { action, params: data, lead_id: leadId } = body
      const module = requireModule(params.module)
      const input = taskInput.parse({ module, action, data, leadId, priority: 'critical' })
      return taskOf(await addTask(core, viewer.workspaceId, input, originOf(viewer, once)))
    },
  }),
  endpoint({
    method: 'GET',
    path: '/memory/search',
    tag: 'memory',
    summary: 'Looks for something in the shared memory, by words and by meaning.',
    permission: 'memory:read',
    query: memoryQuery,
    status: 200,
    answer: memoryAnswer,
    async handle({ core, viewer, query: { q, limit, type, module, outcome } }) {
      const filter = {
        ...(type ? { types: [type] } : {}),
        ...(module ? { modules: [module] } : {}),
        ...(outcome ? { outcomes: [outcome] } : {}),
      }
      return memoryAnswerOf(await searchMemory(core, viewer.workspaceId, q, { first: limit, filter }))
    },
  }),
  endpoint({
    method: 'GET',
    path: '/analytics/overview',
    tag: 'analytics',
    summary: 'What the last days came to.',
    permission: 'analytics:read',
    query: z.strictObject({
      days: z.coerce.number<string | number>().int().min(1).max(366).default(30).meta({ description: 'How many.' }),
    }),
    status: 200,
    answer: analyticsAnswer,
    handle: async ({ core, viewer, query }) => snakeCase(await keptOverview(core, viewer.workspaceId, query.days)),
  }),
  endpoint({
    method: 'POST',
    path: '/decisions/request',
    tag: 'decisions',
    summary: 'Takes a decision by a policy, or asks a person.',
    description: 'Decided at once where the policy is sure enough; else pending until a person decides in the admin.',
    permission: 'decisions:write',
    body: decisionBody,
    status: 202,
    answer: decisionAnswer,
    async handle({ core, viewer, body, once, language }) {
      const { policy, context: inputs, lead_id: subjectId } = body
      const key = once === undefined ? undefined : `rest:${once}`
      const decision = await requestDecision(core, viewer.workspaceId, { policy, inputs, subjectId, key })
      const locale = language
        ? chooseLocale(undefined, language)
        : (await getWorkspace(core, viewer.workspaceId)).locale
      return decisionOf(decision, locale)
    },
  }),
  endpoint({
    method: 'POST',
    path: '/leads/process',
    tag: 'leads',
    summary: 'Captures a lead and starts the playbooks that wait for one.',
    description: 'A lead with a known e-mail is brought up to date, not doubled.',
    permission: 'leads:write',
    body: leadBody,
    status: 202,
    answer: z.object({
      id: z.uuid().meta({ description: 'The lead.' }),
      lead_id: z.uuid(),
      event_id: z.uuid().meta({ description: 'The event that playbooks hear.' }),
      created: z.boolean().meta({ description: 'False where the address was known.' }),
      repeated: z.boolean().meta({ description: 'True where this very capture had been stored before.' }),
    }),
    async handle({ core, viewer, body, once }) {
      const captured = await captureLead(core, viewer.workspaceId, body, {
        source: 'rest',
        dedupeKey: once === undefined ? undefined : `rest:${once}`,
      })
      return snakeCase({ id: captured.leadId, ...captured })
    },
  }),
]
