import { z } from 'zod'
import { actorOf, audit } from '../access/audit.ts'
import type { Viewer } from '../access/viewer.ts'
import { getWorkspace, type Workspace } from '../access/workspace.ts'
import { ensureWebhook } from '../access/webhook-secrets.ts'
import type { Core } from '../context.ts'
import { publishPolicies } from '../decisions/publish-policy.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { installBuiltIns } from '../plugins/install-built-ins.ts'
import type { InstallCore } from '../plugins/install-plugin.ts'
import { publishFolder } from '../publishing/publish-folder.ts'
import { statement } from '../sql.ts'

const workspaceInput = z.object({
  name: z.string().trim().min(1, 'A workspace needs a name.').max(100),
  timeZone: z.string().refine(isTimeZone, 'A time zone is like America/Sao_Paulo.'),
  locale: z.enum(['pt-BR', 'en']),
})

/**
 * Makes a workspace for another client, with the plugins and playbooks that come by themselves; who makes it is its OWNER.
 * What of these is missing when the process dies is made at the next start. Throws a ZodError for what makes no sense.
 */
export async function createWorkspace(
  core: InstallCore & Parameters<typeof publishFolder>[0] & Pick<Core, 'vault' | 'config' | 'sql' | 'clock'>,
  { userId }: Pick<Viewer, 'userId'>,
  given: z.input<typeof workspaceInput>,
): Promise<Workspace> {
  const { name, timeZone, locale } = workspaceInput.parse(given)
  const now = core.clock.now()
  const id = newId<WorkspaceId>(now.getTime())
  const slug = `${slugOf(name)}-${id.slice(-6)}`
  await core.sql.query(ADD_WORKSPACE, [id, slug, name, timeZone, locale, now])
  const seal = await core.vault.sealing(id) // a key of its own, which stands in the database when it is used
  await core.sql.transaction(async tx => {
    await tx.query(ADD_OWNER, [id, userId, now])
    await ensureWebhook(core, tx, seal, { workspaceId: id, slug: 'leads', eventType: 'lead.captured' })
    const entry = { action: 'workspace.created', target: `workspace:${id}`, data: { name, timeZone, locale } }
    await audit(tx, id, { actor: actorOf(userId), ...entry }, now)
  })
  await installBuiltIns(core, id)
  await publishPolicies(core, id, core.config.playbooksDir) // before the playbooks that decide by them
  await publishFolder(core, id, core.config.playbooksDir)
  return getWorkspace(core, id)
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const slugOf = (name: string) =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'workspace'

const ADD_WORKSPACE = statement(
  'brain.add-workspace',
  'insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1, $2, $3, $4, $5, $6)',
)
const ADD_OWNER = statement(
  'brain.add-owner',
  `insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, 'OWNER', $3)`,
)
