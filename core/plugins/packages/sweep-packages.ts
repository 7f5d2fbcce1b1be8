import type { Core } from '../../context.ts'
import { statement } from '../../sql.ts'
import { PREVIEW_MS } from './preview-package.ts'

/** From being needed by nobody to being removed: whoever publishes at this moment may just be locking it. */
const GRACE_MS = 60 * 60_000
/** A run that ended is restarted or replayed with the packages that it had. */
const RUNS_MS = 30 * 86_400_000

/**
 * Removes packages that nobody needs: that no workspace has installed, no published version has locked, no run of the last
 * thirty days has used, and nobody is just looking at. What has become unneeded is marked first, and removed an hour later
 * if it still is. Answers how many were removed.
 */
export async function sweepPackages(core: Pick<Core, 'sql' | 'clock'>): Promise<number> {
  const now = core.clock.now()
  const before = (ms: number) => new Date(now.getTime() - ms)
  return core.sql.transaction(async tx => {
    await tx.query(DROP_PREVIEWS, [before(PREVIEW_MS)])
    await tx.query(MARK, [now, before(RUNS_MS)])
    return (await tx.query(REMOVE, [before(GRACE_MS)])).length
  })
}

const DROP_PREVIEWS = statement('drop-plugin-previews', 'delete from plugin_previews where created_at <= $1')
const MARK = statement(
  'mark-unneeded-packages',
  `with needed as (
     select digest from installations
     union select digest from plugin_previews
     union select e.value from playbook_versions v cross join jsonb_each_text(v.plugins) e
       where exists (select 1 from playbooks p where p.published_version_id = v.id)
          or exists (select 1 from runs r where r.version_id = v.id and (r.finished_at is null or r.finished_at > $2))
   )
   update plugin_packages p set unneeded_since = case when n.digest is null then $1::timestamptz end
   from plugin_packages q left join needed n on n.digest = q.digest
   where p.digest = q.digest and (n.digest is null) <> (p.unneeded_since is not null)`,
)
const REMOVE = statement(
  'remove-unneeded-packages',
  'delete from plugin_packages where unneeded_since <= $1 returning digest',
)
