import { getWorkspace } from '../../access/workspace.ts'
import { errorRecord } from '../../errors.ts'
import { type ActionCall, callAction, lookupAction } from '../../plugins/call-action.ts'
import { resolveAction } from '../../plugins/resolve-action.ts'
import { statement } from '../../sql.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import type { Approval, Vote } from './approval.ts'
import { approvalLink, approvalToken, tokenHash } from './approval-link.ts'
import { mailOf } from './approval-mail.ts'

/**
 * Writes to everybody who is asked and was not told yet, through the workspace's `email/send`. The key is the same after
 * a crash, so nobody is told twice; a provider that can take no key is asked only once. What cannot be sent is said in the
 * run's log: the approval stands in the admin UI in any case.
 */
export async function tellApprovers(core: RunCore, run: ActiveRun, approval: Approval): Promise<void> {
  if (core.hold) return // where effects are held back, nobody is written to
  for (const vote of approval.votes) {
    if (vote.toldAt !== null || vote.decision !== null) continue
    try {
      await tell(core, run, approval, vote)
    } catch (error) {
      const { code, message } = errorRecord(error)
      if (code === 'LEASE_LOST' || code === 'DATABASE') throw error
      const text = `${vote.email} could not be told by e-mail: ${message}`
      run.note([{ kind: 'log', path: approval.path, data: { level: 'warn', message: text } }])
      await core.sql.query(TOLD, [approval.id, vote.email, core.clock.now()])
    }
  }
}

async function tell(core: RunCore, run: ActiveRun, approval: Approval, vote: Vote): Promise<void> {
  const { workspaceId, runId, playbookId } = run.lease
  const action = await resolveAction(core, workspaceId, 'email/send', run.version.lock)
  const workspace = await getWorkspace(core, workspaceId)
  const call: ActionCall = {
    workspaceId,
    action,
    input: { to: vote.email, ...mailOf(approval, vote, approvalLink(core, approval.id, vote.email)) },
    run: { id: runId, path: approval.path, attempt: 1, key: `${approval.id}/${vote.email}`, playbookId },
    locale: vote.locale,
    timeZone: workspace.timeZone,
    workspaceLocale: workspace.locale,
    workspaceName: workspace.name,
  }
  // Derived texts are others once the host's keys were replaced; nobody knows this one yet
  await core.sql.query(SET_TOKEN, [approval.id, vote.email, tokenHash(approvalToken(core, approval.id, vote.email))])
  const once = action.idempotency === 'none' && !action.hasLookup
  if (once) await core.sql.query(TOLD, [approval.id, vote.email, core.clock.now()])
  const found = action.hasLookup && (await lookupAction(core, call)).found
  if (!found) await callAction(core, call)
  if (!once) await core.sql.query(TOLD, [approval.id, vote.email, core.clock.now()])
}

const SET_TOKEN = statement(
  'approver-token',
  `update approval_votes set token_hash = $3 where approval_id = $1 and email = $2 and told_at is null and token_hash <> $3`,
)
const TOLD = statement('approver-told', `update approval_votes set told_at = $3 where approval_id = $1 and email = $2`)
