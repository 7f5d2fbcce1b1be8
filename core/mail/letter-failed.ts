import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'

/** A letter that has failed, as its row has it. */
export interface FailedLetter {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly lead_id: string | null
  readonly run_id: string | null
  readonly to_address: string
  readonly attempts: number
}

/**
 * Tells playbooks that a letter to a lead went out to nobody, so that none takes it for silence; one to nobody's thread tells
 * nothing. In the transaction that marks it failed; a letter that is sent again and fails again tells it again.
 */
export async function appendLetterFailed(tx: Sql, letter: FailedLetter, reason: string, now: Date): Promise<void> {
  const { id: messageId, workspace_id: workspaceId, lead_id: leadId, run_id: runId, to_address: to, attempts } = letter
  if (leadId === null) return
  const data = { leadId, messageId, channel: 'email', to, reason, runId }
  const dedupeKey = `failed:${messageId}:${attempts}`
  await appendEvent(tx, workspaceId, { type: 'message.failed', subjectId: leadId, data, source: 'mailbox', dedupeKey }, now) // prettier-ignore
}

/**
 * Letters that wait for a mail server which is not there any more have failed. Of one workspace, or of all: also what was queued, or was
 * under way, in the very moment in which somebody disconnected it.
 */
export async function giveUpLetters(tx: Sql, workspaceId: WorkspaceId | null, now: Date): Promise<void> {
  const letters = await tx.query<FailedLetter & { answer: string }>(GIVE_UP, [workspaceId])
  for (const letter of letters) await appendLetterFailed(tx, letter, letter.answer, now)
}
// One more attempt: sent again, and given up again, it is told again.
const GIVE_UP = statement(
  'letters.give-up',
  `update messages m set state = 'failed', answer = 'The mailbox was disconnected before this went out.', due_at = null, held_until = null,
     attempts = attempts + 1
   where state = 'queued' and ($1::uuid is null or workspace_id = $1)
     and not exists (select from mailboxes b where b.workspace_id = m.workspace_id)
   returning id, workspace_id, lead_id, run_id, to_address, attempts, answer`,
)
