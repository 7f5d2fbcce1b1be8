import type { Core } from '../../context.ts'
import { errorRecord } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { forgetEntry } from '../../memory/forget.ts'
import { storeOwnEntry } from '../../memory/store-entry.ts'
import { notOfSample } from '../../sales/sample-lead.ts'
import { statement } from '../../sql.ts'
import { storable } from '../../words.ts'

type RememberCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>

/** Leads of one workspace and look. */
const AT_ONCE = 100
/** A change is read when whatever was committed around it can be seen. */
const SETTLED_MS = 5000
/** A memory that begins is told of leads that changed within so many days. */
const BEGINS_DAYS = 90
const LONGEST = 4000
const LONGEST_MESSAGE = 400
const ORIGIN = 'host:leads'

const WORDS = {
  en: {
    status: 'Status',
    score: 'score',
    source: 'Came by',
    answers: 'Form',
    wrote: 'Wrote',
    told: 'We wrote',
    unsubscribed: 'Wants no more messages.',
    statuses: {
      NEW: 'new',
      QUALIFYING: 'being qualified',
      QUALIFIED: 'qualified',
      NURTURING: 'being nurtured',
      DISQUALIFIED: 'disqualified',
      CONVERTED: 'customer',
    },
  },
  'pt-BR': {
    status: 'Situação',
    score: 'score',
    source: 'Chegou por',
    answers: 'Formulário',
    wrote: 'Escreveu',
    told: 'Escrevemos',
    unsubscribed: 'Não quer mais mensagens.',
    statuses: {
      NEW: 'novo',
      QUALIFYING: 'em qualificação',
      QUALIFIED: 'qualificado',
      NURTURING: 'em nutrição',
      DISQUALIFIED: 'desqualificado',
      CONVERTED: 'cliente',
    },
  },
} as const

/**
 * Puts each lead that has an address into the shared memory as `lead_<e-mail>`: who it is, where it stands and what was said last, so that a
 * search and `getContext` find it. Told of every lead that was captured, changed, written to or has answered, a few seconds later, in
 * the order of the changes; the place is kept, so a process that dies goes on there, and what would say the same is not written again.
 * What a person or a plugin has stored under that key is left alone, and what was forgotten stays so until the lead changes. It names
 * the lead, so it goes with the person who is erased; one that was written at that very moment goes at the next look, as an erasure changes the
 * lead. A look of the process that leads.
 */
export async function rememberLeads(core: RememberCore): Promise<void> {
  const now = core.clock.now()
  const until = new Date(now.getTime() - SETTLED_MS)
  const begins = new Date(now.getTime() - BEGINS_DAYS * 24 * 60 * 60_000)
  for (const space of await core.sql.query<Space>(SPACES, [until, begins])) await remember(core, space, until)
}

interface Space {
  readonly workspaceId: WorkspaceId
  readonly locale: string
  readonly at: Date
  readonly id: string
}

interface Changed {
  readonly at: Date
  readonly id: string
  readonly email: string | null
  readonly name: string
  readonly company: string | null
  readonly jobTitle: string | null
  readonly phone: string | null
  readonly source: string
  readonly status: keyof (typeof WORDS)['en']['statuses']
  readonly score: number | null
  readonly unsubscribed: boolean
  readonly data: Readonly<Record<string, unknown>>
  readonly messages: readonly { readonly way: 'in' | 'out'; readonly text: string; readonly at: string }[]
  /** Of the entries that the host has made of this lead. */
  readonly before: readonly { readonly key: string; readonly content: string }[]
}

async function remember(core: RememberCore, space: Space, until: Date): Promise<void> {
  const { workspaceId, locale } = space
  const changes = await core.sql.query<Changed>(CHANGED, [workspaceId, space.at, space.id, until, AT_ONCE, ORIGIN])
  const last = changes.at(-1)
  if (!last) return
  for (const lead of new Map(changes.map(change => [change.id, change])).values()) {
    const { id: leadId, email, score, status, before } = lead
    const key = email === null ? null : `lead_${email.toLowerCase()}`
    for (const old of before) if (old.key !== key) await forgetEntry(core, workspaceId, old.key) // it has another address now
    if (email === null) continue
    const content = storable(textOf(lead, locale), LONGEST)
    if (before.some(old => old.key === key && old.content === content)) continue
    const entry = { type: 'lead', email, leadId, module: 'pre_vendas', content, data: { status, score } } as const
    try {
      await storeOwnEntry(core, workspaceId, entry, ORIGIN)
    } catch (error) {
      if (errorRecord(error).code !== 'VALIDATION') throw error // an address that the memory does not take has no entry
    }
  }
  await core.sql.query(MARK, [workspaceId, last.at, last.id])
}

function textOf(lead: Changed, locale: string): string {
  const words = WORDS[locale.startsWith('pt') ? 'pt-BR' : 'en']
  const { name, company, jobTitle, email, phone, source, status, score, unsubscribed, data, messages } = lead
  const answers = Object.entries(data).flatMap(([field, value]) =>
    (typeof value === 'string' && value.trim() !== '') || typeof value === 'number'
      ? [`${field}: ${String(value).slice(0, LONGEST_MESSAGE)}`]
      : [],
  )
  return [
    [name, jobTitle, company].filter(Boolean).join(', '),
    [email, phone].filter(Boolean).join(', '),
    `${words.status}: ${words.statuses[status] ?? status}${score === null ? '' : `, ${words.score} ${score}`}. ${words.source}: ${source}.`,
    ...(unsubscribed ? [words.unsubscribed] : []),
    ...(answers.length > 0 ? [`${words.answers}: ${answers.slice(0, 8).join('; ')}`] : []),
    ...messages.map(({ way, text, at }) => `${way === 'in' ? words.wrote : words.told} (${at.slice(0, 10)}): ${text}`),
  ].join('\n')
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000'
/** Those with something new. Each part reads an index, and stops at the first row. */
const SPACES = statement(
  'spaces-with-changed-leads',
  `select w.id as "workspaceId", w.locale, place.at, place.id
   from workspaces w left join memory_spaces s on s.workspace_id = w.id
   cross join lateral (select coalesce(s.leads_at, $2::timestamptz) as at, coalesce(s.leads_id, '${FIRST_ID}') as id) place
   where exists (select from leads l where l.workspace_id = w.id and (l.updated_at, l.id) > (place.at, place.id) and l.updated_at <= $1)
     or exists (select from messages m where m.workspace_id = w.id and m.created_at >= place.at and m.created_at <= $1 and m.lead_id is not null
       and (m.created_at, m.lead_id) > (place.at, place.id))`,
)
const CHANGED = statement(
  'leads-that-changed',
  `with changes as (
     (select updated_at as at, id from leads
       where workspace_id = $1 and (updated_at, id) > ($2::timestamptz, $3::uuid) and updated_at <= $4 order by updated_at, id limit $5)
     union
     (select created_at, lead_id from messages
       where workspace_id = $1 and lead_id is not null and created_at >= $2 and (created_at, lead_id) > ($2::timestamptz, $3::uuid) and created_at <= $4
       order by created_at, lead_id limit $5)
     order by at, id limit $5
   )
   select c.at, c.id, case when ${notOfSample('l.id')} then l.email end as email, l.name, l.company, l.job_title as "jobTitle", l.phone, l.source, l.status,
     l.score, l.unsubscribed_at is not null as unsubscribed, l.data,
     coalesce((select jsonb_agg(jsonb_build_object('way', m.direction, 'text', left(m.body, ${LONGEST_MESSAGE}), 'at', m.created_at) order by m.created_at desc)
       from (select direction, body, created_at from messages m where m.workspace_id = $1 and m.lead_id = l.id and not m.automatic and m.created_at <= $4
         and (m.direction = 'in' or m.state = 'sent') order by m.created_at desc limit 4) m), '[]') as messages,
     coalesce((select jsonb_agg(jsonb_build_object('key', e.key, 'content', e.content)) from memory_entries e
       where e.workspace_id = $1 and e.subject_id = l.id and e.origin = $6 and e.type = 'lead'), '[]') as before
   from changes c join leads l on l.workspace_id = $1 and l.id = c.id
   order by c.at, c.id`,
)
const MARK = statement(
  'mark-leads-remembered',
  `insert into memory_spaces (workspace_id, revision, leads_at, leads_id) values ($1, 0, $2, $3)
   on conflict (workspace_id) do update set leads_at = excluded.leads_at, leads_id = excluded.leads_id`,
)
