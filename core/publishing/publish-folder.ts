import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { CatalogPlaybook } from '../playbooks/catalog.ts'
import { playbooksBeside } from '../playbooks/playbooks-beside.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { statement } from '../sql.ts'
import { inLanguage, readTexts } from '../playbooks/in-language.ts'
import { hashOf, publishPlaybook, type Publication, type PublishCore } from './publish-playbook.ts'

/** What became of a file at a start. */
export interface PublishedFile {
  readonly file: string
  readonly publication?: Publication
  readonly error?: TraeError
  /** The file did not change, and this version, made elsewhere, is in force. */
  readonly keptVersion?: number
  /** The file changed and took the place of this version, which was made elsewhere. */
  readonly replacedVersion?: number
}

/**
 * Publishes every `*.yaml` of a folder, with the texts of the workspace's language where the folder has them (`texts/<locale>.yaml`). A file speaks when it has changed since it was last published from here: then it
 * wins over whatever was published elsewhere meanwhile. A file that has not changed is published again only where its own
 * text is in force and the plugins that it uses have changed; it never undoes an edit. A file that cannot be published is
 * reported, keeps its earlier version and stops none of the others.
 */
export async function publishFolder(
  core: PublishCore,
  workspaceId: WorkspaceId,
  folder: string,
): Promise<PublishedFile[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT')
      throw new TraeError('CONFIG', `The playbooks folder ${folder} does not exist. Set TRAE_PLAYBOOKS_DIR.`)
    throw cause
  })
  const results: PublishedFile[] = []
  const files = names.filter(name => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)).sort()
  const { locale } = await getWorkspace(core, workspaceId)
  const texts = await readTexts(folder, locale)
  const sources = await Promise.all(
    files.map(async file => inLanguage(await readFile(join(folder, file), 'utf8'), texts?.playbooks ?? {})),
  )
  const asked = sources.some(source => source.includes('playbook/')) // else a start would read every file twice
  const beside = asked ? playbooksBeside(sources, core.plugins.catalog(workspaceId)) : new Map()
  for (const [index, file] of files.entries()) {
    const source = sources[index]!
    try {
      const written = await testsOf(join(folder, file))
      const tests = written && texts ? inLanguage(written, { ...texts.playbooks, ...texts.tests }) : written
      results.push({ file, ...(await publishFile(core, workspaceId, { file, source, tests }, beside)) })
    } catch (error) {
      if (!(error instanceof TraeError)) throw error
      results.push({ file, error })
    }
  }
  return results
}

async function publishFile(
  core: PublishCore,
  workspaceId: WorkspaceId,
  { file, source, tests }: { readonly file: string; readonly source: string; readonly tests: string | null },
  beside: ReadonlyMap<string, CatalogPlaybook>,
): Promise<Omit<PublishedFile, 'file'>> {
  const known = await knownBy(core, workspaceId, source)
  const hash = hashOf(source)
  const elsewhere = known?.published !== undefined && known.published !== null && known.published_hash !== hash
  if (known?.file_hash === hash && (elsewhere || known.status === 'ARCHIVED'))
    return known.published === null ? {} : { keptVersion: known.published }
  const publication = await publishPlaybook(core, workspaceId, source, { file, tests, origin: 'file', beside })
  // A version that came from a file is the file's own earlier text: nobody's work is put aside
  const replaced = publication.changed && known?.published !== null && known?.origin !== 'file'
  return { publication, ...(replaced && known?.published ? { replacedVersion: known.published } : {}) }
}

/** The tests that stand beside a playbook, in `<name>.test.yaml`. */
async function testsOf(path: string): Promise<string | null> {
  return readFile(path.replace(/(\.ya?ml)$/, '.test$1'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw cause
  })
}

interface Known {
  readonly status: string
  readonly file_hash: string | null
  readonly published: number | null
  readonly published_hash: string | null
  readonly origin: string | null
}

async function knownBy(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, source: string): Promise<Known | undefined> {
  const slug = readPlaybookText(source)?.root['id']
  if (typeof slug !== 'string') return undefined
  const [row] = await core.sql.query<Known>(KNOWN_PLAYBOOK, [workspaceId, slug])
  return row
}
const KNOWN_PLAYBOOK = statement(
  'playbook-of-file',
  `select p.status, p.file_hash, v.number as published, v.source_hash as published_hash, v.origin
   from playbooks p left join playbook_versions v on v.id = p.published_version_id
   where p.workspace_id = $1 and p.slug = $2`,
)
