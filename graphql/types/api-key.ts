import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from '../../core/access/api-keys.ts'
import { SCOPES } from '../../core/access/scopes.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef } from './workspace.ts'

const MEANING: Readonly<Record<(typeof SCOPES)[number], string>> = {
  READ: 'Reads what every role may read.',
  WRITE: 'Changes leads, messages and playbooks.',
  RUN: 'Starts and operates runs, tasks and decisions.',
  ADMIN: 'What is for OWNER and ADMIN; not people, keys and accounts.',
}
const ScopeRef = builder.enumType('Scope', {
  description: 'What an API key may be for. None contains another, and none goes beyond the role of who made the key.',
  values: Object.fromEntries(SCOPES.map(scope => [scope, { description: MEANING[scope] }])) as Record<
    (typeof SCOPES)[number],
    { description: string }
  >,
})

const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey').implement({
  description: 'A key by which a program comes in, sent as the header x-api-key, in the name of who made it.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('ApiKey', ({ id }) => id)),
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', {
      description: 'How its text begins, as trae_live_4fX09aZq; the rest is kept nowhere.',
    }),
    scopes: t.field({ type: [ScopeRef], description: 'What it may do.', resolve: ({ scopes }) => [...scopes] }),
    addresses: t.stringList({
      description: 'Addresses and networks that it may be used from; empty: any.',
      resolve: ({ addresses }) => [...addresses],
    }),
    createdBy: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who made it; null once they have left, when it is refused.',
      resolve: ({ createdBy }, _args, c) => c.loaders.user.load(createdBy),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends; null: it does not.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was used last, to five minutes; null: never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null: it was not.',
    }),
  }),
})

const ApiKeyConnection = connectionOf<ApiKey>('ApiKey', ApiKeyRef)

const ApiKeyFilterInput = builder.inputType('ApiKeyFilter', {
  description: 'Which API keys. All conditions must hold.',
  fields: t => ({
    active: t.boolean({ description: 'That can be used; false: that have ended.' }),
    search: t.string({ description: 'With this anywhere in the name.' }),
  }),
})
const ApiKeySort = sortInput('ApiKey', {
  createdAt: 'When it was made.',
  name: 'Its name, without regard to case.',
  lastUsedAt: 'When it was used last.',
})

builder.queryField('apiKeys', t =>
  t.field({
    type: ApiKeyConnection,
    ...guarded('keys:read', 'The API keys, newest first, the ended ones as well.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: ApiKeyFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: ApiKeySort, description: ORDER }),
    },
    resolve: (_root, page, c) => listApiKeys(c.core, workspaceOf(c), page),
  }),
)

const ApiKeyCreateInput = builder.inputType('ApiKeyCreateInput', {
  description: 'A new API key.',
  fields: t => ({
    name: t.string({ required: true, description: 'What it is for, up to 100 characters.' }),
    scopes: t.field({ type: [ScopeRef], required: true, description: 'What it may do, at least one.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it ends; without it in 90 days, null: never.' }),
    addresses: t.stringList({
      description: 'Addresses and networks, as 203.0.113.0/24, that it may be used from; without any: from everywhere.',
    }),
  }),
})

const ApiKeyCreatePayload = builder
  .objectRef<Outcome<{ apiKey: ApiKey; plaintext: string }>>('ApiKeyCreatePayload')
  .implement({
    description: 'A new API key.',
    fields: t => ({
      apiKey: t.field({ type: ApiKeyRef, nullable: true, description: 'The key.', resolve: ({ apiKey }) => apiKey }),
      plaintext: t.string({
        nullable: true,
        description: 'Its text, trae_live_…: shown this once, kept as a hash only.',
        resolve: ({ plaintext }) => plaintext,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const ApiKeyRevokeInput = builder.inputType('ApiKeyRevokeInput', {
  description: 'Which API key.',
  fields: t => ({ apiKeyId: t.id({ required: true, description: 'The key.' }) }),
})

const ApiKeyRevokePayload = builder.objectRef<Outcome<{ apiKey: ApiKey }>>('ApiKeyRevokePayload').implement({
  description: 'An API key that is refused from now on.',
  fields: t => ({
    apiKey: t.field({ type: ApiKeyRef, nullable: true, description: 'The key.', resolve: ({ apiKey }) => apiKey }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

builder.mutationFields(t => ({
  apiKeyCreate: t.field({
    type: ApiKeyCreatePayload,
    ...guarded('keys:write', 'Makes an API key. Only for people who are signed in, not by an API key.'),
    args: { input: t.arg({ type: ApiKeyCreateInput, required: true, description: 'The key.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ apiKey: null, plaintext: null }, () => createApiKey(c.core, viewerOf(c), input)),
  }),
  apiKeyRevoke: t.field({
    type: ApiKeyRevokePayload,
    ...guarded('keys:write', 'Ends an API key, at once and for good. Only for people who are signed in.'),
    args: { input: t.arg({ type: ApiKeyRevokeInput, required: true, description: 'Which key.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ apiKey: null }, async () => ({
        apiKey: await revokeApiKey(c.core, viewerOf(c), rowId('ApiKey', input.apiKeyId)),
      })),
  }),
}))
