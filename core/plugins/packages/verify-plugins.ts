import { brokenAudit } from '../../access/audit.ts'
import type { Core } from '../../context.ts'
import { errorRecord } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { statement } from '../../sql.ts'
import type { InstallationSource } from '../entities.ts'
import { packageDigest, parseManifest, sha256 } from '../manifest.ts'
import { missingPermissions, type Permissions } from '../permissions.ts'

/** A stored package, looked at again. */
export interface VerifiedPackage {
  readonly pluginId: string
  readonly version: string
  readonly digest: string
  /** Null for one that only published playbooks use. */
  readonly source: InstallationSource | null
  /** What is not as it was when it was accepted; empty where all is well. */
  readonly problems: readonly string[]
}

export interface Verification {
  readonly packages: readonly VerifiedPackage[]
  /** The first entry of the audit log that was changed or follows a gap; null where all is as it was written. */
  readonly auditBrokenAt: number | null
}

/**
 * Hashes what is stored of every plugin that the workspace runs or that its published playbooks locked, and compares it with
 * the digest under which it was accepted; and follows the chain of the audit log. Changes nothing.
 */
export async function verifyPlugins(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<Verification> {
  const rows = await core.sql.query<Stored>(READ_PACKAGES, [workspaceId])
  return {
    packages: rows.map(row => ({
      pluginId: row.plugin_id,
      version: row.version,
      digest: row.digest,
      source: row.source,
      problems: problemsOf(row),
    })),
    auditBrokenAt: (await brokenAudit(core, workspaceId)) ?? null,
  }
}

interface Stored {
  readonly digest: string
  readonly plugin_id: string
  readonly version: string
  readonly manifest: unknown
  readonly bundle: string | null
  readonly granted: Permissions | null
  readonly source: InstallationSource | null
}

function problemsOf({ digest, plugin_id, version, manifest, bundle, granted }: Stored): string[] {
  if (bundle === null) return ['The package is gone, and a published playbook needs it: install that version again.']
  const problems: string[] = []
  const actual = packageDigest(manifest)
  if (actual !== digest)
    problems.push(`The manifest was changed: its hash is ${actual}, accepted was ${digest}. Install the plugin again.`)
  try {
    const read = parseManifest(manifest, plugin_id)
    const hash = sha256(bundle)
    if (hash !== read.bundle.sha256)
      problems.push(
        `The code was changed: its SHA-256 is ${hash}, accepted was ${read.bundle.sha256}. Install the plugin again.`,
      )
    if (read.id !== plugin_id || read.version !== version)
      problems.push(`It stands as ${plugin_id} ${version}, and its manifest says ${read.id} ${read.version}.`)
    const more = granted ? missingPermissions(granted, read.permissions) : []
    if (more.length > 0)
      problems.push(
        `It was granted what it never asked for: ${more.map(({ value }) => value).join(', ')}. Install it again.`,
      )
  } catch (error) {
    problems.push(`The manifest cannot be read any more: ${errorRecord(error).message}`)
  }
  return problems
}

const READ_PACKAGES = statement(
  'read-packages-to-verify',
  `with used as (
     select i.plugin_id, i.version, i.digest, i.granted, i.source from installations i where i.workspace_id = $1
     union all
     select l.key, '', l.value, null, null
     from (select distinct e.key, e.value from playbooks p join playbook_versions v on v.id = p.published_version_id
           cross join jsonb_each_text(v.plugins) e where p.workspace_id = $1) l
     where not exists (select 1 from installations i where i.workspace_id = $1 and i.digest = l.value)
   )
   select u.digest, u.plugin_id, coalesce(nullif(u.version, ''), p.version, '') as version, p.manifest, p.bundle, u.granted, u.source
   from used u left join plugin_packages p on p.digest = u.digest order by u.plugin_id, version`,
)
