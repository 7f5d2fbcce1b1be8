import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import type { Diagnostic } from '../playbooks/diagnostic.ts'
import { statement } from '../sql.ts'
import { inLanguage, readTexts } from '../playbooks/in-language.ts'
import { compilePolicy } from './compile-policy.ts'
import type { Policy } from './policy.ts'

export interface PublishedPolicy {
  readonly id: string
  readonly version: number
  /** False: this text is in force already. */
  readonly changed: boolean
  readonly policy: Policy
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Makes a text the policy that is in force, as a new version of its own; what was learnt under earlier versions stays. The
 * same text twice changes nothing. Throws `PLAYBOOK` with the findings in `details`.
 */
export async function publishPolicy(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  source: string,
  options: { readonly file?: string; readonly by?: UserId | null } = {},
): Promise<PublishedPolicy> {
  const { policy, diagnostics } = compilePolicy(source, { file: options.file })
  if (!policy) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const [first] = errors
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    throw new TraeError('PLAYBOOK', `${first!.source}:${first!.line}:${first!.column} ${first!.message}${more}`, {
      details: { diagnostics },
    })
  }
  const now = core.clock.now()
  return core.sql.transaction(async tx => {
    const [row] = await tx.query<{ id: string; version: number; changed: boolean }>(PUT_POLICY, [
      newId(),
      workspaceId,
      policy.id,
      policy.name,
      policy.module,
      policy.type,
      source,
      policy.hash,
      now,
      options.file === undefined ? null : policy.hash,
      JSON.stringify(policy.inputs.schema),
      JSON.stringify(policy.options.map(({ key }) => key)),
    ])
    const { id, version } = row!
    const added = await tx.query(ADD_VERSION, [id, version, source, policy.hash, options.by ?? null, now])
    await tx.query(ADD_MODEL, [id, workspaceId])
    return { id, version, changed: added.length > 0, policy, diagnostics }
  })
}
const PUT_POLICY = statement(
  'put-decision-policy',
  `insert into decision_policies as p (id, workspace_id, slug, name, module, type, version, source, hash, file_hash, created_at, updated_at, input, options)
   values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $10, $9, $9, $11::jsonb, $12::jsonb)
   on conflict (workspace_id, slug) do update set
     version = p.version + case when p.hash = $8 then 0 else 1 end, name = $4, module = $5, type = $6, source = $7, hash = $8, input = $11::jsonb, options = $12::jsonb,
     file_hash = coalesce($10, p.file_hash), updated_at = case when p.hash = $8 then p.updated_at else $9 end
   returning id, version`,
)
const ADD_VERSION = statement(
  'add-decision-policy-version',
  `insert into decision_policy_versions (policy_id, version, source, hash, published_by, created_at)
   values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning version`,
)
const ADD_MODEL = statement(
  'add-decision-model',
  `insert into decision_models (policy_id, workspace_id) values ($1, $2) on conflict do nothing`,
)

/** What became of a file at a start. */
export interface PolicyFile {
  readonly file: string
  readonly published?: PublishedPolicy
  readonly error?: TraeError
}

/**
 * Publishes every `*.yaml` of `policies/` in a folder of playbooks, where there is one, with the texts of the workspace's language where
 * the folder has them. A file speaks when it has changed since it was last published from here; an edit made elsewhere is not undone
 * by a file that is as it was, nor by texts in a language that it did not have then.
 */
export async function publishPolicies(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  playbooksFolder: string,
): Promise<PolicyFile[]> {
  const folder = join(playbooksFolder, 'policies')
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw cause
  })
  const { locale } = await getWorkspace(core, workspaceId)
  const texts = (await readTexts(playbooksFolder, locale))?.policies ?? {}
  const results: PolicyFile[] = []
  for (const file of names.filter(name => /\.ya?ml$/.test(name)).sort()) {
    const written = await readFile(join(folder, file), 'utf8')
    const source = inLanguage(written, texts)
    try {
      const { policy } = compilePolicy(source, { file })
      const [known] = policy
        ? await core.sql.query<{ file_hash: string | null; edited: boolean }>(FILE_OF_POLICY, [workspaceId, policy.id])
        : []
      if (policy && known?.file_hash === policy.hash) continue
      if (known?.edited && known.file_hash === compilePolicy(written, { file }).policy?.hash) continue
      results.push({ file, published: await publishPolicy(core, workspaceId, source, { file }) })
    } catch (error) {
      if (!(error instanceof TraeError)) throw error
      results.push({ file, error })
    }
  }
  return results
}
const FILE_OF_POLICY = statement(
  'file-of-decision-policy',
  `select file_hash, hash <> file_hash as edited from decision_policies where workspace_id = $1 and slug = $2`,
)
