import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { addNotice } from '../sales/notices.ts'

const WORDS = {
  en: {
    'letter-uncertain': 'An e-mail may have gone out, or not: look and decide',
    'letter-failed': 'An e-mail did not go out',
    'text-failed': 'A message to a phone did not arrive',
    'outgoing-stopped': 'E-mails do not go out: the mail server does not let us in',
    'incoming-stopped': 'E-mails are not read: the mail server does not let us in',
  },
  'pt-BR': {
    'letter-uncertain': 'Um e-mail pode ter saído, ou não: verifique e decida',
    'letter-failed': 'Um e-mail não saiu',
    'text-failed': 'Uma mensagem para um telefone não chegou',
    'outgoing-stopped': 'Os e-mails não saem: o servidor de e-mail não nos deixa entrar',
    'incoming-stopped': 'Os e-mails não são lidos: o servidor de e-mail não nos deixa entrar',
  },
} as const

/** Tells everybody of the team in their inbox here, once per `key`: by mail it could not be told. */
export async function tellTeam(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  what: keyof (typeof WORDS)['en'],
  { key, detail, leadId }: { readonly key: string; readonly detail: string; readonly leadId?: string | null },
): Promise<void> {
  const { locale } = await getWorkspace(core, workspaceId)
  const title = WORDS[locale === 'pt-BR' ? 'pt-BR' : 'en'][what]
  const notice = { title, body: detail, urgent: true, ...(leadId ? { leadId } : {}) }
  await addNotice(core, workspaceId, notice, { key, runId: null })
}
