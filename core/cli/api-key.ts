import { TraeError } from '../errors.ts'
import { defineCommand, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { inColumns } from './terminal.ts'

const SCOPES = ['READ', 'WRITE', 'RUN', 'ADMIN']
const DAY = 86_400_000

export const keyList = defineCommand({
  usage: 'api-key list',
  about: 'Lists the API keys of the workspace, newest first, at most 100.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run({ terminal }) {
    const { apiKeys } = await ask<{ apiKeys: { edges: { node: ShownKey }[] } }>(await openSession(), LIST)
    const keys = apiKeys.edges.map(({ node }) => node)
    terminal.line(keys.length === 0 ? 'There is no API key.' : inColumns(keys.map(key => [key.prefix, lineOf(key)])))
    terminal.data({ apiKeys: keys })
    return 0
  },
})

export const keyCreate = defineCommand({
  usage: 'api-key create <name>',
  about:
    'Makes an API key in your name and shows it, this once: the host keeps a hash only. It ends after 90 days unless --days says\notherwise.',
  flags: {
    scope: { type: 'string', value: '<scope>', multiple: true, help: 'READ, WRITE, RUN or ADMIN; READ without it' },
    days: { type: 'string', value: '<days>', help: 'how long it lasts; 0: it does not end' },
    address: {
      type: 'string',
      value: '<address>',
      multiple: true,
      help: 'address or network that it may be used from',
    },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals: [name], terminal }) {
    const scopes = (flags.scope ?? ['READ']).map(scope => scope.toUpperCase())
    const wrong = scopes.find(scope => !SCOPES.includes(scope))
    if (wrong !== undefined) throw new UsageError(`--scope is one of ${SCOPES.join(', ')}; found ${wrong}.`)
    const days = flags.days === undefined ? undefined : Number(flags.days)
    if (days !== undefined && (!Number.isInteger(days) || days < 0))
      throw new UsageError(`--days is a whole number, 0 for a key that does not end; found ${flags.days}.`)
    const expiresAt =
      days === undefined ? undefined : days === 0 ? null : new Date(Date.now() + days * DAY).toISOString()
    const input = { name, scopes, addresses: flags.address ?? [], ...(expiresAt === undefined ? {} : { expiresAt }) }
    const { apiKeyCreate } = await ask<{ apiKeyCreate: Made }>(await openSession(), CREATE, { input })
    refuse(apiKeyCreate)
    terminal.line(`${apiKeyCreate.plaintext}\n\nCopy it now: it is not shown again. Send it as the header x-api-key.`)
    terminal.data({ plaintext: apiKeyCreate.plaintext, apiKey: apiKeyCreate.apiKey })
    return 0
  },
})

export const keyRevoke = defineCommand({
  usage: 'api-key revoke <prefix>',
  about: 'Ends the API key that begins so (trae_live_… as api-key list shows it), at once and for good.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ positionals: [prefix], terminal }) {
    const session = await openSession()
    const { apiKeys } = await ask<{ apiKeys: { edges: { node: ShownKey }[] } }>(session, LIST)
    const key = apiKeys.edges.map(({ node }) => node).find(key => key.prefix === prefix)
    if (!key) throw new TraeError('NOT_FOUND', `There is no API key ${prefix}. trae api-key list shows them.`)
    const { apiKeyRevoke } = await ask<{ apiKeyRevoke: Made }>(session, REVOKE, { input: { apiKeyId: key.id } })
    refuse(apiKeyRevoke)
    terminal.line(`${key.name} (${key.prefix}) is refused from now on.`)
    terminal.data({ apiKey: apiKeyRevoke.apiKey })
    return 0
  },
})

interface ShownKey {
  readonly id: string
  readonly prefix: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly revokedAt: string | null
}
interface Made {
  readonly plaintext?: string | null
  readonly apiKey: ShownKey | null
  readonly userErrors: readonly { readonly message: string }[]
}

function refuse({ userErrors }: Made): void {
  if (userErrors.length > 0) throw new TraeError('BAD_USER_INPUT', userErrors.map(({ message }) => message).join('\n'))
}

function lineOf({ name, scopes, expiresAt, lastUsedAt, revokedAt }: ShownKey): string {
  const end = revokedAt ? `revoked ${day(revokedAt)}` : expiresAt ? `until ${day(expiresAt)}` : 'does not end'
  const used = lastUsedAt ? `used ${day(lastUsedAt)}` : 'never used'
  return `${name.replace(/\p{Cc}/gu, ' ')}, ${scopes.join(' ')}, ${end}, ${used}`
}

const day = (at: string) => at.slice(0, 10)

const FIELDS = 'id prefix name scopes expiresAt lastUsedAt revokedAt'
const LIST = `{ apiKeys(first: 100) { edges { node { ${FIELDS} } } } }`
const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { plaintext apiKey { ${FIELDS} } userErrors { message } } }`
const REVOKE = `mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { apiKey { ${FIELDS} } userErrors { message } } }`
