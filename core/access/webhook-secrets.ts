import { randomBytes } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Page, type PageRequest, decodeCursor, pageSize, toPage } from '../page.ts'
import { type Sql, statement } from '../sql.ts'

/** An address that events can be posted to, signed with a secret of its own. */
export interface WebhookRecord {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly slug: string
  /** Where to post, on this host. */
  readonly path: string
  /** What a post becomes: `lead.captured`. */
  readonly eventType: string
  readonly createdAt: Date
}

/** Makes a webhook where there is none with this slug; `seal` is the workspace's. Its secret is not told: rotate it to get one. */
export async function ensureWebhook(
  core: Pick<Core, 'clock'>,
  sql: Sql,
  seal: Awaited<ReturnType<Core['vault']['sealing']>>,
  webhook: { workspaceId: string; slug: string; eventType: string },
): Promise<void> {
  const now = core.clock.now()
  const id = newId(now.getTime())
  const sealed = seal(makeSecret(), placeOf(webhook.workspaceId, id))
  await sql.query(ADD_WEBHOOK, [id, webhook.workspaceId, webhook.slug, webhook.eventType, sealed, now])
}

/** The webhooks of a slug with their opened secrets (`whsec_…`); one for each workspace that has it. */
export async function findWebhookSecrets(
  core: Pick<Core, 'sql' | 'vault'>,
  slug: string,
): Promise<{ webhook: WebhookRecord; secret: string }[]> {
  const rows = await core.sql.query<Row>(FIND_BY_SLUG, [slug])
  return Promise.all(
    rows.map(async row => ({
      webhook: await toWebhook(core, row),
      secret: await core.vault.open(row.secret_sealed, placeOf(row.workspace_id, row.id)),
    })),
  )
}

/** Replaces the secret and tells the new one, this once. The old one is refused from now on. Throws `NOT_FOUND`. */
export async function rotateWebhookSecret(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: string,
  id: string,
): Promise<{ webhook: WebhookRecord; plaintext: string }> {
  const plaintext = makeSecret()
  const seal = await core.vault.sealing(workspaceId)
  const [row] = await core.sql.query<Row>(REPLACE_SECRET, [workspaceId, id, seal(plaintext, placeOf(workspaceId, id))])
  if (!row) throw new TraeError('NOT_FOUND', 'There is no such webhook in this workspace.')
  return { webhook: await toWebhook(core, row), plaintext }
}

/** The webhooks with these ids, in any order; unknown ids are left out. */
export async function findWebhooks(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: string,
  ids: readonly string[],
): Promise<WebhookRecord[]> {
  const rows = await core.sql.query<Row>(FIND_WEBHOOKS, [workspaceId, ids])
  return Promise.all(rows.map(row => toWebhook(core, row)))
}

/** Newest first. */
export async function listWebhooks(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: string,
  request: PageRequest,
): Promise<Page<WebhookRecord>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const rows = await core.sql.query<Row>(LIST_WEBHOOKS, [workspaceId, size + 1, after?.at ?? null, after?.id ?? null])
  const webhooks = await Promise.all(rows.map(row => toWebhook(core, row)))
  return toPage(
    webhooks,
    size,
    request,
    ({ createdAt, id }) => ({ at: createdAt, id }),
    webhook => webhook,
  )
}

interface Row {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly slug: string
  readonly event_type: string
  readonly secret_sealed: string
  /** Of the webhook of a playbook. */
  readonly token_sealed: string | null
  readonly created_at: Date
}

const toWebhook = async (core: Pick<Core, 'vault'>, row: Row): Promise<WebhookRecord> => ({
  id: row.id,
  workspaceId: row.workspace_id,
  slug: row.slug,
  path:
    row.token_sealed === null
      ? `/hooks/${row.slug}`
      : `/hooks/p/${await core.vault.open(row.token_sealed, placeOf(row.workspace_id, row.id, 'token'))}`,
  eventType: row.event_type,
  createdAt: row.created_at,
})
export const placeOf = (workspaceId: string, id: string, field = 'secret') => `${workspaceId}|webhooks|${id}|${field}`
export const makeSecret = () => `whsec_${randomBytes(32).toString('base64')}`

const COLUMNS = 'id, workspace_id, slug, event_type, secret_sealed, token_sealed, created_at'
const ADD_WEBHOOK = statement(
  'access.add-webhook',
  `insert into webhooks (id, workspace_id, slug, event_type, secret_sealed, created_at) values ($1, $2, $3, $4, $5, $6)
   on conflict (workspace_id, slug) do nothing`,
)
const FIND_BY_SLUG = statement(
  'access.find-webhooks-by-slug',
  `select ${COLUMNS} from webhooks where slug = $1 order by id limit 20`,
)
const FIND_WEBHOOKS = statement(
  'access.find-webhooks',
  `select ${COLUMNS} from webhooks where workspace_id = $1 and id = any($2::uuid[])`,
)
const REPLACE_SECRET = statement(
  'access.replace-webhook-secret',
  `update webhooks set secret_sealed = $3 where workspace_id = $1 and id = $2 returning ${COLUMNS}`,
)
const LIST_WEBHOOKS = statement(
  'access.list-webhooks',
  `select ${COLUMNS} from webhooks
    where workspace_id = $1 and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
    order by created_at desc, id desc limit $2`,
)
