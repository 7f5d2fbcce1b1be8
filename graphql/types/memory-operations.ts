import type { MemoryEntry, MemoryInputGiven } from '../../core/memory/entry.ts'
import { forgetEntry } from '../../core/memory/forget.ts'
import { moveMemory } from '../../core/memory/move-store.ts'
import { storeEntry } from '../../core/memory/store-entry.ts'
import { newId } from '../../core/ids.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { MemoryEntryRef, MemoryOutcomeEnum, MemoryStoreEnum, MemoryTypeEnum } from './memory.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const MemoryStoreInput = builder.inputType('MemoryStoreInput', {
  description:
    'What is to be remembered. Of a company, an address and a module there is one entry each; a new one replaces it.',
  fields: t => ({
    type: t.field({ type: MemoryTypeEnum, required: true, description: 'What kind of thing it is.' }),
    content: t.string({ required: true, description: 'What it says, at most 20,000 characters.' }),
    module: t.string({ description: 'The module that it belongs to; a context needs one.' }),
    company: t.string({ description: 'Of a diagnostic: the company.' }),
    email: t.string({ description: 'Of a lead: the address.' }),
    outcome: t.field({ type: MemoryOutcomeEnum, description: 'How it ended; PENDING for a decision without it.' }),
    data: t.field({ type: 'JSON', description: 'An object with what belongs to it, at most 64 KiB.' }),
    importance: t.float({ description: '0 to 1, 0.5 without it.' }),
    leadId: t.id({ description: 'The lead it is about.' }),
    timestamp: t.field({ type: 'DateTime', description: 'When it was so; now without it.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it is to be forgotten.' }),
    idempotencyKey: t.string({ description: 'The same key again answers with the first entry and stores nothing.' }),
  }),
})

const MemoryStorePayload = builder.objectRef<Outcome<{ entry: MemoryEntry }>>('MemoryStorePayload').implement({
  description: 'What is remembered now.',
  fields: t => ({
    entry: t.field({
      type: MemoryEntryRef,
      nullable: true,
      description: 'The entry as it is stored.',
      resolve: payload => payload.entry,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

builder.mutationField('memoryStore', t =>
  t.field({
    type: MemoryStorePayload,
    ...guarded('memory:write', 'Remembers something.'),
    args: { input: t.arg({ type: MemoryStoreInput, required: true, description: 'What.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ entry: null }, async () => {
        const { idempotencyKey, leadId, timestamp, expiresAt, ...rest } = input
        const given = {
          ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
          ...(leadId ? { leadId: rowId('Lead', leadId) } : {}),
          ...(timestamp ? { timestamp: timestamp.toISOString() } : {}),
          ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
        }
        const origin = `user:${viewerOf(c).userId}:${idempotencyKey ?? newId()}`
        return { entry: await storeEntry(c.core, workspaceOf(c), given as unknown as MemoryInputGiven, origin) }
      }),
  }),
)

const MemoryForgetInput = builder.inputType('MemoryForgetInput', {
  description: 'Which entry.',
  fields: t => ({ key: t.string({ required: true, description: 'The key of the entry.' }) }),
})

const MemoryForgetPayload = builder.objectRef<Outcome<{ key: string }>>('MemoryForgetPayload').implement({
  description: 'What was forgotten.',
  fields: t => ({
    key: t.string({ nullable: true, description: 'The key of what is gone.', resolve: payload => payload.key }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

builder.mutationField('memoryForget', t =>
  t.field({
    type: MemoryForgetPayload,
    ...guarded('memory:write', 'Forgets an entry, for good; its vector goes a moment later.'),
    args: { input: t.arg({ type: MemoryForgetInput, required: true, description: 'Which entry.' }) },
    resolve: (_root, { input: { key } }, c) =>
      outcome({ key: null }, async () => {
        await forgetEntry(c.core, workspaceOf(c), key)
        return { key }
      }),
  }),
)

const MemoryMoveInput = builder.inputType('MemoryMoveInput', {
  description: 'Where to.',
  fields: t => ({
    to: t.field({ type: MemoryStoreEnum, required: true, description: 'The store that the vectors go to.' }),
  }),
})

const MemoryMovePayload = builder.objectRef<Outcome<{ to: 'database' | 'pinecone' }>>('MemoryMovePayload').implement({
  description: 'A move that has begun; `memoryStatus` says how far it is.',
  fields: t => ({
    to: t.field({
      type: MemoryStoreEnum,
      nullable: true,
      description: 'Where they go.',
      resolve: payload => payload.to,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

builder.mutationField('memoryMove', t =>
  t.field({
    type: MemoryMovePayload,
    ...guarded(
      'memory:move',
      'Moves the vectors of the whole host to another store; to where they are calls a move off.',
    ),
    args: { input: t.arg({ type: MemoryMoveInput, required: true, description: 'Where to.' }) },
    resolve: (_root, { input: { to } }, c) =>
      outcome({ to: null }, async () => {
        await moveMemory(c.core, to)
        return { to }
      }),
  }),
)
