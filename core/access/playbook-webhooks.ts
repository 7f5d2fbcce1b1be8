import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Core } from '../context.ts'
import { newId, type PlaybookId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { makeSecret, placeOf } from './webhook-secrets.ts'

/** The webhook of one trigger of one playbook, through all versions. */
export interface PlaybookWebhook {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly playbookId: PlaybookId
  /** The trigger's key. */
  readonly trigger: string
  /** Paths on this host; nobody can guess them. */
  readonly path: string
  readonly testPath: string
}

/** Makes the webhooks that these triggers do not have yet; those that they have keep their addresses. Answers all of the playbook. */
export async function ensurePlaybookWebhooks(
  core: Pick<Core, 'sql' | 'vault' | 'clock'>,
  playbook: { readonly workspaceId: WorkspaceId; readonly playbookId: PlaybookId; readonly slug: string },
  triggers: readonly string[],
): Promise<PlaybookWebhook[]> {
  const { workspaceId, playbookId, slug } = playbook
  const known = await core.sql.query<Row>(WEBHOOKS_OF_PLAYBOOK, [workspaceId, playbookId])
  const missing = triggers.filter(trigger => !known.some(row => row.trigger === trigger))
  if (missing.length === 0) return Promise.all(known.map(row => toWebhook(core, row)))
  const sealing = await core.vault.sealing(workspaceId)
  const now = core.clock.now()
  const rows = missing.map(trigger => {
    const id = newId(now.getTime())
    const [token, testToken] = [makeToken(), makeToken()]
    const seal = (value: string, field: string) => sealing(value, placeOf(workspaceId, id, field))
    return {
      id,
      trigger,
      slug: `${slug}/${trigger.replace(/^webhook\//, '')}`,
      secret_sealed: seal(makeSecret(), 'secret'),
      token_hash: hashOf(token),
      token_sealed: seal(token, 'token'),
      test_token_hash: hashOf(testToken),
      test_token_sealed: seal(testToken, 'test_token'),
    }
  })
  await core.sql.query(ADD_PLAYBOOK_WEBHOOKS, [workspaceId, playbookId, JSON.stringify(rows), now])
  const all = await core.sql.query<Row>(WEBHOOKS_OF_PLAYBOOK, [workspaceId, playbookId])
  return Promise.all(all.map(row => toWebhook(core, row)))
}

/** Those that these playbooks have, in one statement. */
export async function webhooksOfPlaybooks(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: WorkspaceId,
  playbookIds: readonly string[],
): Promise<PlaybookWebhook[]> {
  const rows = await core.sql.query<Row>(WEBHOOKS_OF_PLAYBOOKS, [workspaceId, playbookIds])
  return Promise.all(rows.map(row => toWebhook(core, row)))
}

/** Whose address this is: `test` for the one that only records. `secret` as `whsec_…`. Undefined for a token of nobody. */
export async function findWebhookByToken(
  core: Pick<Core, 'sql' | 'vault'>,
  token: string,
): Promise<{ webhook: PlaybookWebhook; secret: string; test: boolean } | undefined> {
  if (!TOKEN.test(token)) return undefined
  const hash = hashOf(token)
  const [row] = await core.sql.query<Row>(WEBHOOK_BY_TOKEN, [hash])
  if (!row) return undefined
  return {
    webhook: await toWebhook(core, row),
    secret: await core.vault.open(row.secret_sealed, placeOf(row.workspace_id, row.id, 'secret')),
    test: row.test_token_hash === hash,
  }
}

/** What lets its sender ask for the run of one event, and nobody else. */
export function pollKey(secret: string, eventId: string): string {
  return createHmac('sha256', secret).update(`run of ${eventId}`).digest('base64url')
}

interface Row {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly playbook_id: PlaybookId
  readonly trigger: string
  readonly secret_sealed: string
  readonly token_sealed: string
  readonly test_token_hash: string
  readonly test_token_sealed: string
}

async function toWebhook(core: Pick<Core, 'vault'>, row: Row): Promise<PlaybookWebhook> {
  const open = (sealed: string, field: string) => core.vault.open(sealed, placeOf(row.workspace_id, row.id, field))
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    playbookId: row.playbook_id,
    trigger: row.trigger,
    path: `/hooks/p/${await open(row.token_sealed, 'token')}`,
    testPath: `/hooks/p/${await open(row.test_token_sealed, 'test_token')}`,
  }
}

const TOKEN = /^[\w-]{32}$/
const makeToken = () => randomBytes(24).toString('base64url')
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

const COLUMNS =
  'id, workspace_id, playbook_id, trigger, secret_sealed, token_sealed, test_token_hash, test_token_sealed'
const WEBHOOKS_OF_PLAYBOOK = statement(
  'access.webhooks-of-playbook',
  `select ${COLUMNS} from webhooks where workspace_id = $1 and playbook_id = $2 order by id`,
)
const WEBHOOKS_OF_PLAYBOOKS = statement(
  'access.webhooks-of-playbooks',
  `select ${COLUMNS} from webhooks where workspace_id = $1 and playbook_id = any($2::uuid[]) order by id`,
)
const WEBHOOK_BY_TOKEN = statement(
  'access.webhook-by-token',
  `select ${COLUMNS} from webhooks where token_hash = $1 or test_token_hash = $1`,
)
const ADD_PLAYBOOK_WEBHOOKS = statement(
  'access.add-playbook-webhooks',
  `insert into webhooks (id, workspace_id, slug, event_type, secret_sealed, created_at, playbook_id, trigger,
                         token_hash, token_sealed, test_token_hash, test_token_sealed)
   select x.id, $1, x.slug, 'webhook.received', x.secret_sealed, $4, $2, x.trigger,
          x.token_hash, x.token_sealed, x.test_token_hash, x.test_token_sealed
   from jsonb_to_recordset($3::jsonb) as x(id uuid, slug text, trigger text, secret_sealed text, token_hash text, token_sealed text,
                                           test_token_hash text, test_token_sealed text)
   on conflict do nothing`,
)
