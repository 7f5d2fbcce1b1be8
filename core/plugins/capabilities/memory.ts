import { z } from 'zod'
import type { Core } from '../../context.ts'
import { type MemoryEntry, MEMORY_OUTCOMES, memoryFilter, type MemoryInputGiven } from '../../memory/entry.ts'
import { forgetEntry } from '../../memory/forget.ts'
import { getContext } from '../../memory/get-context.ts'
import { learnFromOutcomes } from '../../memory/learn-from-outcomes.ts'
import { retrieveEntry } from '../../memory/read-entries.ts'
import { type Found, type SearchCore, searchMemory } from '../../memory/search-memory.ts'
import { storeEntry } from '../../memory/store-entry.ts'
import type { WorkspaceId } from '../../ids.ts'
import { TraeError } from '../../errors.ts'
import { MODULE_KEYS } from '../../playbooks/playbook.ts'
import type { MemoryPermission } from '../permissions.ts'
import { argumentOf, type Capability } from './calling.ts'

/** One thing that plugins may do with the memory: `ctx.memory.<verb>(argument)`. */
interface MemoryVerb {
  readonly permission: MemoryPermission
  readonly argument: z.ZodType
  readonly run: (
    core: SearchCore & Pick<Core, 'pubsub'>,
    workspaceId: WorkspaceId,
    argument: never,
    origin: string,
  ) => Promise<unknown>
}

const key = z.string().min(1).max(300)
const question = z.object({ verb: z.string().max(100), argument: z.unknown().optional() })

const VERBS: Readonly<Record<string, MemoryVerb>> = {
  store: verb('write', z.record(z.string(), z.unknown()), async (core, workspaceId, argument, origin) =>
    shown(await storeEntry(core, workspaceId, argument as MemoryInputGiven, origin)),
  ),
  retrieve: verb('read', z.strictObject({ key }), async (core, workspaceId, argument) => {
    const entry = await retrieveEntry(core, workspaceId, argument.key)
    return entry && shown(entry)
  }),
  search: verb(
    'read',
    z.strictObject({
      query: z.string().max(2000),
      first: z.int().min(1).max(50).optional(),
      filter: memoryFilter.optional(),
    }),
    async (core, workspaceId, { query, ...options }) =>
      (await searchMemory(core, workspaceId, query, options)).found.map(shownFound),
  ),
  getContext: verb(
    'read',
    z.strictObject({
      module: z.enum(MODULE_KEYS),
      query: z.string().max(2000).optional(),
      first: z.int().min(1).max(20).optional(),
    }),
    async (core, workspaceId, { module, ...options }) => {
      const { context, decisions, related, experience } = await getContext(core, workspaceId, module, options)
      return {
        context: context && shown(context),
        decisions: decisions.map(shown),
        related: related.map(shownFound),
        experience,
      }
    },
  ),
  learnFromOutcomes: verb(
    'write',
    z.array(z.strictObject({ key, outcome: z.enum(MEMORY_OUTCOMES), note: z.string().max(2000).optional() })).max(100),
    async (core, workspaceId, argument) => (await learnFromOutcomes(core, workspaceId, argument)).map(shown),
  ),
  forget: verb('write', z.strictObject({ key }), async (core, workspaceId, argument) => {
    await forgetEntry(core, workspaceId, argument.key)
    return null
  }),
}

/** An entry as plugins see it: plain JSON, nothing of where it is kept. */
const shown = ({
  key,
  type,
  module,
  outcome,
  content,
  data,
  importance,
  leadId,
  timestamp,
  expiresAt,
}: MemoryEntry) => ({
  key,
  type,
  module,
  outcome,
  content,
  data,
  importance,
  leadId,
  timestamp,
  expiresAt,
})
const shownFound = ({ entry, score, by }: Found) => ({ ...shown(entry), score, by })

function verb<Argument>(
  permission: MemoryPermission,
  argument: z.ZodType<Argument>,
  run: (
    core: SearchCore & Pick<Core, 'pubsub'>,
    workspaceId: WorkspaceId,
    argument: Argument,
    origin: string,
  ) => Promise<unknown>,
): MemoryVerb {
  return { permission, argument, run }
}

/** `ctx.memory`. */
export const memory: Capability = async (core, calling, argument) => {
  const { verb, argument: given } = argumentOf('memory', question, argument)
  const known = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (!known) throw new TraeError('VALIDATION', `ctx.memory.${verb} does not exist.`)
  const { permission } = known
  calling.requireGrant(
    `memory.${verb}`,
    permissions => permissions.memory?.some(entry => entry.name === permission) ?? false,
    `memory ${permission}`,
  )
  if (permission === 'write') calling.requireWrites(`memory.${verb}`)
  const checked = argumentOf(`memory.${verb}`, known.argument, given)
  return calling.withOrigin(`memory.${verb}`, origin =>
    known.run(core, calling.workspaceId, checked as never, `run:${origin.key}`),
  )
}
