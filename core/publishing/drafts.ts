import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type PlaybookId, type UserId, type WorkspaceId } from '../ids.ts'
import { MAX_SOURCE_LENGTH } from '../playbooks/parse-yaml.ts'
import { MODULE_KEYS, type ModuleKey } from '../playbooks/playbook.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { statement } from '../sql.ts'
import type { PlaybookRecord } from './playbook-record.ts'
import { hashOf } from './publish-playbook.ts'
import { findPlaybooks } from './read-playbooks.ts'
import { copyOfTemplate } from './templates.ts'

/** The text that somebody works on; it may have errors. Publishing it ends it. */
export interface PlaybookDraft {
  readonly playbookId: PlaybookId
  readonly source: string
  readonly sourceHash: string
  readonly savedBy: UserId | null
  readonly savedAt: Date
}

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/

/**
 * Makes a playbook that has a draft and no version yet: from `source`, as a copy of a template, or from a small example under the name. Its
 * id is the one in the text. Throws `BAD_USER_INPUT`, `CONFLICT` where there is one of that id.
 */
export async function createPlaybook(
  core: Pick<Core, 'sql' | 'clock' | 'config' | 'plugins'>,
  workspaceId: WorkspaceId,
  input: {
    readonly name: string
    /** Made of the name where it is not given. */
    readonly slug?: string | undefined
    readonly source?: string | undefined
    readonly template?: { readonly slug: string; readonly locale: string } | undefined
    readonly by?: UserId | undefined
  },
): Promise<PlaybookRecord> {
  const name = input.name.trim()
  if (name === '' || name.length > 200)
    throw new TraeError('BAD_USER_INPUT', 'A playbook needs a name of at most 200 characters.')
  const slug = input.slug ?? slugOf(name)
  if (!SLUG.test(slug) || slug.length > 100)
    throw new TraeError(
      'BAD_USER_INPUT',
      `The id of a playbook is made of small letters, digits and single hyphens, found ${JSON.stringify(slug)}.`,
    )
  if (input.source !== undefined && input.template !== undefined)
    throw new TraeError('BAD_USER_INPUT', 'A playbook begins with a source or with a template, not with both.')
  const source =
    input.source ??
    (input.template ? await copyOfTemplate(core, workspaceId, input.template, { slug, name }) : example(slug, name))
  requireLength(source)
  const written = readPlaybookText(source)?.root
  if (written?.['id'] !== undefined && written['id'] !== slug)
    throw new TraeError(
      'BAD_USER_INPUT',
      `The text calls itself ${JSON.stringify(written['id'])}, and the playbook is to be ${slug}: let both say the same.`,
    )
  const module = MODULE_KEYS.find(key => key === written?.['module']) ?? ('pre_vendas' satisfies ModuleKey)
  const id = newId<PlaybookId>()
  const now = core.clock.now()
  const fields = [id, workspaceId, slug, name, module, now, source, hashOf(source), input.by ?? null]
  const [made] = await core.sql.query(CREATE_PLAYBOOK, fields)
  if (!made)
    throw new TraeError('CONFLICT', `There is a playbook ${slug} already: choose another id, or edit that one.`)
  const [playbook] = await findPlaybooks(core, workspaceId, [id])
  return playbook!
}

/**
 * Keeps a text as the draft of a playbook, whatever is wrong with it. `baseHash` is the hash of the text that the writer
 * began with: of the draft, or of the published text where there is none. Throws `STALE_VERSION` when that is another by now.
 */
export async function saveDraft(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  playbookId: string,
  input: { readonly source: string; readonly baseHash: string; readonly by?: UserId | undefined },
): Promise<PlaybookDraft> {
  requireLength(input.source)
  const hash = hashOf(input.source)
  const fields = [workspaceId, playbookId, input.source, hash, input.by ?? null, core.clock.now(), input.baseHash]
  const [saved] = await core.sql.query<DraftRow>(SAVE_DRAFT, fields)
  if (saved) return draftOf(saved)
  const [known] = await core.sql.query<{ slug: string; status: string }>(PLAYBOOK_SLUG, [workspaceId, playbookId])
  if (!known) throw new TraeError('NOT_FOUND', `There is no playbook ${playbookId} in this workspace.`)
  if (known.status === 'ARCHIVED')
    throw new TraeError(
      'CONFLICT',
      `The playbook ${known.slug} is archived; resume it, or bring it back paused, before you edit it.`,
    )
  throw new TraeError(
    'STALE_VERSION',
    `${known.slug} has been changed by somebody else since you opened it. Your text was not saved: keep a copy, load the page again, and bring both together.`,
  )
}

/** Throws the draft away; what is published stays. Nothing happens where there is none. */
export async function discardDraft(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  playbookId: string,
): Promise<void> {
  await core.sql.query(DISCARD_DRAFT, [workspaceId, playbookId])
}

/** The drafts of these playbooks, in any order. */
export async function findDrafts(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  playbookIds: readonly string[],
): Promise<PlaybookDraft[]> {
  return (await core.sql.query<DraftRow>(FIND_DRAFTS, [workspaceId, playbookIds])).map(draftOf)
}

/** `Reativação de leads` → `reativacao-de-leads`. */
function slugOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** A playbook that can be published as it is. */
function example(slug: string, name: string): string {
  return `id: ${slug}
name: ${JSON.stringify(name)}
module: pre_vendas

triggers:
  - event: lead.captured

steps:
  - id: pause
    wait: 10m
  - return: { outcome: done }
`
}

function requireLength(source: string): void {
  if (source.length > MAX_SOURCE_LENGTH)
    throw new TraeError(
      'BAD_USER_INPUT',
      `A playbook may have ${MAX_SOURCE_LENGTH} characters, found ${source.length}. Nothing was saved.`,
    )
  if (source.includes('\0')) throw new TraeError('BAD_USER_INPUT', 'The text holds a NUL character; take it out.')
}

interface DraftRow {
  playbook_id: PlaybookId
  source: string
  source_hash: string
  saved_by: UserId | null
  saved_at: Date
}

const draftOf = (row: DraftRow): PlaybookDraft => ({
  playbookId: row.playbook_id,
  source: row.source,
  sourceHash: row.source_hash,
  savedBy: row.saved_by,
  savedAt: row.saved_at,
})

const CREATE_PLAYBOOK = statement(
  'create-playbook',
  `with made as (
     insert into playbooks (id, workspace_id, slug, name, module, status, created_at, updated_at)
     values ($1, $2, $3, $4, $5, 'ACTIVE', $6, $6)
     on conflict (workspace_id, slug) do nothing returning id
   )
   insert into playbook_drafts (playbook_id, workspace_id, source, source_hash, saved_by, saved_at)
   select id, $2, $7, $8, $9::uuid, $6 from made returning playbook_id`,
)
// The playbook's row is locked, so that of two writers who began with the same text one comes second.
const SAVE_DRAFT = statement(
  'save-draft',
  `with locked as (
     select id, published_version_id from playbooks
     where workspace_id = $1 and id = $2 and status <> 'ARCHIVED' for no key update
   ), base as (
     select l.id from locked l
     left join playbook_drafts d on d.playbook_id = l.id
     left join playbook_versions v on v.id = l.published_version_id
     where coalesce(d.source_hash, v.source_hash) = $7
   )
   insert into playbook_drafts (playbook_id, workspace_id, source, source_hash, saved_by, saved_at)
   select id, $1, $3, $4, $5::uuid, $6 from base
   on conflict (playbook_id) do update set
     source = excluded.source, source_hash = excluded.source_hash, saved_by = excluded.saved_by, saved_at = excluded.saved_at
   where playbook_drafts.source_hash = $7
   returning *`,
)
const PLAYBOOK_SLUG = statement(
  'playbook-slug',
  `select slug, status from playbooks where workspace_id = $1 and id = $2`,
)
const DISCARD_DRAFT = statement(
  'discard-draft',
  `delete from playbook_drafts where workspace_id = $1 and playbook_id = $2
     and exists (select from playbooks p where p.id = $2 and p.published_version_id is not null)`,
)
const FIND_DRAFTS = statement(
  'find-drafts',
  `select playbook_id, source, source_hash, saved_by, saved_at from playbook_drafts
   where workspace_id = $1 and playbook_id = any($2::uuid[])`,
)
