import { type Credential, listCredentials } from '../../core/credentials/store.ts'
import { type CredentialField, type CredentialTemplate, fieldsOf } from '../../core/credentials/template.ts'
import { credentialHosts } from '../../core/plugins/permissions.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { builder } from '../builder.ts'
import { type Context, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { PluginInstallationRef } from './installation.ts'
import { Node, nodeId } from './node.ts'

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
    hasChoices: t.boolean({
      description: 'Does `credentialChoices` offer something for it, once the account is connected?',
      resolve: field => field.options !== undefined,
    }),
    required: t.boolean({ description: 'Must it be filled in?', resolve: field => !field.optional }),
  }),
})

export const CredentialRef = builder.objectRef<Credential>('Credential').implement({
  description: 'An account at a vendor that a plugin uses. Its secrets are told to nobody.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Credential', ({ id }) => id)),
    account: t.exposeString('account', {
      description: 'Its name, by which playbooks mean it. The same in all kinds that its plugin uses.',
    }),
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
  readonly credentials: readonly Credential[]
}

const CredentialTemplateRef = builder.objectRef<Slot>('CredentialTemplate').implement({
  description: 'A kind of account that a plugin uses, and the accounts that are connected of it.',
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
      description: 'What is connected of the default account; null where nothing is.',
      resolve: ({ credentials, installation }) =>
        credentials.find(({ account }) => account === installation.defaultAccount) ?? null,
    }),
    credentials: t.field({
      type: [CredentialRef],
      description: 'What is connected, in the order in which it was: one for each account, the default one among them.',
      resolve: ({ credentials }) => [...credentials],
    }),
  }),
})

builder.objectField(CredentialRef, 'isDefault', t =>
  t.boolean({
    description: 'Is it used where nobody says which account?',
    resolve: ({ installationId, account }, _args, c) =>
      c.core.plugins.list(workspaceOf(c)).some(one => one.id === installationId && one.defaultAccount === account),
  }),
)

builder.objectField(CredentialRef, 'installation', t =>
  t.field({
    type: PluginInstallationRef,
    nullable: true,
    description: 'The plugin that uses it.',
    resolve: async ({ installationId }, _args, c) =>
      (await c.core.plugins.list(workspaceOf(c))).find(({ id }) => id === installationId),
  }),
)

builder.objectField(PluginInstallationRef, 'defaultAccount', t =>
  t.string({
    description: 'The name of the account that is used where nobody says which.',
    resolve: ({ defaultAccount }) => defaultAccount,
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
        credentials: connected.filter(one => one.installationId === installation.id && one.template === key),
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
