import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { newId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type ActionCall, callAction, type CallCore } from './call-action.ts'
import type { Installation } from './registry.ts'
import { resolveAction } from './resolve-action.ts'

/**
 * Writes to every owner and admin of the workspace that the host has disabled a plugin, through the workspace's `email/send`. What
 * cannot be sent is logged: the page Plugins, the audit log and `installationUpdated` say it in any case.
 */
export async function tellOperators(core: CallCore & Pick<Core, 'log'>, installation: Installation): Promise<void> {
  if (core.hold) return
  const { workspaceId, pluginId } = installation
  try {
    const action = resolveAction(core, workspaceId, 'email/send')
    const workspace = await getWorkspace(core, workspaceId)
    const path = `plugin:${pluginId}`
    for (const { email, locale } of await core.sql.query<Operator>(OPERATORS, [workspaceId])) {
      const key = `${path}/${installation.updatedAt.getTime()}/${email}`
      const call: ActionCall = {
        workspaceId,
        action,
        input: { to: email, ...mail(installation, locale) },
        run: { id: newId(), path, attempt: 1, key, playbookId: '' },
        locale,
        timeZone: workspace.timeZone,
        workspaceLocale: workspace.locale,
        workspaceName: workspace.name,
      }
      await callAction(core, call)
    }
  } catch (error) {
    core.log.warn(
      { pluginId, workspaceId, error: errorRecord(error) },
      'nobody could be told that a plugin is disabled',
    )
  }
}

function mail({ manifest, pluginId, statusReason }: Installation, locale: string): { subject: string; body: string } {
  const why = statusReason ?? ''
  return locale.startsWith('pt')
    ? {
        subject: `O plugin ${manifest.title} foi desativado`,
        body: `O TRAE OS desativou o plugin ${manifest.title} (${pluginId} ${manifest.version}).\n\n${why}\n\nOs passos que precisam dele esperam e continuam quando ele for ativado de novo, na página Plugins. Antes, procure uma versão corrigida ou fale com quem o publica: ${manifest.publisher}.`,
      }
    : {
        subject: `The plugin ${manifest.title} was disabled`,
        body: `TRAE OS has disabled the plugin ${manifest.title} (${pluginId} ${manifest.version}).\n\n${why}\n\nSteps that need it wait, and go on when it is enabled again on the page Plugins. Look for a corrected version first, or ask its publisher: ${manifest.publisher}.`,
      }
}

interface Operator {
  readonly email: string
  readonly locale: string
}
const OPERATORS = statement(
  'operators-of-workspace',
  `select u.email, u.locale from memberships m join users u on u.id = m.user_id
   where m.workspace_id = $1 and m.role in ('OWNER', 'ADMIN') order by u.email`,
)
