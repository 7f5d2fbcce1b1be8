import { getWorkspace } from '../../access/workspace.ts'
import type { Core } from '../../context.ts'
import { errorRecord } from '../../errors.ts'
import { newId, type WorkspaceId } from '../../ids.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import { callAction, type CallCore } from '../../plugins/call-action.ts'
import { resolveAction } from '../../plugins/resolve-action.ts'
import { statement } from '../../sql.ts'
import { MODULES } from '../modules.ts'

/**
 * Writes to every owner and admin that a module is in a person's hands now, through the workspace's `email/send`. Under one key
 * for each of them, so a process that dies in between has nobody told twice; what cannot be sent is tried again at the next look.
 */
export async function tellPeople(core: CallCore & Pick<Core, 'log'>): Promise<void> {
  for (const incident of await core.sql.query<Escalated>(ESCALATED)) {
    const { id, workspaceId, module, summary } = incident
    try {
      const action = resolveAction(core, workspaceId, 'email/send')
      const workspace = await getWorkspace(core, workspaceId)
      for (const { email, locale } of await core.sql.query<Person>(PEOPLE, [workspaceId]))
        await callAction(core, {
          workspaceId,
          action,
          input: { to: email, ...mail(module, summary, locale) },
          run: { id: newId(), path: 'incident', attempt: 1, key: `incident:${id}/${email}`, playbookId: '' },
          locale,
          timeZone: workspace.timeZone,
          workspaceLocale: workspace.locale,
          workspaceName: workspace.name,
        })
    } catch (error) {
      const record = errorRecord(error)
      if (record.code === 'DATABASE') throw error
      core.log.warn({ event: 'incident.untold', module, error: record }, 'nobody could be told of an incident')
      if (record.retryable) continue
    }
    await core.sql.query(TOLD, [id, core.clock.now()])
  }
}

function mail(module: ModuleKey, summary: string, locale: string): { subject: string; body: string } {
  const { title } = MODULES[module]
  return locale.startsWith('pt')
    ? {
        subject: `O módulo ${title} precisa de você`,
        body: `O módulo ${title} falhou, foi reiniciado e falhou de novo. Ele está em modo manual: o que falha e o que falta fazer espera na caixa de entrada da página Cérebro.\n\n${summary}\n\nFaça o que for urgente à mão, ou corrija a causa e devolva o módulo ao automático.`,
      }
    : {
        subject: `The module ${title} needs you`,
        body: `The module ${title} failed, was restarted and failed again. It is in manual mode: what fails, and what is still to do, waits in the inbox of the page Brain.\n\n${summary}\n\nDo what is urgent by hand, or mend the cause and let the module work by itself again.`,
      }
}

interface Escalated {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly module: ModuleKey
  readonly summary: string
}
interface Person {
  readonly email: string
  readonly locale: string
}
const ESCALATED = statement(
  'escalated-incidents-to-tell',
  `select id, workspace_id as "workspaceId", module, summary from incidents where status = 'escalated' and told_at is null
   order by escalated_at limit 20`,
)
const PEOPLE = statement(
  'people-to-tell-of-incident',
  `select u.email, u.locale from memberships m join users u on u.id = m.user_id
   where m.workspace_id = $1 and m.role in ('OWNER', 'ADMIN') order by u.email`,
)
const TOLD = statement('incident-told', `update incidents set told_at = $2 where id = $1`)
