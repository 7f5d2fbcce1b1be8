import {
  beginCredentialSignIn,
  changeCredential,
  connectCredential,
  endCredentialSignIn,
  testCredential,
} from '../../core/plugins/connect-credential.ts'
import { makeAccountDefault, removeAccount, renameAccountOf } from '../../core/publishing/change-account.ts'
import type { Credential } from '../../core/credentials/store.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { CredentialRef } from './credential.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const payload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ credential: Credential }>>(name).implement({
    description,
    fields: t => ({
      credential: t.field({
        type: CredentialRef,
        nullable: true,
        description: 'The account as it is now.',
        resolve: ({ credential }) => credential,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })
const credentialId = (id: string) => rowId('Credential', id)

const CredentialConnectInput = builder.inputType('CredentialConnectInput', {
  description: 'What a person filled in.',
  fields: t => ({
    installationId: t.id({ required: true, description: 'The plugin.' }),
    template: t.string({ required: true, description: 'The `key` of the template.' }),
    account: t.string({
      description:
        'The name of the account: small letters, digits and hyphens, as sales-brazil. Without it the default one.',
    }),
    fields: t.field({ type: 'JSON', required: true, description: 'Texts by the `key` of the field: {"apiKey": "…"}.' }),
  }),
})

builder.mutationField('credentialConnect', t =>
  t.field({
    type: payload('CredentialConnectPayload', 'A connected account.'),
    ...guarded(
      'credentials:write',
      'Keeps what a person filled in for an account, in place of what was there under its name. One with a sign-in is PENDING until somebody has signed in. The first account of a plugin is its default.',
    ),
    args: { input: t.arg({ type: CredentialConnectInput, required: true, description: 'What was filled in.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ credential: null }, async () => ({
        credential: await connectCredential(c.core, viewerOf(c), {
          installationId: rowId('PluginInstallation', input.installationId),
          template: input.template,
          account: input.account ?? undefined,
          fields: textsOf(input.fields),
        }),
      })),
  }),
)

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined
  if (!entries?.every(([, text]) => typeof text === 'string'))
    throw new TraeError('BAD_USER_INPUT', 'fields must be an object of texts: {"apiKey": "…"}.')
  return Object.fromEntries(entries)
}

const CredentialChangeInput = builder.inputType('CredentialChangeInput', {
  description: 'What is changed of a connected account.',
  fields: t => ({
    credentialId: t.id({ required: true, description: 'The account.' }),
    fields: t.field({
      type: 'JSON',
      required: true,
      description: 'Texts by the `key` of the field; what is left out stays, an empty text takes it away.',
    }),
  }),
})

builder.mutationField('credentialChange', t =>
  t.field({
    type: payload('CredentialChangePayload', 'A changed account.'),
    ...guarded('credentials:write', 'Changes fields of an account that are no secrets. It stays connected.'),
    args: { input: t.arg({ type: CredentialChangeInput, required: true, description: 'Which, and what.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ credential: null }, async () => ({
        credential: await changeCredential(
          c.core,
          viewerOf(c),
          credentialId(input.credentialId),
          textsOf(input.fields),
        ),
      })),
  }),
)

const CredentialSignInInput = builder.inputType('CredentialSignInInput', {
  description: 'Which account, and where the vendor sends the person back to.',
  fields: t => ({
    credentialId: t.id({ required: true, description: 'The account.' }),
    origin: t.string({
      required: true,
      description:
        'Where the person sees this host: https://trae.example.com. Must be its public address where that is set, else this machine.',
    }),
  }),
})

builder.mutationField('credentialSignIn', t =>
  t.field({
    type: builder.objectRef<Outcome<{ url: string }>>('CredentialSignInPayload').implement({
      description: 'Where somebody signs in.',
      fields: p => ({
        url: p.exposeString('url', { nullable: true, description: 'The vendor’s page; good for ten minutes.' }),
        userErrors: p.field({
          type: [UserErrorRef],
          description: 'What stood in the way.',
          resolve: ({ userErrors }) => [...userErrors],
        }),
      }),
    }),
    ...guarded(
      'credentials:write',
      'Begins a sign-in at a vendor: authorization code with PKCE. Only who began it ends it.',
    ),
    args: { input: t.arg({ type: CredentialSignInInput, required: true, description: 'Which account.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ url: null }, async () => ({
        url: await beginCredentialSignIn(c.core, viewerOf(c), {
          credentialId: credentialId(input.credentialId),
          origin: ownOrigin(c, input.origin),
        }),
      })),
  }),
)

/** A vendor's code must not be sent to anybody else. */
function ownOrigin({ core }: Context, text: string): string {
  const wanted = core.config.publicUrl === undefined ? undefined : new URL(core.config.publicUrl).origin
  const found = URL.parse(text)
  if (found && found.origin === text && (wanted ? text === wanted : LOOPBACK.test(found.hostname))) return text
  throw new TraeError(
    'BAD_USER_INPUT',
    wanted
      ? `origin must be ${wanted}, the public address of this host; found ${text.slice(0, 200)}. Open the admin UI at that address.`
      : `origin must be this machine, as http://127.0.0.1:8000; found ${text.slice(0, 200)}. Set TRAE_PUBLIC_URL to the address that people reach this host at.`,
  )
}
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/

const CredentialSignInFinishInput = builder.inputType('CredentialSignInFinishInput', {
  description: 'What the vendor sent the person back with.',
  fields: t => ({
    state: t.string({ required: true, description: 'As it came.' }),
    code: t.string({ description: 'As it came, where the person was let in.' }),
    error: t.string({ description: 'As it came, where not.' }),
  }),
})

builder.mutationField('credentialSignInFinish', t =>
  t.field({
    type: payload('CredentialSignInFinishPayload', 'A signed-in account.'),
    ...guarded('credentials:write', 'Ends a sign-in that you began.'),
    args: { input: t.arg({ type: CredentialSignInFinishInput, required: true, description: 'What came back.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ credential: null }, async () => ({
        credential: await endCredentialSignIn(c.core, viewerOf(c), {
          state: input.state,
          code: input.code ?? undefined,
          error: input.error ?? undefined,
        }),
      })),
  }),
)

const CredentialTestInput = builder.inputType('CredentialTestInput', {
  description: 'Which account.',
  fields: t => ({ credentialId: t.id({ required: true, description: 'The account.' }) }),
})

builder.mutationField('credentialTest', t =>
  t.field({
    type: payload('CredentialTestPayload', 'A tested account.'),
    ...guarded('credentials:write', 'Asks the vendor whether it takes the account; one that it refuses is BROKEN.'),
    args: { input: t.arg({ type: CredentialTestInput, required: true, description: 'Which account.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ credential: null }, async () => ({
        credential: await testCredential(c.core, workspaceOf(c), credentialId(input.credentialId)),
      })),
  }),
)

const CredentialRenameInput = builder.inputType('CredentialRenameInput', {
  description: 'Another name of an account.',
  fields: t => ({
    credentialId: t.id({ required: true, description: 'The account.' }),
    account: t.string({ required: true, description: 'Small letters, digits and hyphens, as sales-brazil.' }),
  }),
})

builder.mutationField('credentialRename', t =>
  t.field({
    type: payload('CredentialRenamePayload', 'A renamed account.'),
    ...guarded(
      'credentials:write',
      'Gives an account another name, in all kinds that its plugin uses. Refused where a published playbook, a run under way or a service names it.',
    ),
    args: { input: t.arg({ type: CredentialRenameInput, required: true, description: 'Which, and how.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ credential: null }, async () => ({
        credential: await renameAccountOf(c.core, viewerOf(c), credentialId(input.credentialId), input.account),
      })),
  }),
)

const CredentialMakeDefaultInput = builder.inputType('CredentialMakeDefaultInput', {
  description: 'Which account.',
  fields: t => ({ credentialId: t.id({ required: true, description: 'The account.' }) }),
})

builder.mutationField('credentialMakeDefault', t =>
  t.field({
    type: payload('CredentialMakeDefaultPayload', 'The default account.'),
    ...guarded(
      'credentials:write',
      'Makes an account the one that is used where nobody says which. An effect that has begun stays with the account that it began with.',
    ),
    args: { input: t.arg({ type: CredentialMakeDefaultInput, required: true, description: 'Which account.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ credential: null }, async () => ({
        credential: await makeAccountDefault(c.core, viewerOf(c), credentialId(input.credentialId)),
      })),
  }),
)

const CredentialDisconnectInput = builder.inputType('CredentialDisconnectInput', {
  description: 'Which account.',
  fields: t => ({ credentialId: t.id({ required: true, description: 'The account.' }) }),
})

builder.mutationField('credentialDisconnect', t =>
  t.field({
    type: builder.objectRef<Outcome<{ disconnectedId: string }>>('CredentialDisconnectPayload').implement({
      description: 'An account that is gone.',
      fields: p => ({
        disconnectedId: p.exposeID('disconnectedId', { nullable: true, description: 'The `id` that it had.' }),
        userErrors: p.field({
          type: [UserErrorRef],
          description: 'What stood in the way.',
          resolve: ({ userErrors }) => [...userErrors],
        }),
      }),
    }),
    ...guarded(
      'credentials:write',
      'Forgets an account and its secrets; steps that use it fail until it is connected again. Refused where a published playbook, a run under way or a service names it, and for the default account while there are others.',
    ),
    args: { input: t.arg({ type: CredentialDisconnectInput, required: true, description: 'Which account.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ disconnectedId: null }, async () => {
        await removeAccount(c.core, viewerOf(c), credentialId(input.credentialId))
        return { disconnectedId: String(input.credentialId) }
      }),
  }),
)
