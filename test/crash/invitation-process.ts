/**
 * One life of a host that invites to a meeting by its mail server (INVITE_SMTP, INVITE_IMAP: ports at localhost; INVITE_CA), on a clock that
 * begins at TEST_NOW: takes in a lead once, works, dies at TRAE_CRASH_AT, and tells how everything stands. `decide` says what a person found
 * out about letters that got no answer: which of them have arrived.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { connectMailbox } from '../../core/mail/connect-mailbox.ts'
import { fetchLetters } from '../../core/mail/fetch-letters.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { markSent, resendMessage } from '../../core/sales/outbox.ts'
import { statement } from '../../core/sql.ts'
import { IMAP_PASSWORD, IMAP_USER } from '../mail/imap-server.ts'

const LEAD = 'ana@cliente.com.br'
const LETTER = `uses: email/send
    with:
      to: \${{ lead.email }}
      subject: Reunião
      body: Até lá!
      leadId: \${{ lead.id }}
      meetingId: \${{ steps.meeting.output.id }}`
const ANSWER = `waitFor:
      any:
        - event: meeting.answered
          correlate: { meetingId: '\${{ steps.meeting.output.id }}' }`
const PLAYBOOK = `
id: invite
name: Invite
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: meeting
    uses: calendar/schedule
    with: { leadId: '\${{ lead.id }}', duration: 30m }
  - ${LETTER}
  - ${ANSWER}
  - id: slots
    uses: calendar/find-slots
    with: { duration: 30m, earliest: '\${{ steps.meeting.output.endsAt }}', limit: 1 }
  - uses: calendar/move
    with: { id: '\${{ steps.meeting.output.id }}', startsAt: '\${{ steps.slots.output.slots[0].startsAt }}' }
  - ${LETTER}
  - ${ANSWER}
  - uses: calendar/cancel
    with: { id: '\${{ steps.meeting.output.id }}' }
  - ${LETTER}
`

const { INVITE_SMTP: smtp, INVITE_IMAP: imap, INVITE_CA: privateCa, TEST_NOW: now, ...environment } = process.env
const core = await openCore(readConfig(environment), {
  clock: new VirtualClock(now!),
  pollMs: 100,
  egress: { privateHosts: new Set([`localhost:${smtp}`, `localhost:${imap}`]), privateCa: privateCa! },
})
const { workspaceId } = await firstBoot(core)
await installBuiltIns(core, workspaceId)
const count = async (from: string) =>
  (await core.sql.query<{ n: number }>(statement('', `select count(*)::int as n from ${from}`)))[0]!.n
if ((await count('mailboxes')) === 0) {
  const [owner] = await core.sql.query<{ id: string }>(statement('', 'select id from users'))
  await connectMailbox(core, { workspaceId, userId: owner!.id } as Parameters<typeof connectMailbox>[1], {
    address: 'vendas@acme.com.br',
    name: 'Acme',
    smtp: { host: 'localhost', port: Number(smtp), security: 'tls', user: 'sales' },
    imap: { host: 'localhost', port: Number(imap), security: 'tls', user: IMAP_USER, folder: 'INBOX' },
    passwords: { smtp: 'secret', imap: IMAP_PASSWORD },
  })
  await fetchLetters(core) // from here on letters are read
}
await publishPlaybook(core, workspaceId, PLAYBOOK)
const lead = leadInput.parse({ name: 'Ana Souza', email: LEAD, source: 'API' })
await captureLead(core, workspaceId, lead, { source: 'test', dedupeKey: 'ana' })

process.on('message', async ({ arrived }: { readonly arrived: readonly string[] }) => {
  const letters = await core.sql.query<{ id: string }>(
    statement('', `select id from messages where state = 'uncertain' and direction = 'out'`),
  )
  for (const { id } of letters)
    await (arrived.some(messageId => messageId.includes(id))
      ? markSent(core, workspaceId, id)
      : resendMessage(core, workspaceId, id))
  const [stands] = await core.sql.query<Standing>(statement('', STANDS))
  process.send!({ stands })
})
await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())

export interface Standing {
  readonly runs: readonly string[]
  readonly meetings: readonly { readonly status: string; readonly sequence: number }[]
  readonly letters: readonly string[]
  readonly answers: readonly string[]
  readonly history: number
  readonly told: Readonly<Record<string, number>>
  readonly unread: number
}
const STANDS = `
  select
    (select coalesce(jsonb_agg(status), '[]') from runs) as runs,
    (select coalesce(jsonb_agg(jsonb_build_object('status', status, 'sequence', sequence)), '[]') from meetings) as meetings,
    (select coalesce(jsonb_agg(state order by created_at), '[]') from messages where direction = 'out') as letters,
    (select coalesce(jsonb_agg(data->>'answer' order by id), '[]') from events where type = 'meeting.answered') as answers,
    (select count(*) from activities where kind = 'MEETING_ANSWERED')::int as history,
    (select coalesce(jsonb_object_agg(type, n), '{}') from (
      select type, count(*) as n from events where type in ('meeting.moved', 'meeting.cancelled') group by type) s) as told,
    (select count(*) from messages where direction = 'in')::int as unread`
