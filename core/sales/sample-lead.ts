/**
 * The sample lead of the first steps: it comes in as through a form and goes the whole way, so that somebody new sees what happens.
 * Its source says what it is: figures leave it out, letters to it stay on this host, and an erasure takes its rows away.
 */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { captureLead, type Captured } from './capture-lead.ts'
import { leadInput, SAMPLE } from './lead.ts'

/** Ends in a name that nobody can have (RFC 2606): whatever writes to it reaches nobody. */
const ADDRESS = 'lead@sample.invalid'

const TEXTS = {
  'pt-BR': {
    name: 'Ana Exemplo',
    company: 'Empresa de Exemplo',
    jobTitle: 'Diretora Comercial',
    message: 'Quero um orçamento e uma demonstração ainda este mês.',
    consent: 'Lead de exemplo, criado nos primeiros passos.',
  },
  en: {
    name: 'Ana Sample',
    company: 'Sample Company',
    jobTitle: 'Sales Director',
    message: 'I would like a quote and a demo this month.',
    consent: 'Sample lead, created in the first steps.',
  },
} as const
export type SampleLanguage = keyof typeof TEXTS

/** There is one at a time: while it is there, doing it again changes nothing. */
export function captureSampleLead(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  locale: SampleLanguage,
): Promise<Captured> {
  const { name, company, jobTitle, message, consent: text } = TEXTS[locale]
  const input = leadInput.parse({
    name,
    company,
    jobTitle,
    locale,
    email: ADDRESS,
    data: { companySize: '51-200', message },
    consent: { basis: 'CONSENT', text },
  })
  return captureLead(core, workspaceId, { ...input, source: SAMPLE }, { source: 'form:sample', dedupeKey: 'sample' })
}

/**
 * SQL: is what `lead` names, a column with an id of a lead or null, no sample? The one condition by which figures leave samples out:
 * those of workspace `$1`, or of the whole host.
 */
export const notOfSample = (lead: string, of: 'workspace' | 'host' = 'workspace'): string =>
  `(${lead} <> all(${samplesOf(of)})) is not false`
const samplesOf = (of: 'workspace' | 'host') =>
  `array(select id from leads where ${of === 'workspace' ? 'workspace_id = $1 and ' : ''}source = '${SAMPLE}')`
/** SQL: is what `run` names, a column with an id of a run or null, no run about a sample of workspace `$1`? A letter to the team says no lead. */
export const notOfSampleRun = (run: string): string =>
  `(${run} <> all(array(select id from runs where workspace_id = $1 and subject_id = any(${samplesOf('workspace')})))) is not false`
