import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** Posts to a test address that are kept. */
const KEPT = 20

/** What came to the test address of a webhook. */
export interface WebhookPost {
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
  readonly createdAt: Date
}

/** Keeps a post, and of those before it the latest few. */
export async function recordPost(
  core: Pick<Core, 'sql' | 'clock'>,
  webhook: { readonly id: string; readonly workspaceId: WorkspaceId },
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  const now = core.clock.now()
  await core.sql.query(ADD_POST, [newId(), webhook.workspaceId, webhook.id, JSON.stringify(data), now])
  await core.sql.query(DROP_POSTS, [webhook.id, KEPT])
}

/** The latest posts to a test address, newest first. */
export async function listPosts(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  webhookId: string,
): Promise<WebhookPost[]> {
  return core.sql.query<WebhookPost>(LIST_POSTS, [workspaceId, webhookId, KEPT])
}

const ADD_POST = statement(
  'access.add-webhook-post',
  `insert into webhook_posts (id, workspace_id, webhook_id, data, created_at) values ($1, $2, $3, $4::jsonb, $5)`,
)
const DROP_POSTS = statement(
  'access.drop-webhook-posts',
  `delete from webhook_posts where webhook_id = $1
     and id <= (select id from webhook_posts where webhook_id = $1 order by id desc offset $2 limit 1)`,
)
const LIST_POSTS = statement(
  'access.list-webhook-posts',
  `select id, data, created_at as "createdAt" from webhook_posts
   where workspace_id = $1 and webhook_id = $2 order by id desc limit $3`,
)
