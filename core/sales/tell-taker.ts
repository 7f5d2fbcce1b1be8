import type { Workspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { newId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { localMoment } from './availability.ts'
import { storeNotice } from './notices.ts'

const WORDS = {
  en: (title: string) => `You take over a meeting: ${title}`,
  'pt-BR': (title: string) => `Uma reunião passou para você: ${title}`,
}

/**
 * A notice for whoever has a meeting from now on and did not book it, in the transaction that gave it to them; whoever began that publishes
 * `notice.added` after the commit.
 */
export async function tellTaker(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  workspace: Workspace,
  meeting: { title: string; owner_id: string | null; lead_id: string | null; starts_at: Date },
): Promise<void> {
  const [person] = await tx.query<{ email: string }>(EMAIL_OF, [meeting.owner_id])
  const words = WORDS[workspace.locale === 'pt-BR' ? 'pt-BR' : 'en']
  const notice = {
    to: person!.email,
    title: words(meeting.title).slice(0, 200),
    body: localMoment(meeting.starts_at, workspace),
    ...(meeting.lead_id === null ? {} : { leadId: meeting.lead_id }),
  }
  await storeNotice(tx, core, workspace.id, notice, { key: `meeting-taker:${newId()}`, runId: null })
}
const EMAIL_OF = statement('email-of-user', `select email from users where id = $1::uuid`)
