/**
 * What a lead writes that no run waits for would reach nobody. A message that came in is `open` until this look has seen what its event
 * did: where a run was started by it or a wait was ended, a run has it; else the person whose lead it is gets a notice, once, or
 * everybody while that person is away. A while passes first, in which a run that was just beginning to wait asks for what came before it.
 */
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { addNotice } from '../sales/notices.ts'
import { statement } from '../sql.ts'

/** From the message to the notice. */
const PATIENCE_MS = 2 * 60_000
const AT_ONCE = 100

export async function tellOfUnheard(core: Pick<Core, 'sql' | 'clock' | 'pubsub'>): Promise<void> {
  const before = new Date(core.clock.now().getTime() - PATIENCE_MS)
  const rows = await core.sql.query<UnheardRow>(UNHEARD, [before, AT_ONCE])
  for (const row of rows) {
    if (!row.taken) await tell(core, row)
    await core.sql.query(SEEN, [row.id, row.taken ? 'run' : 'told'])
  }
}

/** The key makes it one, whoever dies in between. */
async function tell(core: Pick<Core, 'sql' | 'clock' | 'pubsub'>, row: UnheardRow): Promise<void> {
  const { locale } = await getWorkspace(core, row.workspace_id)
  const title = WORDS[locale === 'pt-BR' ? 'pt-BR' : 'en'](row.name)
  await addNotice(
    core,
    row.workspace_id,
    {
      title: title.slice(0, 200),
      body: row.body.slice(0, 2000),
      leadId: row.lead_id,
    },
    { key: `unheard:${row.id}`, runId: null },
  )
}

const WORDS = {
  en: (name: string) => `${name} wrote, and no run waits for it: answer by hand`,
  'pt-BR': (name: string) => `${name} escreveu, e nenhuma execução espera por isso: responda à mão`,
}

interface UnheardRow {
  id: string
  workspace_id: WorkspaceId
  lead_id: string
  name: string
  body: string
  taken: boolean
}
// Its event is dispatched first: only then it is known. A goal that it reached ends a run by a wait of its own.
const UNHEARD = statement(
  'unheard-messages',
  `select m.id, m.workspace_id, m.lead_id, l.name, m.body,
     exists (select from runs r where r.event_id = e.id and r.origin_path is null) or exists (select from waits w where w.event_id = e.id) as taken
   from messages m
   join leads l on l.id = m.lead_id
   join events e on e.workspace_id = m.workspace_id and e.dedupe_key = 'message:' || m.id
   where m.attention = 'open' and m.created_at <= $1 and e.dispatched_at is not null
   order by m.created_at limit $2`,
)
const SEEN = statement('seen-unheard', `update messages set attention = $2 where id = $1 and attention = 'open'`)
