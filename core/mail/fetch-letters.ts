/**
 * Letters that came in, by IMAP. The place in the folder is a row (UIDVALIDITY and the next UID) and moves on after each letter that
 * was stored, so a letter may be read twice and is stored once: its Message-ID is unique. Only what belongs to the sale is kept:
 * answers to letters and invitations of ours, letters of leads, reports about letters of ours. All else stays where it is, unread by us.
 */
import { meetingOfUid } from '../calendars/write-calendar.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { errorRecord } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { answerMeeting } from '../sales/answer-meeting.ts'
import { recordBounce } from '../sales/bounces.ts'
import { receiveLetter } from '../sales/receive-message.ts'
import { unsubscribeReader } from '../sales/unsubscribe-reader.ts'
import { statement } from '../sql.ts'
import { type Folder, openFolder } from './imap.ts'
import { moveCursor, noteIncoming, openMailbox, type OpenedMailbox, readingWorkspaces } from './mailbox.ts'
import { type ReadLetter, readLetter } from './read-letter.ts'
import { isServerProblem } from './server-address.ts'
import { tellTeam } from './tell-team.ts'
import { openUnsubscribeToken } from './unsubscribe-link.ts'

type MailCore = Pick<Core, 'sql' | 'clock' | 'vault' | 'egress' | 'queue' | 'pubsub' | 'log'>

/** Letters of one round. */
const AT_ONCE = 50
const DAY_MS = 86_400_000

/** Reads what is new in the folder of every workspace that has one. */
export async function fetchLetters(core: MailCore): Promise<void> {
  for (const workspaceId of await readingWorkspaces(core)) {
    const mailbox = await openMailbox(core, workspaceId)
    if (!mailbox?.imap) continue
    try {
      await fetchOf(core, { ...mailbox, imap: mailbox.imap })
      await noteIncoming(core, mailbox.id, null)
    } catch (error) {
      if (!isServerProblem(error)) {
        core.log.error({ workspaceId, err: error }, 'letters cannot be read; the next look tries again')
        continue // other workspaces have their own
      }
      await noteIncoming(core, mailbox.id, error.message)
      if (mailbox.incomingProblem === null)
        await tellTeam(core, workspaceId, 'incoming-stopped', {
          key: `mailbox:${mailbox.id}:incoming:${core.clock.now().toISOString().slice(0, 10)}`,
          detail: error.message,
        })
    }
  }
}

async function fetchOf(
  core: MailCore,
  mailbox: OpenedMailbox & { readonly imap: NonNullable<OpenedMailbox['imap']> },
): Promise<void> {
  const folder = await openFolder(core, mailbox)
  try {
    let next = await startOf(core, mailbox, folder)
    for (;;) {
      const letters = await folder.from(next, AT_ONCE)
      for (const { uid, source } of letters) {
        await take(core, mailbox, source, `imap:${folder.uidValidity}:${uid}`)
        crashPoint('letter.read')
        next = uid + 1
        await moveCursor(core, mailbox.id, { uidValidity: folder.uidValidity, nextUid: next })
      }
      if (letters.length < AT_ONCE) return
    }
  } finally {
    await folder.close()
  }
}

/** Where reading goes on. Of a folder that was numbered anew what came since a day before it was last read: what is known is not stored again. */
async function startOf(core: MailCore, mailbox: OpenedMailbox, folder: Folder): Promise<number> {
  const { cursor, incomingAt, id } = mailbox
  if (cursor?.uidValidity === folder.uidValidity) return cursor.nextUid
  const begin =
    cursor === null || incomingAt === null
      ? folder.uidNext
      : ((await folder.since(new Date(incomingAt.getTime() - DAY_MS)))[0] ?? folder.uidNext)
  await moveCursor(core, id, { uidValidity: folder.uidValidity, nextUid: begin })
  return begin
}

/** One letter. What cannot be taken in is passed over and logged: it would stand in the way of all others, for ever. */
async function take(core: MailCore, mailbox: OpenedMailbox, source: Buffer, place: string): Promise<void> {
  try {
    await takeIn(core, mailbox, await readLetter(source), place)
  } catch (error) {
    if (errorRecord(error).retryable) throw error // the database is away: the letter waits
    const { workspaceId } = mailbox
    core.log.error({ workspaceId, place, err: error }, 'a letter cannot be taken in and is passed over')
  }
}

async function takeIn(core: MailCore, mailbox: OpenedMailbox, read: ReadLetter, place: string): Promise<void> {
  const { workspaceId } = mailbox
  switch (read.kind) {
    case 'report':
      return
    case 'bounce': {
      const messageId = await letterOf(core, workspaceId, read)
      if (messageId !== undefined) await recordBounce(core, workspaceId, { messageId, reason: read.reason })
      return
    }
    case 'unsubscribe': {
      const messageId = openUnsubscribeToken(core, read.token)
      if (messageId !== undefined) await unsubscribeReader(core, messageId)
      return
    }
    case 'meeting-answer': {
      const { uid, attendee, answer, note, sequence, stamp } = read.answer
      const id = meetingOfUid(uid)
      const addresses = [attendee, read.from]
      if (id !== undefined) await answerMeeting(core, workspaceId, { id, addresses, answer, note, sequence, stamp })
      return
    }
    case 'letter': {
      if (read.from === mailbox.address) return // a copy of our own
      const { from, subject, text, automatic } = read
      await receiveLetter(core, workspaceId, {
        externalId: read.messageId ?? place,
        answers: await letterOf(core, workspaceId, read),
        from,
        subject,
        text,
        automatic,
      })
      return
    }
    default:
      read satisfies never
  }
}

/** The letter of ours that this is about: by its Message-ID, else, of a bounce, the last to that address of the last ten days. */
async function letterOf(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  read: { readonly ours: readonly string[]; readonly messageIds: readonly string[]; readonly to?: string | undefined },
): Promise<string | undefined> {
  const since = new Date(core.clock.now().getTime() - 10 * DAY_MS)
  const values = [workspaceId, read.ours, read.messageIds, read.to ?? null, since]
  return (await core.sql.query<{ id: string }>(LETTER_OF, values))[0]?.id
}
const LETTER_OF = statement(
  'letters.of-message-ids',
  `select id from (
     select m.id, array_position($2::uuid[], m.id) as place, m.created_at from messages m
     where m.workspace_id = $1 and m.direction = 'out' and m.id = any($2::uuid[])
     union all
     select m.id, 1000 + array_position($3::text[], m.external_id), m.created_at from messages m
     where m.workspace_id = $1 and m.direction = 'out' and m.external_id = any($3::text[])
     union all
     select m.id, 2000, m.created_at from messages m
     where m.workspace_id = $1 and m.direction = 'out' and m.channel = 'email' and m.to_address = $4 and m.created_at > $5
   ) found order by place, created_at desc limit 1`,
)
