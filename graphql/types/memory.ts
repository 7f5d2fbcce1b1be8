import { type MemoryEntry, memoryFilter, type MemoryOutcome, type MemoryType } from '../../core/memory/entry.ts'
import type { Piece } from '../../core/memory/highlight.ts'
import { type MemoryStatus, memoryStatus } from '../../core/memory/move-store.ts'
import { findEntries, getEntry, listEntries } from '../../core/memory/read-entries.ts'
import { type Found, searchMemory, type SearchResult } from '../../core/memory/search-memory.ts'
import { accepted, acceptedModules } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { follow } from '../follow.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'

export const MemoryTypeEnum = builder.enumType('MemoryKind', {
  description: 'What kind of thing is remembered.',
  values: {
    DECISION: { value: 'decision', description: 'What was decided, and how it ended.' },
    DIAGNOSTIC: { value: 'diagnostic', description: 'What was found out about a company.' },
    LEAD: { value: 'lead', description: 'What is known of a lead.' },
    CONTEXT: { value: 'context', description: 'How things stand in a module.' },
    NOTE: { value: 'note', description: 'Anything else.' },
  } as const satisfies Record<Uppercase<MemoryType>, object>,
})
export const MemoryOutcomeEnum = builder.enumType('MemoryOutcome', {
  description: 'How it ended.',
  values: {
    SUCCESS: { value: 'success', description: 'Well.' },
    FAILURE: { value: 'failure', description: 'Badly.' },
    PENDING: { value: 'pending', description: 'Not known yet.' },
  } as const satisfies Record<Uppercase<MemoryOutcome>, object>,
})
export const MemoryStoreEnum = builder.enumType('MemoryStore', {
  description: 'Where vectors are kept.',
  values: {
    DATABASE: { value: 'database', description: 'In the database of the host.' },
    PINECONE: { value: 'pinecone', description: 'In an index of Pinecone.' },
  } as const,
})

export const MemoryEntryRef = builder.objectRef<MemoryEntry>('MemoryEntry').implement({
  description: 'One thing that the workspace remembers.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('MemoryEntry', ({ id }) => id)),
    key: t.exposeString('key', {
      description:
        '`decision_<timestamp>`, `diagnostic_<company>`, `lead_<e-mail>`, `context_<module>` or `note_<id>`.',
    }),
    type: t.field({ type: MemoryTypeEnum, description: 'What kind of thing it is.', resolve: entry => entry.type }),
    module: t.exposeString('module', { nullable: true, description: 'The module that it belongs to.' }),
    outcome: t.field({
      type: MemoryOutcomeEnum,
      nullable: true,
      description: 'How it ended; null where that means nothing.',
      resolve: entry => entry.outcome,
    }),
    content: t.exposeString('content', { description: 'What it says, and is found by.' }),
    data: t.field({ type: 'JSON', description: 'What belongs to it.', resolve: entry => entry.data }),
    importance: t.exposeFloat('importance', {
      description: '0 to 1: what it counts beside others that fit as well.',
    }),
    origin: t.exposeString('origin', { description: 'Who stored it: `user:…`, `run:…`.' }),
    timestamp: t.expose('timestamp', { type: 'DateTime', description: 'When what it tells of was so.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'When it is forgotten.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was stored.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was changed.' }),
    embedded: t.exposeBoolean('embedded', {
      description: 'Is it found by its meaning already, and not by its words alone?',
    }),
  }),
})

const MemoryFilterInput = builder.inputType('MemoryFilter', {
  description: 'Which entries. All conditions must hold; of a list, one.',
  fields: t => ({
    types: t.field({ type: [MemoryTypeEnum], description: 'Of one of these kinds.' }),
    modules: t.stringList({ description: 'Of one of these modules.' }),
    outcomes: t.field({ type: [MemoryOutcomeEnum], description: 'That ended in one of these ways.' }),
    since: t.field({ type: 'DateTime', description: 'Not older than this.' }),
    leadId: t.id({ description: 'About this lead.' }),
  }),
})

/** As the memory takes it. Throws `BAD_USER_INPUT` for a module that there is not. */
function filterOf(given: typeof MemoryFilterInput.$inferInput | null | undefined) {
  const { since, leadId, ...rest } = given ?? {}
  return accepted(
    memoryFilter,
    {
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined)),
      ...(since ? { since: since.toISOString() } : {}),
      ...(leadId ? { leadId: rowId('Lead', leadId) } : {}),
    },
    'filter',
  )
}

const MemoryEntryConnection = connectionOf<MemoryEntry>('MemoryEntry', MemoryEntryRef)

const MemoryEntrySort = sortInput('MemoryEntry', {
  happenedAt: 'When it was so.',
  importance: 'How much it matters.',
})

builder.queryField('memoryEntries', t =>
  t.field({
    type: MemoryEntryConnection,
    ...guarded('memory:read', 'What the workspace remembers, the newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: MemoryFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: MemoryEntrySort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listEntries(c.core, workspaceOf(c), { ...page, filter: filterOf(filter) }),
  }),
)

builder.queryField('memoryEntry', t =>
  t.field({
    type: MemoryEntryRef,
    ...guarded('memory:read', 'One entry. `NOT_FOUND` where there is none, or it was forgotten.'),
    args: { id: t.arg.id({ required: true, description: 'The entry.' }) },
    resolve: (_root, { id }, c) => getEntry(c.core, workspaceOf(c), rowId('MemoryEntry', id)),
  }),
)

const MemoryPieceRef = builder.objectRef<Piece>('MemoryPiece').implement({
  description: 'A piece of a text. Joined, the pieces are a part of it.',
  fields: t => ({
    text: t.exposeString('text', { description: 'The piece.' }),
    hit: t.exposeBoolean('hit', { description: 'Is it what was looked for?' }),
  }),
})

const MemoryMatchRef = builder.objectRef<Found>('MemoryMatch').implement({
  description: 'An entry that a search has found.',
  fields: t => ({
    entry: t.field({ type: MemoryEntryRef, description: 'The entry.', resolve: found => found.entry }),
    score: t.exposeFloat('score', { description: '0 to 1, beside the others that were found.' }),
    by: t.field({
      type: builder.enumType('MemoryMatchBy', {
        description: 'What a search found an entry by.',
        values: {
          WORDS: { value: 'words', description: 'By its words.' },
          MEANING: { value: 'meaning', description: 'By what it means.' },
          BOTH: { value: 'both', description: 'By both.' },
        } as const,
      }),
      description: 'What it was found by.',
      resolve: found => found.by,
    }),
    highlights: t.field({
      type: [MemoryPieceRef],
      description: 'The part of it where most of what was looked for stands.',
      resolve: found => [...found.highlights],
    }),
  }),
})

const MemorySearchRef = builder.objectRef<SearchResult>('MemorySearchResult').implement({
  description: 'What a search of the memory has found.',
  fields: t => ({
    matches: t.field({ type: [MemoryMatchRef], description: 'Best first.', resolve: ({ found }) => [...found] }),
    withoutMeaning: t.exposeString('withoutMeaning', {
      nullable: true,
      description: 'Why only words were looked for; null where meaning was as well.',
    }),
  }),
})

builder.queryField('memorySearch', t =>
  t.field({
    type: MemorySearchRef,
    ...guarded('memory:read', 'Looks for something in the memory, by words and by meaning.'),
    args: {
      query: t.arg.string({ required: true, description: 'What is looked for, 1 to 2,000 characters.' }),
      first: t.arg.int({ defaultValue: 10, description: 'How many, 1 to 50.' }),
      filter: t.arg({ type: MemoryFilterInput, description: 'Among which ones.' }),
    },
    resolve: (_root, { query, first, filter }, c) =>
      searchMemory(c.core, workspaceOf(c), query, { first: first ?? 10, filter: filterOf(filter) }),
  }),
)

const MemoryStatusRef = builder.objectRef<MemoryStatus>('MemoryStatus').implement({
  description: 'How the memory stands.',
  fields: t => ({
    entries: t.exposeInt('entries', { description: 'Entries of this workspace.' }),
    waiting: t.exposeInt('waiting', { description: 'Of these, how many have no vector yet.' }),
    embedder: t.exposeString('embedder', { description: 'What makes vectors of texts.' }),
    embedsHere: t.exposeBoolean('embedsHere', { description: 'Are they made on this host, without a model?' }),
    store: t.field({ type: MemoryStoreEnum, description: 'Where vectors are.', resolve: ({ store }) => store }),
    engine: t.exposeString('engine', {
      nullable: true,
      description: 'What searches there; null where this host is not set up for the store.',
    }),
    stores: t.field({
      type: [MemoryStoreEnum],
      description: 'Where they could be.',
      resolve: ({ stores }) => [...stores],
    }),
    movingTo: t.field({
      type: MemoryStoreEnum,
      nullable: true,
      description: 'Where they are moved to just now.',
      resolve: ({ movingTo }) => movingTo,
    }),
    leaving: t.field({
      type: MemoryStoreEnum,
      nullable: true,
      description:
        'What vectors were moved away from, or a move to it was called off: those that are still there are being taken away.',
      resolve: ({ leaving }) => leaving,
    }),
    moved: t.exposeInt('moved', { description: 'Entries of the host that were copied.' }),
    toMove: t.exposeInt('toMove', { description: 'Entries of the host that are to be copied in all.' }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Why vectors could not be written the last time; null when all is well.',
    }),
    failedAt: t.expose('failedAt', { type: 'DateTime', nullable: true, description: 'When that was.' }),
    model: t.string({
      nullable: true,
      description: 'The language model that plugins call `small`; null where this host has none.',
      resolve: (_status, _args, c) => c.core.llm?.models.small ?? null,
    }),
  }),
})

builder.queryField('memoryStatus', t =>
  t.field({
    type: MemoryStatusRef,
    ...guarded('memory:read', 'How the memory stands, and where its vectors are.'),
    resolve: (_root, _args, c) => memoryStatus(c.core, workspaceOf(c)),
  }),
)

interface MemoryChange {
  readonly change: 'STORED' | 'REMOVED'
  readonly type: MemoryEntry['type'] | null
  readonly module: string | null
  readonly entryId: string | null
  readonly entry: MemoryEntry | null
}
const MemoryChangedPayload = builder.objectRef<MemoryChange>('MemoryChangedPayload').implement({
  description: 'What has changed in the memory.',
  fields: t => ({
    change: t.field({
      type: builder.enumType('MemoryChange', {
        description: 'What became of an entry.',
        values: {
          STORED: { description: 'It is new, or was changed.' },
          REMOVED: { description: 'It was forgotten, has expired, or was erased with a person.' },
        } as const,
      }),
      description: 'What became of it.',
      resolve: ({ change }) => change,
    }),
    entryId: t.id({
      nullable: true,
      description: 'Which entry; null where several went at once, and the list is to be read again.',
      resolve: ({ entryId }) => (entryId === null ? null : encodeNodeId('MemoryEntry', entryId)),
    }),
    type: t.field({
      type: MemoryTypeEnum,
      nullable: true,
      description: 'What kind of thing it is; null where several went at once.',
      resolve: ({ type }) => type,
    }),
    module: t.string({
      nullable: true,
      description: 'The module that it belongs to.',
      resolve: ({ module }) => module,
    }),
    entry: t.field({
      type: MemoryEntryRef,
      nullable: true,
      description: 'As it is now; null where it is gone.',
      resolve: ({ entry }) => entry,
    }),
  }),
})

builder.subscriptionField('memoryChanged', t =>
  t.field({
    type: MemoryChangedPayload,
    ...guarded(
      'memory:read',
      'An entry was stored, changed or removed, by whomever: a person, a plugin, the host itself, an erasure. A vector that was written is no change.',
    ),
    args: {
      types: t.arg({ type: [MemoryTypeEnum], description: 'Only of these kinds; what went together is told to all.' }),
      modules: t.arg.stringList({ description: 'Only of modules with these keys.' }),
    },
    subscribe: (_root, { types, modules }, c) => {
      const keys = acceptedModules(modules)
      return follow(c, 'memory.changed', async ({ entryId, type, module, gone }): Promise<MemoryChange[]> => {
        if (entryId === null) return [{ change: 'REMOVED' as const, entryId, type: null, module: null, entry: null }]
        const meant = (!types || types.some(one => one === type)) && (!keys || keys.some(key => key === module))
        if (!meant) return []
        const [entry] = gone ? [] : await findEntries(c.core, workspaceOf(c), [entryId])
        const change = entry ? ('STORED' as const) : ('REMOVED' as const) // it may have gone meanwhile
        return [{ change, entryId, type: type as MemoryEntry['type'], module, entry: entry ?? null }]
      })
    },
    resolve: payload => payload,
  }),
)
