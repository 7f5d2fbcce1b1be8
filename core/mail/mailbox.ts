import type { Actor } from '../access/audit.ts'
import { audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import type { MailFolder, MailServer, MailSettings, Security } from '../mail-settings.ts'
import { statement } from '../sql.ts'
import { giveUpLetters } from './letter-failed.ts'

/** What carries a workspace's e-mail. Passwords are told to nobody. */
export interface Mailbox {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly address: string
  readonly name: string
  readonly smtp: MailServer
  /** Null: nothing is read. */
  readonly imap: MailFolder | null
  /** `environment`: set by whoever runs this host; nobody changes it in the admin UI. */
  readonly source: 'form' | 'environment'
  readonly outgoingProblem: string | null
  readonly outgoingAt: Date | null
  readonly incomingProblem: string | null
  readonly incomingAt: Date | null
}
export interface OpenedMailbox extends Mailbox {
  readonly passwords: MailSettings['passwords']
  /** Where reading goes on; null before the folder was first looked at. */
  readonly cursor: { readonly uidValidity: string; readonly nextUid: number } | null
}

/** Puts the servers of a workspace in the place of those that were there. `cursor` is where reading begins. */
export async function putMailbox(
  core: Pick<Core, 'sql' | 'vault' | 'clock'>,
  workspaceId: WorkspaceId,
  { address, name, smtp, imap, passwords }: MailSettings,
  { source, actor, cursor }: { source: Mailbox['source']; actor: Actor; cursor: OpenedMailbox['cursor'] },
): Promise<Mailbox> {
  const seal = await core.vault.sealing(workspaceId)
  const row = await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const [before] = await tx.query<{ id: string }>(LOCK_MAILBOX, [workspaceId])
    const id = before?.id ?? newId()
    const [row] = await tx.query<MailboxRow>(PUT_MAILBOX, [
      id,
      workspaceId,
      address.toLowerCase(),
      name,
      smtp.host,
      smtp.port,
      smtp.security,
      smtp.user,
      imap?.host ?? null,
      imap?.port ?? null,
      imap?.security ?? null,
      imap?.user ?? null,
      imap?.folder ?? null,
      seal(JSON.stringify(passwords), placeOf(workspaceId, id)),
      source,
      cursor?.uidValidity ?? null,
      cursor?.nextUid ?? null,
      now,
    ])
    await tx.query(TRY_NOW, [workspaceId, now])
    const data = { address, smtp: smtp.host, imap: imap?.host ?? null, source }
    await audit(tx, workspaceId, { actor, action: 'mailbox.connected', target: `mailbox:${row!.id}`, data }, now)
    return row!
  })
  return mailboxOf(row)
}

/** Null: the workspace's e-mail stays on this host. */
export async function findMailbox(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<Mailbox | null> {
  const [row] = await core.sql.query<MailboxRow>(FIND_MAILBOX, [workspaceId])
  return row ? mailboxOf(row) : null
}

export async function openMailbox(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: WorkspaceId,
): Promise<OpenedMailbox | null> {
  const [row] = await core.sql.query<MailboxRow>(FIND_MAILBOX, [workspaceId])
  if (!row) return null
  const passwords = await core.vault.open(row.passwords_sealed, placeOf(workspaceId, row.id))
  const { uid_validity: uidValidity, next_uid: nextUid } = row
  return {
    ...mailboxOf(row),
    passwords: JSON.parse(passwords) as MailSettings['passwords'],
    cursor: uidValidity === null || nextUid === null ? null : { uidValidity, nextUid: Number(nextUid) },
  }
}

/** Workspaces whose mail is read from a folder. */
export async function readingWorkspaces(core: Pick<Core, 'sql'>): Promise<WorkspaceId[]> {
  return (await core.sql.query<{ workspace_id: WorkspaceId }>(READING, [])).map(row => row.workspace_id)
}

/** E-mail stays on this host from now on. What was still to go out has failed, and says why. False where nothing was connected. */
export async function removeMailbox(
  core: Pick<Core, 'sql' | 'clock' | 'queue'>,
  workspaceId: WorkspaceId,
  actor: Actor,
): Promise<boolean> {
  const removed = await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const [row] = await tx.query<{ id: string; address: string }>(REMOVE_MAILBOX, [workspaceId])
    if (!row) return false
    await giveUpLetters(tx, workspaceId, now)
    const entry = { action: 'mailbox.disconnected', target: `mailbox:${row.id}`, data: { address: row.address } }
    await audit(tx, workspaceId, { actor, ...entry }, now)
    return true
  })
  if (removed) core.queue.ring('events')
  return removed
}

/** Why nothing goes out or comes in, or null: it does. */
export async function noteOutgoing(core: Pick<Core, 'sql' | 'clock'>, id: string, problem: string | null) {
  await core.sql.query(NOTE_OUTGOING, [id, problem, core.clock.now()])
}
export async function noteIncoming(core: Pick<Core, 'sql' | 'clock'>, id: string, problem: string | null) {
  await core.sql.query(NOTE_INCOMING, [id, problem, core.clock.now()])
}

/** Everything before `nextUid` is read. It never goes back in the same folder. */
export async function moveCursor(
  core: Pick<Core, 'sql'>,
  id: string,
  { uidValidity, nextUid }: { readonly uidValidity: string; readonly nextUid: number },
): Promise<void> {
  await core.sql.query(MOVE_CURSOR, [id, uidValidity, nextUid])
}

interface MailboxRow {
  id: string
  workspace_id: WorkspaceId
  address: string
  name: string
  smtp_host: string
  smtp_port: number
  smtp_security: Security
  smtp_user: string | null
  imap_host: string | null
  imap_port: number | null
  imap_security: Security | null
  imap_user: string | null
  imap_folder: string | null
  passwords_sealed: string
  source: Mailbox['source']
  outgoing_problem: string | null
  outgoing_at: Date | null
  incoming_problem: string | null
  incoming_at: Date | null
  uid_validity: string | null
  next_uid: string | number | null
}

const mailboxOf = (row: MailboxRow): Mailbox => ({
  id: row.id,
  workspaceId: row.workspace_id,
  address: row.address,
  name: row.name,
  smtp: { host: row.smtp_host, port: row.smtp_port, security: row.smtp_security, user: row.smtp_user },
  imap:
    row.imap_host === null
      ? null
      : {
          host: row.imap_host,
          port: row.imap_port!,
          security: row.imap_security!,
          user: row.imap_user!,
          folder: row.imap_folder!,
        },
  source: row.source,
  outgoingProblem: row.outgoing_problem,
  outgoingAt: row.outgoing_at,
  incomingProblem: row.incoming_problem,
  incomingAt: row.incoming_at,
})

const placeOf = (workspaceId: string, id: string) => `${workspaceId}|mailboxes|${id}|passwords`

const LOCK_MAILBOX = statement('mailbox.lock', 'select id from mailboxes where workspace_id = $1 for update')
const PUT_MAILBOX = statement(
  'mailbox.put',
  `insert into mailboxes (id, workspace_id, address, name, smtp_host, smtp_port, smtp_security, smtp_user,
     imap_host, imap_port, imap_security, imap_user, imap_folder, passwords_sealed, source, uid_validity, next_uid, created_at, updated_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)
   on conflict (workspace_id) do update set address = $3, name = $4, smtp_host = $5, smtp_port = $6, smtp_security = $7, smtp_user = $8,
     imap_host = $9, imap_port = $10, imap_security = $11, imap_user = $12, imap_folder = $13, passwords_sealed = $14, source = $15,
     -- of the same folder what was not read yet still is to be read
     uid_validity = case when (mailboxes.imap_host, mailboxes.imap_user, mailboxes.imap_folder) = ($9::text, $12::text, $13::text) then mailboxes.uid_validity else $16 end,
     next_uid = case when (mailboxes.imap_host, mailboxes.imap_user, mailboxes.imap_folder) = ($9::text, $12::text, $13::text) then mailboxes.next_uid else $17 end,
     outgoing_problem = null, incoming_problem = null, updated_at = $18
   returning *`,
)
const TRY_NOW = statement(
  'mailbox.try-now',
  `update messages set due_at = $2 where workspace_id = $1 and state = 'queued' and due_at > $2`,
)
const FIND_MAILBOX = statement('mailbox.find', 'select * from mailboxes where workspace_id = $1')
const READING = statement(
  'mailbox.reading',
  'select workspace_id from mailboxes where imap_host is not null order by workspace_id',
)
const REMOVE_MAILBOX = statement(
  'mailbox.remove',
  'delete from mailboxes where workspace_id = $1 returning id, address',
)
const NOTE_OUTGOING = statement(
  'mailbox.note-outgoing',
  `update mailboxes set outgoing_problem = $2, outgoing_at = case when $2::text is null then $3 else outgoing_at end where id = $1`,
)
const NOTE_INCOMING = statement(
  'mailbox.note-incoming',
  `update mailboxes set incoming_problem = $2, incoming_at = case when $2::text is null then $3 else incoming_at end where id = $1`,
)
const MOVE_CURSOR = statement(
  'mailbox.move-cursor',
  `update mailboxes set uid_validity = $2, next_uid = $3::bigint
   where id = $1 and (uid_validity is distinct from $2 or next_uid < $3::bigint)`,
)
