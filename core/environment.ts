import { z } from 'zod'
import { isNetwork } from './network.ts'

const port = z.coerce.number('must be a port: a whole number from 0 to 65535').int().min(0).max(65535)

const perMinuteAndHour = z.string().regex(/^[1-9]\d{0,8}\/[1-9]\d{0,8}$/, 'must be two numbers, as 100/1000')

const keys = z
  .string()
  .regex(
    /^[0-9a-f]{64}(\s*,\s*[0-9a-f]{64})*$/i,
    'must be 64 hexadecimal digits (32 bytes), as `openssl rand -hex 32` prints; several keys, newest first, with commas between them',
  )

/** Every environment variable of the program. The table in docs/settings.md is checked against this list by a test. */
export const environment = z.object({
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
  TRAE_ENCRYPTION_KEY: keys
    .optional()
    .describe(
      'key that seals secrets at rest, or several, newest first, while keys are changed; written to the data directory without it',
    ),
  TRAE_BACKUP_KEY: keys
    .optional()
    .describe(
      'key that seals backups, another one than TRAE_ENCRYPTION_KEY; several, newest first, to open older backups as well',
    ),
  TRAE_BACKUP_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('directory of backups: one is taken every night and kept for 35 days, and tried every week'),
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
  TRAE_PLUGIN_KILL_LIST: z
    .string()
    .min(1)
    .refine(text => !/^http:/i.test(text), 'must start with https://, or be the path of a file')
    .optional()
    .describe('list of plugins that must not run, read each hour: an https address, or a file'),
  TRAE_PLUGIN_KILL_LIST_KEY: z
    .string()
    .optional()
    .describe('public key (Ed25519, base64) that the list is signed with; a list from an address needs one'),
  TRAE_PLUGIN_ISOLATION: z
    .enum(['workspace', 'call'])
    .default('workspace')
    .describe('`call`: no plugin remembers anything from one call to the next, which costs each some milliseconds'),
  TRAE_PLUGIN_TRAFFIC_MB: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1000)
    .describe('what one plugin may exchange with one host in a day (UTC), in MB sent and received'),
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
  TRAE_MEMORY_SEARCH_MB: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(256)
    .describe(
      'memory that searching what workspaces remember may take in one process, in MB; 1,000 entries are about one and a half',
    ),
  NODE_ENV: z.string().default('development').describe('`production` switches GraphiQL off and secure cookies on'),
})

export type Environment = z.infer<typeof environment>
export const ENVIRONMENT_VARIABLES = Object.entries(environment.shape).map(([name, schema]) => ({
  name,
  description: schema.description ?? '',
}))

/** Read elsewhere: by the commands that go through a running host, and by the tests. */
export const VARIABLES_READ_ELSEWHERE: readonly string[] = [
  'TRAE_URL',
  'TRAE_EMAIL',
  'TRAE_PASSWORD',
  'TRAE_API_KEY',
  'TRAE_CRASH_AT',
  'TRAE_LAUNCHER',
  'TRAE_DATASETS',
]
