import {
  beginCredentialSignIn,
  connectCredential,
  disconnectCredential,
  endCredentialSignIn,
  testCredential,
} from '../../core/plugins/connect-credential.ts'
import { type Credential, listCredentials } from '../../core/credentials/store.ts'
import { type CredentialField, type CredentialTemplate, fieldsOf } from '../../core/credentials/template.ts'
import { TraeError } from '../../core/errors.ts'
import { credentialHosts } from '../../core/plugins/permissions.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { rowId } from '../node-id.ts'
import { PluginInstallationRef } from './installation.ts'
import { Node, nodeId } from './node.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const AuthKind = builder.enumType('AuthKind', {
  description: 'How an account is proven at a vendor.',
  values: {
    KEY: { value: 'key', description: 'A key, or user and password, that a person copies from there.' },
    SIGN_IN: { value: 'oauth2', description: 'A person signs in there (OAuth 2, authorization code with PKCE).' },
    CLIENT_CREDENTIALS: { value: 'client_credentials', description: 'The application signs in by itself (OAuth 2).' },
    SERVICE_ACCOUNT: { value: 'jwt', description: 'A service account with a private key (RFC 7523).' },
  } as const,
})

const CredentialStatus = builder.enumType('CredentialStatus', {
  description: 'Can an account be used?',
  values: described(['PENDING', 'CONNECTED', 'BROKEN'], {
    PENDING: 'Not yet: somebody signs in at the vendor first.',
    CONNECTED: 'Yes.',
    BROKEN: 'No; `statusReason` says why. Connect it again.',
  }),
})

const CredentialFieldRef = builder.objectRef<CredentialField & { readonly key: string }>('CredentialField').implement({
  description: 'Something that a person fills in.',
  fields: t => ({
    key: t.exposeString('key', { description: 'Its name in `credentialConnect`.' }),
    title: t.exposeString('title', { description: 'For people.' }),
    help: t.string({ nullable: true, description: 'Where it is found.', resolve: field => field.help ?? null }),
    sensitive: t.boolean({
      description: 'Is it a secret, never told again to anybody?',
      resolve: field => field.secret,
    }),
    required: t.boolean({ description: 'Must it be filled in?', resolve: field => !field.optional }),
  }),
})

const CredentialRef = builder.objectRef<Credential>('Credential').implement({
  description: 'An account at a vendor that a plugin uses. Its secrets are told to nobody.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Credential', ({ id }) => id)),
    status: t.field({ type: CredentialStatus, description: 'Can it be used?', resolve: ({ status }) => status }),
    statusReason: t.exposeString('statusReason', { nullable: true, description: 'Why it cannot.' }),
    publicFields: t.expose('publicFields', { type: 'JSON', description: 'What was filled in and is no secret.' }),
    keyVersion: t.int({ description: 'Grows with every change of its secrets.', resolve: ({ version }) => version }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its token ends; it is exchanged before that.',
      resolve: ({ tokenExpiresAt }) => tokenExpiresAt,
    }),
    lastTestedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When a test last went well.',
      resolve: ({ testedAt }) => testedAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When a plugin last used it, to the minute.',
      resolve: ({ usedAt }) => usedAt,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first connected.' }),
  }),
})

interface Slot {
  readonly key: string
  readonly template: CredentialTemplate
  readonly installation: Installation
  readonly credential: Credential | null
}

const CredentialTemplateRef = builder.objectRef<Slot>('CredentialTemplate').implement({
  description: 'A kind of account that a plugin uses, and the account that is connected for it.',
  fields: t => ({
    key: t.exposeString('key', { description: 'Its name in the plugin.' }),
    title: t.string({ description: 'For people.', resolve: ({ template }) => template.title }),
    help: t.string({
      nullable: true,
      description: 'How somebody gets it.',
      resolve: ({ template }) => template.help ?? null,
    }),
    authKind: t.field({ type: AuthKind, description: 'How it is proven.', resolve: ({ template }) => template.auth }),
    fields: t.field({
      type: [CredentialFieldRef],
      description: 'What a person fills in, secrets last.',
      resolve: ({ template }) => Object.entries(fieldsOf(template)).map(([key, field]) => ({ key, ...field })),
    }),
    hosts: t.stringList({
      description: 'Where its secrets may be sent.',
      resolve: ({ installation, key }) =>
        credentialHosts(installation.granted, key).map(({ host, port }) => (port ? `${host}:${port}` : host)),
    }),
    testable: t.boolean({
      description: 'Does the plugin say how to test it?',
      resolve: ({ template }) => template.test !== undefined,
    }),
    credential: t.field({
      type: CredentialRef,
      nullable: true,
      description: 'What is connected; null where nothing is.',
      resolve: ({ credential }) => credential,
    }),
  }),
})

builder.objectField(CredentialRef, 'installation', t =>
  t.field({
    type: PluginInstallationRef,
    nullable: true,
    description: 'The plugin that uses it.',
    resolve: async ({ installationId }, _args, c) =>
      (await c.core.plugins.list(workspaceOf(c))).find(({ id }) => id === installationId),
  }),
)

builder.objectField(PluginInstallationRef, 'credentialTemplates', t =>
  t.field({
    type: [CredentialTemplateRef],
    description: 'The accounts that it uses.',
    async resolve(installation, _args, c) {
      const templates = Object.entries(installation.manifest.credentials)
      if (templates.length === 0) return []
      const connected = await connectedOf(c)
      return templates.map(([key, template]) => ({
        key,
        template,
        installation,
        credential: connected.find(one => one.installationId === installation.id && one.template === key) ?? null,
      }))
    },
  }),
)

/** One statement for all plugins of an operation. */
const remembered = new WeakMap<Context['loaders'], Promise<Credential[]>>()
function connectedOf(c: Context): Promise<Credential[]> {
  let all = remembered.get(c.loaders)
  if (!all) remembered.set(c.loaders, (all = listCredentials(c.core, workspaceOf(c))))
  return all
}

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
    fields: t.field({ type: 'JSON', required: true, description: 'Texts by the `key` of the field: {"apiKey": "…"}.' }),
  }),
})

builder.mutationField('credentialConnect', t =>
  t.field({
    type: payload('CredentialConnectPayload', 'A connected account.'),
    ...guarded(
      'credentials:write',
      'Keeps what a person filled in for an account, in place of what was there. One with a sign-in is PENDING until somebody has signed in.',
    ),
    args: { input: t.arg({ type: CredentialConnectInput, required: true, description: 'What was filled in.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ credential: null }, async () => ({
        credential: await connectCredential(c.core, viewerOf(c), {
          installationId: rowId('PluginInstallation', input.installationId),
          template: input.template,
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
      'Forgets an account and its secrets; steps that use it fail until it is connected again.',
    ),
    args: { input: t.arg({ type: CredentialDisconnectInput, required: true, description: 'Which account.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ disconnectedId: null }, async () => {
        await disconnectCredential(c.core, viewerOf(c), credentialId(input.credentialId))
        return { disconnectedId: String(input.credentialId) }
      }),
  }),
)
