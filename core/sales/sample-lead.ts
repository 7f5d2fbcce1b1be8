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

/** SQL: is what `lead` names, a column with an id of a lead or null, no sample of workspace `$1`? */
export const notOfSample = (lead: string): string =>
  `(${lead} <> all(array(select id from leads where workspace_id = $1 and source = '${SAMPLE}'))) is not false`
