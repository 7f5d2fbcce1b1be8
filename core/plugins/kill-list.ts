import { z } from 'zod'
import { type Sql, statement } from '../sql.ts'
import { isVersionRange, versionFits } from '../version-range.ts'
import type { InstallationSource } from './entities.ts'
import type { Manifest } from './manifest.ts'
import { refused } from './packages/package-limits.ts'

/** A package is named by an entry when all fit that the entry gives. One key more would narrow it, so none is passed over. */
const killListEntry = z
  .strictObject({
    /** Of the plugin, or the name of the npm package. */
    id: z.string().min(1).max(214).optional(),
    versions: z.string().max(200).refine(isVersionRange, 'is no range of versions, as >=1.2.0 <1.4.2').optional(),
    /** SHA-256, in hexadecimal: of the package as a preview shows it, or of its bundle. */
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
      .optional(),
    /** The account that published it at the registry. */
    publisher: z.string().min(1).max(214).optional(),
    /** For people. */
    reason: z.string().trim().min(1).max(400),
  })
  .refine(
    ({ id, digest, publisher }) => (id ?? digest ?? publisher) !== undefined,
    'names nothing: give it an id, a digest or a publisher',
  )
export type KillListEntry = z.infer<typeof killListEntry>

export const killList = z.strictObject({
  entries: z.array(killListEntry).max(10_000),
  issuedAt: z.iso.datetime({ offset: true }),
})

/** A package that may be named. */
export interface Suspect {
  readonly manifest: Manifest
  readonly digest: string
  readonly source: InstallationSource
}

/** The first entry that names the package. A pre-release counts as the version that it leads to. */
export function namedBy(
  entries: readonly KillListEntry[],
  { manifest, digest, source }: Suspect,
): KillListEntry | undefined {
  const npm = source.kind === 'npm' ? source : undefined
  const released = manifest.version.replace(/-.*$/, '')
  return entries.find(
    entry =>
      (entry.id === undefined || entry.id === manifest.id || entry.id === npm?.name) &&
      (entry.versions === undefined ||
        versionFits(manifest.version, entry.versions) ||
        versionFits(released, entry.versions)) &&
      (entry.digest === undefined || [digest, manifest.bundle.sha256].includes(entry.digest.toLowerCase())) &&
      (entry.publisher === undefined || entry.publisher === npm?.publishedBy),
  )
}

/** Throws `MANIFEST` for a package that the list names. */
export function refuseNamed(entries: readonly KillListEntry[], suspect: Suspect): void {
  const entry = namedBy(entries, suspect)
  const { id, version } = suspect.manifest
  if (entry)
    throw refused(
      `${id} ${version} is on the kill list of this host and is not installed: ${entry.reason} Nothing was changed. Choose a version that the list does not name.`,
    )
}

/** What the list that was last accepted names. */
export async function readKillList(sql: Pick<Sql, 'query'>): Promise<readonly KillListEntry[]> {
  const [row] = await sql.query<{ entries: KillListEntry[] }>(READ_ENTRIES)
  return row?.entries ?? []
}

const READ_ENTRIES = statement('read-kill-list', 'select entries from plugin_kill_list')
