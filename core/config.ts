import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { didYouMean } from './did-you-mean.ts'
import { environment, type Environment, VARIABLES_READ_ELSEWHERE } from './environment.ts'
import { TraeError } from './errors.ts'
import { type MailSettings, readMailSettings } from './mail-settings.ts'

export interface Config {
  readonly port: number
  readonly host: string
  readonly publicUrl: string | undefined
  /** Addresses and networks of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[]
  /** Paths of PEM files; undefined where HTTP is spoken. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined
  readonly corsOrigins: ReadonlySet<string>
  /** Of GraphQL, known by their SHA-256. */
  readonly operations: { readonly file: string | undefined; readonly only: boolean }
  readonly dataDir: string
  readonly playbooksDir: string
  /** `url` ends with a slash. */
  readonly pluginRegistry: { readonly url: string; readonly token: string | undefined }
  /** Plugins that must not run: `origin` is an https address, or a path. Undefined without such a list. */
  readonly killList: { readonly origin: string; readonly key: KeyObject | undefined } | undefined
  /** How far the memory of plugins reaches at the most. */
  readonly pluginIsolation: 'workspace' | 'call'
  readonly databaseUrl: string | undefined
  /** The identity provider; undefined without one. */
  readonly oidc:
    | {
        readonly issuer: string
        readonly clientId: string
        readonly clientSecret: string
        /** In lower case. */
        readonly domains: readonly string[]
        readonly role: 'ADMIN' | 'EDITOR' | 'OPERATOR' | 'VIEWER'
        readonly name: string
      }
    | undefined
  readonly redisUrl: string | undefined
  /** How many requests are answered, by whom they count against. */
  readonly limits: {
    readonly address: { readonly minute: number; readonly hour: number }
    readonly key: { readonly minute: number; readonly hour: number }
    /** Attempts a minute. */
    /** Of GraphQL operations, a minute. */
    readonly cost: number
    readonly signIn: number
  }
  readonly owner: { readonly email: string; readonly password: string | undefined }
  /** Newest first. */
  readonly encryptionKeys: readonly string[] | undefined
  /** Of backups; `keys` newest first, undefined where there are none. `dir`: where the host keeps those that it takes by itself. */
  readonly backup: { readonly keys: readonly string[] | undefined; readonly dir: string | undefined }
  /** What plugins may reach beyond the open internet. */
  readonly egress: { readonly privateHosts: ReadonlySet<string>; readonly privateCa: string | undefined }
  /** Of the first workspace; undefined where people set it themselves. */
  readonly mail: MailSettings | undefined
  readonly metrics: { readonly port: number | undefined; readonly token: string | undefined }
  readonly openai: {
    readonly apiKey: string | undefined
    readonly baseUrl: string | undefined
    readonly models: { readonly small: string; readonly large: string }
    /** US dollars for a million tokens, by model. */
    readonly prices: ReadonlyMap<string, { readonly input: number; readonly output: number }>
    /** `local`: vectors are made here. */
    readonly embeddingModel: string
    readonly embeddingDimensions: number
  }
  /** Undefined where a part is missing. */
  readonly pinecone: { readonly apiKey: string; readonly indexHost: string } | undefined
  readonly memorySearchBytes: number
  /** That one plugin may exchange with one host in a day. */
  readonly pluginTrafficBytes: number
  readonly logLevel: Environment['TRAE_LOG_LEVEL']
  readonly workerConcurrency: number
  /** Bounds of how many processes are recommended. */
  readonly workersMin: number
  readonly workersMax: number
  readonly leaseMs: number
  readonly production: boolean
}

/**
 * Reads the environment once, at start. Throws `CONFIG` with one line per variable that is wrong; values of secrets
 * are never repeated.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  refuseSlips(env)
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map(issue => {
      const name = String(issue.path[0])
      const shown = /PASSWORD|KEY|URL|TOKEN/.test(name) ? '' : ` (found ${JSON.stringify(given[name])})`
      return `${name}: ${issue.message}${shown}`
    })
    throw new TraeError(
      'CONFIG',
      `The environment is not right:\n  ${lines.join('\n  ')}\ndocs/settings.md lists every variable.`,
    )
  }
  const e = parsed.data
  return {
    port: e.TRAE_PORT,
    host: e.TRAE_HOST,
    publicUrl: e.TRAE_PUBLIC_URL?.replace(/\/$/, ''),
    trustedProxies: e.TRAE_TRUSTED_PROXIES?.split(',').map(part => part.trim()) ?? [],
    tls: tlsOf(e),
    corsOrigins: new Set(e.TRAE_CORS_ORIGINS?.split(',').map(origin => origin.trim().toLowerCase())),
    operations: operationsOf(e),
    dataDir: resolve(e.TRAE_DATA_DIR),
    playbooksDir: resolve(e.TRAE_PLAYBOOKS_DIR),
    pluginRegistry: {
      url: e.TRAE_PLUGIN_REGISTRY.replace(/\/*$/, '/'),
      token: e.TRAE_PLUGIN_REGISTRY_TOKEN,
    },
    killList: killListOf(e),
    pluginIsolation: e.TRAE_PLUGIN_ISOLATION,
    databaseUrl: e.DATABASE_URL,
    oidc: oidcOf(e),
    redisUrl: e.REDIS_URL,
    limits: {
      address: minuteAndHour(e.TRAE_LIMIT_ADDRESS),
      key: minuteAndHour(e.TRAE_LIMIT_KEY),
      cost: e.TRAE_LIMIT_COST,
      signIn: e.TRAE_LIMIT_SIGN_IN,
    },
    owner: { email: e.TRAE_OWNER_EMAIL.toLowerCase(), password: e.TRAE_OWNER_PASSWORD },
    encryptionKeys: e.TRAE_ENCRYPTION_KEY?.split(',').map(key => key.trim()),
    backup: backupOf(e),
    egress: {
      privateHosts: new Set(e.TRAE_PRIVATE_HOSTS?.split(',').map(host => host.trim())),
      privateCa: e.TRAE_PRIVATE_CA === undefined ? undefined : readCertificates(e.TRAE_PRIVATE_CA),
    },
    mail: mailOf(e),
    metrics: { port: e.TRAE_METRICS_PORT, token: e.TRAE_METRICS_TOKEN },
    openai: {
      apiKey: e.OPENAI_API_KEY,
      baseUrl: e.OPENAI_BASE_URL,
      models: { small: e.OPENAI_MODEL_SMALL, large: e.OPENAI_MODEL_LARGE },
      prices: readPrices(e.OPENAI_PRICES),
      embeddingModel: e.OPENAI_EMBEDDING_MODEL,
      embeddingDimensions: e.OPENAI_EMBEDDING_DIMENSIONS,
    },
    pinecone: readPinecone(e),
    memorySearchBytes: e.TRAE_MEMORY_SEARCH_MB * 1_000_000,
    pluginTrafficBytes: e.TRAE_PLUGIN_TRAFFIC_MB * 1_000_000,
    logLevel: e.TRAE_LOG_LEVEL,
    workerConcurrency: e.TRAE_WORKER_CONCURRENCY,
    ...workersOf(e),
    leaseMs: e.TRAE_LEASE_SECONDS * 1000,
    production: e.NODE_ENV === 'production',
  }
}

function oidcOf(e: Environment): Config['oidc'] {
  const { TRAE_OIDC_ISSUER: issuer, TRAE_OIDC_CLIENT_ID: clientId, TRAE_OIDC_CLIENT_SECRET: clientSecret } = e
  if (issuer === undefined) return undefined
  const missing = [
    clientId === undefined && 'TRAE_OIDC_CLIENT_ID',
    clientSecret === undefined && 'TRAE_OIDC_CLIENT_SECRET',
    e.TRAE_PUBLIC_URL === undefined && 'TRAE_PUBLIC_URL',
  ].filter(name => name !== false)
  if (clientId === undefined || clientSecret === undefined || missing.length > 0)
    throw new TraeError(
      'CONFIG',
      `TRAE_OIDC_ISSUER needs ${missing.join(' and ')} as well: the provider sends people back there.`,
    )
  const domains = e.TRAE_OIDC_DOMAINS?.split(',').map(domain => domain.trim().toLowerCase()) ?? []
  return { issuer, clientId, clientSecret, domains, role: e.TRAE_OIDC_ROLE, name: e.TRAE_OIDC_NAME }
}

function killListOf({
  TRAE_PLUGIN_KILL_LIST: origin,
  TRAE_PLUGIN_KILL_LIST_KEY: text,
}: Environment): Config['killList'] {
  if (origin === undefined && text !== undefined)
    throw new TraeError(
      'CONFIG',
      'TRAE_PLUGIN_KILL_LIST_KEY needs TRAE_PLUGIN_KILL_LIST as well: the list that it signs.',
    )
  if (origin === undefined) return undefined
  const fromNetwork = /^https:/i.test(origin)
  if (fromNetwork && text === undefined)
    throw new TraeError(
      'CONFIG',
      'TRAE_PLUGIN_KILL_LIST is an address, so TRAE_PLUGIN_KILL_LIST_KEY is needed as well: the public key of who signs the list.',
    )
  return { origin: fromNetwork ? origin : resolve(origin), key: text === undefined ? undefined : ed25519Of(text) }
}

/** The key as `openssl pkey -pubout` prints it, without the lines around it. */
function ed25519Of(text: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // said below
  }
  throw new TraeError(
    'CONFIG',
    'TRAE_PLUGIN_KILL_LIST_KEY: must be a public key of Ed25519 in base64, as `openssl pkey -in key.pem -pubout -outform DER | base64` prints it.',
  )
}

function backupOf({
  TRAE_BACKUP_KEY: text,
  TRAE_BACKUP_DIR: dir,
  TRAE_ENCRYPTION_KEY: encryption,
}: Environment): Config['backup'] {
  if (dir !== undefined && text === undefined)
    throw new TraeError(
      'CONFIG',
      'TRAE_BACKUP_DIR needs TRAE_BACKUP_KEY as well: a backup is always sealed, by a key of its own (openssl rand -hex 32).',
    )
  const split = (keys: string) => keys.split(',').map(key => key.trim().toLowerCase())
  const keys = text === undefined ? undefined : split(text)
  if (encryption !== undefined && keys?.some(key => split(encryption).includes(key)))
    throw new TraeError(
      'CONFIG',
      'TRAE_BACKUP_KEY and TRAE_ENCRYPTION_KEY have a key in common: a backup would open what is sealed in it. Make another one: openssl rand -hex 32.',
    )
  return { keys, dir: dir === undefined ? undefined : resolve(dir) }
}

function mailOf({ TRAE_SMTP_URL: smtp, TRAE_IMAP_URL: imap, TRAE_MAIL_FROM: from }: Environment): Config['mail'] {
  const needless = imap === undefined ? from !== undefined && 'TRAE_MAIL_FROM' : 'TRAE_IMAP_URL'
  if (smtp === undefined && needless)
    throw new TraeError('CONFIG', `${needless} needs TRAE_SMTP_URL as well: the server that e-mails go out by.`)
  return smtp === undefined ? undefined : readMailSettings({ smtp, imap, from })
}

function minuteAndHour(text: string): { minute: number; hour: number } {
  const [minute, hour] = text.split('/').map(Number) as [number, number]
  return { minute, hour }
}

function operationsOf({ TRAE_OPERATIONS_FILE: file, TRAE_OPERATIONS_ONLY: only }: Environment): Config['operations'] {
  if (file === undefined && only === 'true')
    throw new TraeError('CONFIG', 'TRAE_OPERATIONS_ONLY needs TRAE_OPERATIONS_FILE, which says the operations.')
  return { file: file && resolve(file), only: only === 'true' }
}

function tlsOf({ TRAE_TLS_CERT: certificate, TRAE_TLS_KEY: key }: Environment): Config['tls'] {
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined)
    throw new TraeError('CONFIG', 'TRAE_TLS_CERT and TRAE_TLS_KEY belong together: set both, or neither.')
  return { certificate: resolve(certificate), key: resolve(key) }
}

function workersOf(e: Environment): Pick<Config, 'workersMin' | 'workersMax'> {
  const { TRAE_WORKERS_MIN: workersMin, TRAE_WORKERS_MAX: workersMax } = e
  if (workersMin > workersMax)
    throw new TraeError('CONFIG', `TRAE_WORKERS_MIN is ${workersMin}, more than TRAE_WORKERS_MAX, ${workersMax}.`)
  return { workersMin, workersMax }
}

function readPrices(text: string | undefined): Config['openai']['prices'] {
  const prices = (text?.split(',') ?? []).map(entry => {
    const [model, input, output] = entry.trim().split(/[=/]/) as [string, string, string]
    return [model, { input: Number(input), output: Number(output) }] as const
  })
  return new Map(prices)
}

function readPinecone(e: Environment): Config['pinecone'] {
  const { PINECONE_API_KEY: apiKey, PINECONE_INDEX_HOST: indexHost } = e
  if (apiKey !== undefined && indexHost !== undefined) return { apiKey, indexHost: indexHost.replace(/\/$/, '') }
  const missing = apiKey === undefined ? 'PINECONE_API_KEY' : 'PINECONE_INDEX_HOST'
  if (apiKey !== undefined || indexHost !== undefined)
    throw new TraeError(
      'CONFIG',
      `The environment is not right:\n  ${missing}: is missing; Pinecone needs key and address.`,
    )
  return undefined
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TraeError('CONFIG', `TRAE_PRIVATE_CA: ${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
}

/** A variable that is written wrong would be passed over in silence, and the program would run with another setting. */
function refuseSlips(env: Readonly<Record<string, string | undefined>>): void {
  const known = Object.keys(environment.shape)
  const slips = Object.keys(env)
    .filter(name => /^(TRAE|DATABASE)_/.test(name) && !known.includes(name) && !VARIABLES_READ_ELSEWHERE.includes(name))
    .flatMap(name => {
      const meant = didYouMean(name, known)
      return meant ? [`${name} is no variable of TRAE OS; did you mean ${meant}?`] : []
    })
  if (slips.length > 0) throw new TraeError('CONFIG', `The environment is not right:\n  ${slips.join('\n  ')}`)
}
