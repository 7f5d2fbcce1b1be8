import { z } from 'zod'
import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import type { WorkspaceId } from '../../ids.ts'
import { forgetEntry } from '../../memory/forget.ts'
import { storeOwnEntry } from '../../memory/store-entry.ts'
import { readLarge, unfold } from '../../runs/large-values.ts'
import { statement } from '../../sql.ts'
import { storable } from '../../words.ts'

type RememberCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>

const AT_ONCE = 100
/** Characters of one skill's part; five of them fit into an entry. */
const LONGEST = 3800
const ORIGIN = 'host:diagnoses'

const WORDS = {
  en: {
    todo: 'To do',
    unknown: 'Not known',
    titles: {
      'icp-analysis': 'Ideal customer profile',
      'channel-audit': 'Audit of channels',
      'competitor-benchmark': 'Comparison with competitors',
      'metrics-analysis': 'Analysis of the figures',
      'cs-diagnostic': 'Customer success',
    },
  },
  'pt-BR': {
    todo: 'A fazer',
    unknown: 'Não se sabe',
    titles: {
      'icp-analysis': 'Perfil de cliente ideal',
      'channel-audit': 'Auditoria de canais',
      'competitor-benchmark': 'Comparação com concorrentes',
      'metrics-analysis': 'Análise das métricas',
      'cs-diagnostic': 'Sucesso do cliente',
    },
  },
} as const

/**
 * Puts what the agent of the diagnosis has found out about the company, by whichever run, into the shared memory as `diagnostic_<company>`:
 * one entry with the last word of each skill. The memory is told each diagnosis once (`memory_spaces.diagnoses`), so what was forgotten
 * stays so until there is a new one; a process that dies anywhere does it again. What a person or a plugin has stored under that key is
 * left alone. A look of the process that leads.
 */
export async function rememberDiagnoses(core: RememberCore): Promise<void> {
  for (let full = true; full;) {
    const rows = await core.sql.query<Made>(TO_REMEMBER, [AT_ONCE, ORIGIN])
    for (const made of Map.groupBy(rows, row => row.workspaceId).values()) await remember(core, made)
    full = rows.length === AT_ONCE
  }
}

interface Made {
  readonly workspaceId: WorkspaceId
  readonly company: string
  readonly locale: string
  readonly skill: string
  readonly runId: string
  readonly path: string
  readonly at: Date
  readonly data: Record<string, unknown> | null
  /** The entry as it stands, where there is one of ours. */
  readonly key: string | null
  readonly before: { readonly skills?: Skills } | null
}

/** The last word of each. */
type Skills = Readonly<
  Record<string, { readonly at: string; readonly runId: string; readonly step: string; readonly text: string }>
>

async function remember(core: RememberCore, made: readonly Made[]): Promise<void> {
  const { workspaceId, company, locale, key, before } = made[0]!
  const news: [string, Skills[string]][] = []
  for (const { skill, runId, path, at, data } of made) {
    const found = diagnosis.safeParse(await readLarge(core, workspaceId, unfold(data)?.['output']))
    const text = found.success ? storable(textOf(found.data, locale), LONGEST) : ''
    if (text !== '') news.push([skill, { at: at.toISOString(), runId, step: path, text }])
  }
  if (news.length > 0) {
    const skills: Skills = { ...before?.skills, ...Object.fromEntries(news) }
    const titles: Readonly<Record<string, string>> = wordsOf(locale).titles
    const parts = Object.entries(skills)
      .toSorted(([, a], [, b]) => (a.at < b.at ? 1 : -1))
      .map(([skill, { at, text }]) => `${titles[skill] ?? skill} (${at.slice(0, 10)})\n${text}`)
    const content = storable([company, ...parts].join('\n\n'), 20_000)
    const entry = await storeOwnEntry(
      core,
      workspaceId,
      { type: 'diagnostic', company, module: 'diagnostico', content, data: { skills }, importance: 0.7 },
      ORIGIN,
    )
    if (entry !== null && key !== null && entry.key !== key) await forgetEntry(core, workspaceId, key) // it had another name then
  }
  crashPoint('diagnosis.remembered')
  await core.sql.query(MARK, [
    workspaceId,
    JSON.stringify(Object.fromEntries(made.map(({ skill, at }) => [skill, at]))),
  ])
}

const said = z.array(z.object({ text: z.string() }))
/** What of a skill's output is kept; an output without facts is none, or was erased. */
const diagnosis = z.object({
  facts: z.array(z.object({ label: z.string(), value: z.string(), source: z.string() })),
  notKnown: z.array(z.object({ what: z.string() })),
  judgement: z.object({ conclusions: said, actions: said }).nullish(),
})

/** What it means first, then what to do, what is known (not what was only remembered: that stands in entries of its own) and what is not. */
function textOf({ facts, notKnown, judgement }: z.infer<typeof diagnosis>, locale: string): string {
  const words = wordsOf(locale)
  return [
    ...(judgement?.conclusions ?? []).map(({ text }) => text),
    ...(judgement?.actions ?? []).map(({ text }) => `${words.todo}: ${text}`),
    ...facts.filter(({ source }) => source !== 'memory').map(({ label, value }) => `${label}: ${value}`),
    ...(notKnown.length > 0 ? [`${words.unknown}: ${notKnown.map(({ what }) => what).join('; ')}`] : []),
  ].join('\n')
}

const wordsOf = (locale: string) => WORDS[locale.startsWith('pt') ? 'pt-BR' : 'en']

/** Of each skill the last word only, where the memory was told an earlier one. */
const TO_REMEMBER = statement(
  'diagnoses-to-remember',
  `with latest as (
     select distinct on (workspace_id, split_part(data ->> 'by', '/', 2)) workspace_id, split_part(data ->> 'by', '/', 2) as skill, run_id, seq, at
     from journal where kind = 'step.completed' and data ->> 'by' like 'diagnostico@%'
     order by workspace_id, split_part(data ->> 'by', '/', 2), at desc, run_id desc, seq desc
   )
   select l.workspace_id as "workspaceId", w.name as company, w.locale, l.skill, l.run_id as "runId", j.path, l.at, j.data, e.key, e.data as before
   from latest l join journal j on j.run_id = l.run_id and j.seq = l.seq
     join workspaces w on w.id = l.workspace_id
     left join memory_spaces s on s.workspace_id = l.workspace_id
     left join lateral (select key, data from memory_entries m where m.workspace_id = l.workspace_id and m.origin = $2
       order by m.updated_at desc limit 1) e on true
   where s.diagnoses ->> l.skill is null or (s.diagnoses ->> l.skill)::timestamptz < l.at
   order by l.workspace_id, l.skill limit $1`,
)
const MARK = statement(
  'mark-diagnoses-remembered',
  `insert into memory_spaces (workspace_id, revision, diagnoses) values ($1, 0, $2::jsonb)
   on conflict (workspace_id) do update set diagnoses = memory_spaces.diagnoses || excluded.diagnoses`,
)
