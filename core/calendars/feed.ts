import type { Core } from '../context.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { publicBase } from '../public-base.ts'
import { openSignedId, signedId } from '../signed-id.ts'
import { statement } from '../sql.ts'

/** `mine`: those that one takes; `team`: all of the workspace. */
export type FeedScope = 'mine' | 'team'

/** An address at which calendars elsewhere read somebody's meetings. */
export interface CalendarFeed {
  readonly id: string
  readonly scope: FeedScope
  /** Whoever has it reads the meetings. */
  readonly url: string
  readonly createdAt: Date
}

/** The feed of a person with that scope; the same where there is one. */
export async function createFeed(
  core: Pick<Core, 'sql' | 'clock' | 'vault' | 'config'>,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  scope: FeedScope,
): Promise<CalendarFeed> {
  const [row] = await core.sql.query<FeedRow>(CREATE_FEED, [newId(), workspaceId, userId, scope, core.clock.now()])
  return feedOf(core, row!)
}

export async function listFeeds(
  core: Pick<Core, 'sql' | 'vault' | 'config'>,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
): Promise<CalendarFeed[]> {
  return (await core.sql.query<FeedRow>(LIST_FEEDS, [workspaceId, userId])).map(row => feedOf(core, row))
}

/** Its address answers nobody any more; a new feed has another one. */
export async function revokeFeed(
  core: Pick<Core, 'sql'>,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  id: string,
): Promise<void> {
  await core.sql.query(REVOKE_FEED, [workspaceId, userId, id])
}

/** Which feed a token of an address names, whether it is there or not; undefined for a token that is none of ours. */
export const openFeedToken = (core: Pick<Core, 'vault'>, token: string) => openSignedId(core, PURPOSE, token)
const PURPOSE = 'calendar-feed'

interface FeedRow {
  id: string
  scope: FeedScope
  created_at: Date
}
const feedOf = (core: Pick<Core, 'vault' | 'config'>, { id, scope, created_at: createdAt }: FeedRow): CalendarFeed => ({
  id,
  scope,
  url: `${publicBase(core.config)}/calendars/${signedId(core, PURPOSE, id)}.ics`,
  createdAt,
})

const CREATE_FEED = statement(
  'calendar-feed.create',
  `insert into calendar_feeds (id, workspace_id, user_id, scope, created_at) values ($1, $2, $3, $4, $5)
   on conflict (workspace_id, user_id, scope) do update set scope = excluded.scope returning id, scope, created_at`,
)
const LIST_FEEDS = statement(
  'calendar-feed.list',
  'select id, scope, created_at from calendar_feeds where workspace_id = $1 and user_id = $2 order by created_at, id',
)
const REVOKE_FEED = statement(
  'calendar-feed.revoke',
  'delete from calendar_feeds where workspace_id = $1 and user_id = $2 and id = $3',
)
