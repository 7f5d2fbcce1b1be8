import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { didYouMean } from './did-you-mean.ts'
import { TraeError } from './errors.ts'
import { type MailSettings, readMailSettings } from './mail-settings.ts'
import { isNetwork } from './network.ts'

const port = z.coerce.number('must be a port: a whole number from 0 to 65535').int().min(0).max(65535)

const perMinuteAndHour = z.string().regex(/^[1-9]\d{0,8}\/[1-9]\d{0,8}$/, 'must be two numbers, as 100/1000')

/** Every environment variable of the program. The README's table is checked against this list by a test. */
const environment = z.object({
  TRAE_PORT: port.default(8000).describe('HTTP port; 0 takes any free one'),
  TRAE_HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  TRAE_DATA_DIR: z.string().min(1).default('./data').describe('embedded database and files'),
  TRAE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('address people reach the host at, behind a proxy'),
  TRAE_TRUSTED_PROXIES: z
    .string()
    .refine(
      text => text.split(',').every(part => isNetwork(part.trim())),
      'must be addresses or networks, as 10.0.0.2 or 10.0.0.0/8, separated by commas',
    )
    .optional()
    .describe('proxies in front of the host, whose x-forwarded-for is believed'),
  TRAE_TLS_CERT: z
    .string()
    .min(1)
    .optional()
    .describe(
      'file with the certificate and its chain (PEM): HTTPS and WSS, TLS 1.3 only; read again when it is renewed',
    ),
  TRAE_TLS_KEY: z.string().min(1).optional().describe('file with the private key of the certificate (PEM)'),
  TRAE_CORS_ORIGINS: z
    .string()
    .regex(
      /^https?:\/\/[^\s,/*]+( *, *https?:\/\/[^\s,/*]+)*$/,
      'must be origins without a path, as https://app.example.com, separated by commas',
    )
    .optional()
    .describe('origins whose pages may use the API from a browser, with a token'),
  TRAE_OPERATIONS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'file with GraphQL operations that clients may ask for by SHA-256: `{"<sha256>": "<text>"}` or an Apollo manifest',
    ),
  TRAE_OPERATIONS_ONLY: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: no other GraphQL operations are executed than those of the file, but for the admin UI'),
  TRAE_OWNER_EMAIL: z.email().default('owner@trae.local').describe('owner made at the first boot'),
  TRAE_OWNER_PASSWORD: z
    .string()
    .min(12)
    .max(200)
    .optional()
    .describe("the owner's password; generated and printed once without it"),
  TRAE_ENCRYPTION_KEY: z
    .string()
    .regex(
      /^[0-9a-f]{64}(\s*,\s*[0-9a-f]{64})*$/i,
      'must be 64 hexadecimal digits (32 bytes), as `openssl rand -hex 32` prints; several keys, newest first, with commas between them',
    )
    .optional()
    .describe(
      'key that seals secrets at rest, or several, newest first, while keys are changed; written to the data directory without it',
    ),
  TRAE_PRIVATE_HOSTS: z
    .string()
    .regex(
      /^[a-z0-9.-]+:\d{1,5}( *, *[a-z0-9.-]+:\d{1,5})*$/,
      'must be names with their ports, as crm.internal:443, separated by commas',
    )
    .optional()
    .describe('hosts inside of your network that plugins may reach, where they were granted them'),
  TRAE_PRIVATE_CA: z
    .string()
    .min(1)
    .optional()
    .describe('file with the certificates (PEM) that these hosts are signed with'),
  TRAE_SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe(
      'mail server that e-mails go out by, as smtps://user:password@host:465, or smtp:// for STARTTLS; set it on the page Settings without it',
    ),
  TRAE_IMAP_URL: z
    .url({ protocol: /^imaps?$/ })
    .optional()
    .describe('folder that answers are read from, as imaps://user:password@host:993/INBOX'),
  TRAE_MAIL_FROM: z
    .string()
    .regex(/^([^<>]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, 'must be an address, as Acme <sales@acme.com>')
    .optional()
    .describe('sender of these e-mails, as `Acme <sales@acme.com>`; the user of TRAE_SMTP_URL without it'),
  TRAE_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('warn')
    .describe('how much is logged'),
  TRAE_METRICS_PORT: port.optional().describe('port for `/metrics` alone, open to whoever reaches it; 9464 is usual'),
  TRAE_METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, 'must be 16 visible ASCII characters or more')
    .optional()
    .describe('bearer token for `/metrics` on the port of everything else'),
  TRAE_WORKER_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe('runs executing at once in one process'),
  TRAE_LEASE_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(15)
    .describe("how long a dead process's runs wait before another process takes them up"),
  TRAE_WORKERS_MIN: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('fewest processes that `trae_recommended_workers` recommends'),
  TRAE_WORKERS_MAX: z.coerce.number().int().min(1).max(1000).default(10).describe('most processes that it recommends'),
  TRAE_PLAYBOOKS_DIR: z.string().min(1).default('./playbooks').describe('playbooks published at start'),
  TRAE_PLUGIN_REGISTRY: z
    .url({ protocol: /^https?$/ })
    .default('https://registry.npmjs.org/')
    .describe('npm registry that plugins are installed from'),
  TRAE_PLUGIN_REGISTRY_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be the token alone, without spaces')
    .optional()
    .describe('token for a registry that wants one; sent to that registry only'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('Postgres, as postgres://user:password@host:5432/database; embedded PGlite without it'),
  TRAE_OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('identity provider (OpenID Connect) that people may sign in by'),
  TRAE_OIDC_CLIENT_ID: z.string().min(1).optional().describe('what the identity provider calls this host'),
  TRAE_OIDC_CLIENT_SECRET: z.string().min(1).optional().describe('by which this host proves itself to it'),
  TRAE_OIDC_DOMAINS: z
    .string()
    .regex(/^[a-z0-9.-]+( *, *[a-z0-9.-]+)*$/i, 'must be domains, separated by commas')
    .optional()
    .describe('whose people get an account when they first come; without it who has one already'),
  TRAE_OIDC_ROLE: z
    .enum(['ADMIN', 'EDITOR', 'OPERATOR', 'VIEWER'])
    .default('VIEWER')
    .describe('role of such an account'),
  TRAE_OIDC_NAME: z.string().min(1).max(40).default('SSO').describe('what the button at the sign-in calls it'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe(
      'Redis, as redis://host:6379, over which several processes tell each other what happens, hand on runs, count requests together and keep figures',
    ),
  TRAE_LIMIT_ADDRESS: perMinuteAndHour.default('100/1000').describe('requests of one address, a minute and an hour'),
  TRAE_LIMIT_KEY: perMinuteAndHour.default('1000/10000').describe('requests by one API key, a minute and an hour'),
  TRAE_LIMIT_COST: z.coerce
    .number()
    .int()
    .min(2000) // what one operation may cost
    .max(999_999_999)
    .default(20_000)
    .describe('cost of the GraphQL operations of one key, person or address, a minute'),
  TRAE_LIMIT_SIGN_IN: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe('attempts to sign in from one address, a minute'),
  OPENAI_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe(
      'key for language models and embeddings; without it and without OPENAI_BASE_URL there is no model, and embeddings are made here',
    ),
  OPENAI_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("another endpoint that speaks as OpenAI's does, as http://127.0.0.1:11434/v1"),
  OPENAI_MODEL_SMALL: z.string().min(1).default('gpt-5.4-mini').describe('model for what plugins call `small`'),
  OPENAI_MODEL_LARGE: z.string().min(1).default('gpt-5.5').describe('model for what plugins call `large`'),
  OPENAI_PRICES: z
    .string()
    .regex(
      /^[^=,\s]+=\d+(\.\d+)?\/\d+(\.\d+)?( *, *[^=,\s]+=\d+(\.\d+)?\/\d+(\.\d+)?)*$/,
      'must be models with US dollars for a million tokens in and out, as gpt-5.5=1.25/10, separated by commas',
    )
    .optional()
    .describe(
      'what models cost, as `gpt-5.5=1.25/10`: US dollars for a million tokens in and out; costs are not shown without it',
    ),
  OPENAI_EMBEDDING_MODEL: z
    .string()
    .min(1)
    .default('text-embedding-3-small')
    .describe('model that makes vectors of the memory; `local` makes them here, without a model'),
  OPENAI_EMBEDDING_DIMENSIONS: z.coerce
    .number()
    .int()
    .min(16)
    .max(8192)
    .default(512)
    .describe('length of these vectors'),
  PINECONE_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('key for Pinecone; `trae memory move --to pinecone` then takes the vectors there'),
  PINECONE_INDEX_HOST: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('address of the index, as the console of Pinecone shows it: https://….pinecone.io'),
  NODE_ENV: z.string().default('development').describe('`production` switches GraphiQL off and secure cookies on'),
})

export type Environment = z.infer<typeof environment>
export const ENVIRONMENT_VARIABLES = Object.entries(environment.shape).map(([name, schema]) => ({
  name,
  description: schema.description ?? '',
}))

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
      `The environment is not right:\n  ${lines.join('\n  ')}\nThe README lists every variable.`,
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
    .filter(name => /^(TRAE|DATABASE)_/.test(name) && !known.includes(name) && !OTHERS.includes(name))
    .flatMap(name => {
      const meant = didYouMean(name, known)
      return meant ? [`${name} is no variable of TRAE OS; did you mean ${meant}?`] : []
    })
  if (slips.length > 0) throw new TraeError('CONFIG', `The environment is not right:\n  ${slips.join('\n  ')}`)
}

/** Read elsewhere: by the commands that go through a running host, and by the tests. */
const OTHERS: readonly string[] = [
  'TRAE_URL',
  'TRAE_EMAIL',
  'TRAE_PASSWORD',
  'TRAE_API_KEY',
  'TRAE_CRASH_AT',
  'TRAE_LAUNCHER',
  'TRAE_DATASETS',
]
