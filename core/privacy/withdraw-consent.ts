/**
 * Somebody takes back what they agreed to (LGPD, art. 8, § 5). What rests on it stops: they are not written to any more, runs
 * about them are asked to stop, and none begins. What was done before stays lawful and is kept; that it is forgotten, they ask for by an erasure.
 * It may end at any point: the row says that it was withdrawn before runs are asked, and asking again goes on.
 */
import { type Actor, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { LeadId, WorkspaceId } from '../ids.ts'
import { cancelRun } from '../runs/cancel-run.ts'
import { type Sql, statement } from '../sql.ts'

/**
 * Answers how many runs were asked to stop. Throws `NOT_FOUND`, and `CONFLICT` where their data rests on something else than
 * consent: nothing could be withdrawn.
 */
export async function withdrawConsent(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  leadId: string,
  actor: Actor,
): Promise<{ stoppedRuns: number }> {
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    const { basis, withdrawn } = await lockConsent(tx, workspaceId, leadId)
    if (basis !== 'CONSENT')
      throw new TraeError(
        'CONFLICT',
        `The data of this lead rests on ${basis ?? 'no legal basis'}, not on CONSENT: there is nothing to withdraw. Erase them, or unsubscribe them.`,
      )
    if (withdrawn) return
    await tx.query(WITHDRAW, [workspaceId, leadId, now])
    await audit(tx, workspaceId, { actor, action: 'consent.withdrawn', target: `lead:${leadId}`, data: {} }, now)
  })
  let stoppedRuns = 0
  for (const { id } of await core.sql.query<{ id: string }>(OPEN_RUNS, [workspaceId, leadId])) {
    const reason = 'The person has withdrawn their consent.'
    const asked = cancelRun(core, workspaceId, id, { by: actor, reason })
    await asked.then(
      () => stoppedRuns++,
      error => {
        if ((error as TraeError).code !== 'CONFLICT') throw error // over meanwhile
      },
    )
  }
  core.pubsub.publish('lead.updated', { workspaceId, leadId: leadId as LeadId })
  return { stoppedRuns }
}

async function lockConsent(tx: Sql, workspaceId: WorkspaceId, leadId: string) {
  const [row] = await tx.query<{ basis: string | null; withdrawn: boolean }>(LOCK, [workspaceId, leadId])
  if (!row) throw new TraeError('NOT_FOUND', 'There is no such lead in this workspace.')
  return row
}

const LOCK = statement(
  'privacy.lock-consent',
  `select consent ->> 'basis' as basis, consent ? 'withdrawnAt' as withdrawn from leads
   where workspace_id = $1 and id = $2 for update`,
)
const WITHDRAW = statement(
  'privacy.withdraw-consent',
  `update leads set consent = consent || jsonb_build_object('withdrawnAt', to_jsonb($3::timestamptz)),
     unsubscribed_at = coalesce(unsubscribed_at, $3), updated_at = $3
   where workspace_id = $1 and id = $2`,
)
const OPEN_RUNS = statement(
  'privacy.runs-on-consent',
  'select id from runs where workspace_id = $1 and subject_id = $2 and finished_at is null',
)
