import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { audit } from './audit.ts'
import type { Member, SignInOrigin } from './open-session.ts'

/** Tells the audit log of somebody who came in, or did not. Best effort: signing in does not fail for it. */
export async function auditSignIn(
  core: Pick<Core, 'sql' | 'clock' | 'log'>,
  { id, workspace_id }: Pick<Member, 'id' | 'workspace_id'>,
  { address, userAgent }: SignInOrigin,
  action: 'sign-in.succeeded' | 'sign-in.failed',
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  const entry = { action, target: `user:${id}`, data: { ...data, address, userAgent: userAgent?.slice(0, 300) } }
  await core.sql
    .transaction(tx => audit(tx, workspace_id as WorkspaceId, { actor: `user:${id}`, ...entry }, core.clock.now()))
    .catch(error => core.log.error({ err: error, action }, 'a sign-in is not in the audit log'))
}
