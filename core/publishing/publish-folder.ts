import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { CatalogPlaybook } from '../playbooks/catalog.ts'
import { playbooksBeside } from '../playbooks/playbooks-beside.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { ENGINE_VERSION } from '../plugins/engine-version.ts'
import { lockPlugins, type PluginLock, sameLock } from '../plugins/plugin-lock.ts'
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

/** A file as it is read: its text and its tests in the workspace's language. */
interface BookFile {
  readonly file: string
  readonly source: string
  readonly hash: string
  readonly tests: string | null
}

/**
 * Publishes every `*.yaml` of a folder, with the texts of the workspace's language where the folder has them
 * (`texts/<locale>.yaml`). A file speaks when it has changed since it was last published from here: then it wins over whatever
 * was published elsewhere meanwhile. A file that has not changed is published again only where its own text is in force and
 * the plugins that it uses have changed; it never undoes an edit. A file that cannot be published is reported, keeps its earlier
 * version and stops none of the others. Where nothing has changed, the program neither, nothing is compiled: most starts.
 */
export async function publishFolder(
  core: PublishCore,
  workspaceId: WorkspaceId,
  folder: string,
): Promise<PublishedFile[]> {
  const files = await readFolder(core, workspaceId, folder)
  const lastTime = await standingOf(core, workspaceId, { hashes: files.map(({ hash }) => hash) })
  const asBefore = files.map(file =>
    standsAsBefore(
      core,
      workspaceId,
      file,
      lastTime.find(({ file_hash }) => file_hash === file.hash),
    ),
  )
  if (asBefore.every(Boolean)) return asBefore.filter(file => file !== undefined)
  const slugs = files.map(({ source }) => String(readPlaybookText(source)?.root['id']))
  const standing = await standingOf(core, workspaceId, { slugs })
  const sources = files.map(({ source }) => source)
  const asked = sources.some(source => source.includes('playbook/')) // else every file would be compiled twice
  const beside = asked ? playbooksBeside(sources, core.plugins.catalog(workspaceId)) : new Map()
  const results: PublishedFile[] = []
  for (const [index, file] of files.entries()) {
    const known = standing.find(({ slug }) => slug === slugs[index])
    try {
      results.push(await publishFile(core, workspaceId, file, known, beside))
    } catch (error) {
      if (!(error instanceof TraeError)) throw error
      results.push({ file: file.file, error })
    }
  }
  return results
}

async function readFolder(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, folder: string): Promise<BookFile[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT')
      throw new TraeError('CONFIG', `The playbooks folder ${folder} does not exist. Set TRAE_PLAYBOOKS_DIR.`)
    throw cause
  })
  const { locale } = await getWorkspace(core, workspaceId)
  const texts = await readTexts(folder, locale)
  const files = names.filter(name => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)).sort()
  return Promise.all(
    files.map(async file => {
      const written = await readFile(join(folder, file), 'utf8')
      const tests = await testsOf(join(folder, file))
      const source = inLanguage(written, texts?.playbooks ?? {})
      return {
        file,
        source,
        hash: hashOf(source),
        tests: tests && texts ? inLanguage(tests, { ...texts.playbooks, ...texts.tests }) : tests,
      }
    }),
  )
}

/** What there is to say of a file where publishing it would change nothing; undefined where it may. */
function standsAsBefore(
  core: Pick<Core, 'plugins'>,
  workspaceId: WorkspaceId,
  read: BookFile,
  standing: Standing | undefined,
): PublishedFile | undefined {
  const gaveWay = givesWay(read, standing)
  if (gaveWay) return gaveWay
  if (standing?.file_hash !== read.hash || standing.published_hash !== read.hash) return undefined
  if (standing.tests !== read.tests || standing.file_checked_by !== ENGINE_VERSION) return undefined
  const { plugins, providers } = standing
  if (!plugins || !providers) return undefined
  const used = [...Object.keys(plugins), ...Object.keys(providers)]
  return sameLock({ plugins, providers }, lockPlugins(core, workspaceId, used)) ? { file: read.file } : undefined
}

/** A file that has not changed, where another version is in force or the playbook is archived. */
function givesWay({ file, hash }: BookFile, standing: Standing | undefined): PublishedFile | undefined {
  if (standing?.file_hash !== hash) return undefined
  const { published, published_hash, status } = standing
  if (status !== 'ARCHIVED' && (published === null || published_hash === hash)) return undefined
  return published === null ? { file } : { file, keptVersion: published }
}

async function publishFile(
  core: PublishCore,
  workspaceId: WorkspaceId,
  read: BookFile,
  standing: Standing | undefined,
  beside: ReadonlyMap<string, CatalogPlaybook>,
): Promise<PublishedFile> {
  const gaveWay = givesWay(read, standing)
  if (gaveWay) return gaveWay
  const { file, source, tests } = read
  const publication = await publishPlaybook(core, workspaceId, source, { file, tests, origin: 'file', beside })
  // A version that came from a file is the file's own earlier text: nobody's work is put aside
  const replaced = publication.changed && standing?.published !== null && standing?.origin !== 'file'
  return { file, publication, ...(replaced && standing?.published ? { replacedVersion: standing.published } : {}) }
}

/** The tests that stand beside a playbook, in `<name>.test.yaml`. */
async function testsOf(path: string): Promise<string | null> {
  return readFile(path.replace(/(\.ya?ml)$/, '.test$1'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw cause
  })
}

/** The published version is that of the playbook which a file calls itself by. */
interface Standing {
  readonly slug: string
  readonly status: string
  readonly file_hash: string | null
  /** Version of the program that last looked at the file. */
  readonly file_checked_by: string | null
  readonly published: number | null
  readonly published_hash: string | null
  readonly origin: string | null
  readonly plugins: PluginLock['plugins'] | null
  readonly providers: PluginLock['providers'] | null
  readonly tests: string | null
}

function standingOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { hashes = [], slugs = [] }: { readonly hashes?: readonly string[]; readonly slugs?: readonly string[] },
): Promise<Standing[]> {
  return core.sql.query<Standing>(STANDING, [workspaceId, hashes, slugs])
}
const STANDING = statement(
  'playbooks-of-files',
  `select p.slug, p.status, p.file_hash, p.file_checked_by, v.number as published, v.source_hash as published_hash, v.origin, v.plugins, v.providers, v.tests
   from playbooks p left join playbook_versions v on v.id = p.published_version_id
   where p.workspace_id = $1 and (p.file_hash = any($2::text[]) or p.slug = any($3::text[]))`,
)
