/** Templates: the playbooks in the folder of this host (`TRAE_PLAYBOOKS_DIR`), and those that plugins ship, to begin a playbook of one's own with. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isScalar, parseDocument } from 'yaml'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { TriggerKindName } from '../playbooks/playbook.ts'
import { type PlaybookText, readPlaybookText } from '../playbooks/step-texts.ts'
import { TRIGGER_KINDS } from '../playbooks/trigger-kinds.ts'
import { SERVICES } from '../plugins/services.ts'
import { inLanguage, readTexts } from '../playbooks/in-language.ts'

export interface PlaybookTemplate {
  /** The `id` in its file; of a plugin, with that in front: `acme/qualify`. */
  readonly slug: string
  /** The title of the plugin that ships it. */
  readonly plugin: string | null
  readonly name: string
  readonly description: string | null
  readonly module: string
  readonly source: string
  readonly triggers: readonly TemplateTrigger[]
  readonly needs: readonly TemplateNeed[]
}
/** As it is written in the file; `what` is a type of events, a cron, an interval or an id. */
export interface TemplateTrigger {
  readonly kind: TriggerKindName
  readonly what: string | null
}
/** A service or a plugin that its steps use. */
export interface TemplateNeed {
  readonly name: string
  readonly isService: boolean
  /** Has the workspace all that is used of it? */
  readonly isThere: boolean
}

const LOCALES: ReadonlySet<string> = new Set(['pt-BR', 'en'])

/** In the order of their files, in a language where the folder has it; then those of enabled plugins, as they were written. A file that is no playbook is left out. Throws
 * `BAD_USER_INPUT` for a language that none is written in. */
export async function playbookTemplates(
  core: Pick<Core, 'config' | 'plugins'>,
  workspaceId: WorkspaceId,
  locale: string,
): Promise<PlaybookTemplate[]> {
  if (!LOCALES.has(locale))
    throw new TraeError(
      'BAD_USER_INPUT',
      `Templates are written in ${[...LOCALES].join(' and ')}, found ${JSON.stringify(locale)}.`,
    )
  const folder = core.config.playbooksDir
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw cause
  })
  const files = names.filter(name => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)).sort()
  const texts = (await readTexts(folder, locale))?.playbooks ?? {}
  const sources = await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')))
  const catalog = core.plugins.catalog(workspaceId)
  const isThere = (uses: string) => catalog.actions.has(uses) || catalog.services.has(uses)
  const ofHost = sources.map(written => ({ source: inLanguage(written, texts), prefix: '', plugin: null }))
  const ofPlugins = core.plugins.list(workspaceId).flatMap(({ status, pluginId, manifest }) =>
    status === 'ENABLED'
      ? Object.values(manifest.playbooks ?? {}).map(written => ({
          source: inLanguage(written, manifest.playbookTexts?.[locale as 'en' | 'pt-BR'] ?? {}),
          prefix: `${pluginId}/`,
          plugin: manifest.messages[locale]?.['plugin.title'] ?? manifest.title,
        }))
      : [],
  )
  return [...ofHost, ...ofPlugins].flatMap(({ source, prefix, plugin }) => {
    const text = readPlaybookText(source)
    const { id, name, description, module } = text?.root ?? {}
    if (!text || typeof id !== 'string' || typeof name !== 'string') return []
    return {
      slug: prefix + id,
      plugin,
      name,
      description: typeof description === 'string' ? description : null,
      module: String(module),
      source,
      triggers: triggersOf(text),
      needs: needsOf(text, isThere),
    }
  })
}

/** The text of a template under another id and another name; everything else stays as it is written. Throws `NOT_FOUND`. */
export async function copyOfTemplate(
  core: Pick<Core, 'config' | 'plugins'>,
  workspaceId: WorkspaceId,
  from: { readonly slug: string; readonly locale: string },
  to: { readonly slug: string; readonly name: string },
): Promise<string> {
  const templates = await playbookTemplates(core, workspaceId, from.locale)
  const template = templates.find(({ slug }) => slug === from.slug)
  if (!template)
    throw new TraeError(
      'NOT_FOUND',
      `There is no template ${from.slug}; there are ${templates.map(({ slug }) => slug).join(', ') || 'none'}.`,
    )
  return renamed(template.source, to)
}

function renamed(source: string, to: { readonly slug: string; readonly name: string }): string {
  const { contents } = parseDocument(source)
  const values = { id: to.slug, name: JSON.stringify(to.name) }
  const changes = (isMap(contents) ? contents.items : []).flatMap(({ key, value }) => {
    const text = isScalar(key) && Object.hasOwn(values, key.value as string) && values[key.value as keyof typeof values]
    return text && isScalar(value) && value.range ? [{ from: value.range[0], to: value.range[1], text }] : []
  })
  return changes.reduceRight((text, change) => text.slice(0, change.from) + change.text + text.slice(change.to), source)
}

function triggersOf({ root }: PlaybookText): TemplateTrigger[] {
  const entries = Array.isArray(root['triggers']) ? (root['triggers'] as Record<string, unknown>[]) : []
  return entries.flatMap(entry =>
    (Object.keys(TRIGGER_KINDS) as TriggerKindName[])
      .filter(kind => Object.hasOwn(entry, kind))
      .map(kind => ({ kind, what: whatOf(entry[kind]) })),
  )
}
function whatOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  const { cron, every, id } = (value ?? {}) as Record<string, unknown>
  const what = cron ?? every ?? id
  return what === undefined ? null : String(what)
}

function needsOf({ steps }: PlaybookText, isThere: (uses: string) => boolean): TemplateNeed[] {
  const uses = [...steps.values()].flatMap(step => step.uses ?? []).filter(one => !one.startsWith('playbook/'))
  const byOwner = Map.groupBy(new Set(uses), one => one.split('/')[0]!)
  return [...byOwner].map(([name, actions]) => ({
    name,
    isService: SERVICES.has(name),
    isThere: actions.every(isThere),
  }))
}
