import { lockedProviders } from '../../core/plugins/plugin-lock.ts'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import type { Diagnostic } from '../../core/playbooks/diagnostic.ts'
import type { VersionRecord } from '../../core/publishing/playbook-record.ts'
import { builder } from '../builder.ts'
import { type Context, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { Node, nodeId } from './node.ts'
import { UserRef } from './workspace.ts'

const DiagnosticSeverity = builder.enumType('DiagnosticSeverity', {
  description: 'How bad a finding is.',
  values: renamed({ error: 'Stops a publish.', warning: 'Will probably hurt.', info: 'Good to know.' }),
})

export const DiagnosticRef = builder.objectRef<Diagnostic>('Diagnostic').implement({
  description:
    'One finding about the text of a playbook. Lines and columns count from 1; the end is after the last character.',
  fields: t => ({
    severity: t.field({
      type: DiagnosticSeverity,
      description: 'How bad it is.',
      resolve: finding => finding.severity,
    }),
    code: t.exposeString('code', { description: 'For machines; stays the same.' }),
    message: t.exposeString('message', { description: 'Names the thing, says what was found and what to do.' }),
    path: t.stringList({
      description: 'Where in the document; empty for the whole.',
      resolve: ({ path }) => (path === '' ? [] : path.split('.')),
    }),
    file: t.exposeString('source', { description: 'The text that it is in: the playbook, or the tests beside it.' }),
    line: t.exposeInt('line', { description: 'Line of the start.' }),
    column: t.exposeInt('column', { description: 'Column of the start.' }),
    endLine: t.exposeInt('endLine', { description: 'Line of the end.' }),
    endColumn: t.exposeInt('endColumn', { description: 'Column of the end.' }),
    suggestion: t.exposeString('suggestion', { nullable: true, description: 'What was probably meant.' }),
    docs: t.exposeString('docs', { nullable: true, description: 'Where it is explained.' }),
  }),
})

/** What the check says of a text with the plugins and the playbooks that the workspace has now. */
export const diagnose = async (c: Context, source: string) => [
  ...compilePlaybook(source, await c.loaders.catalog.load('')).diagnostics,
]

const VersionOrigin = builder.enumType('VersionOrigin', {
  description: 'Where the text of a version came from.',
  values: renamed({
    file: 'From the playbooks folder, at a start.',
    api: 'From whoever published it: the admin, the command line, a program.',
    rollback: 'From an older version.',
  }),
})

interface LockedPlugin {
  readonly pluginId: string
  readonly version: string
  readonly installedVersion: string | null
  readonly services: string[]
}
const LockedPluginRef = builder.objectRef<LockedPlugin>('LockedPlugin').implement({
  description: 'A plugin as a published version uses it.',
  fields: t => ({
    pluginId: t.exposeString('pluginId', { description: 'Its id.' }),
    version: t.exposeString('version', { description: 'The version that runs use, while the plugin is installed.' }),
    installedVersion: t.exposeString('installedVersion', {
      nullable: true,
      description: 'The version that is installed now, which publishing again would take; null where none is.',
    }),
    services: t.exposeStringList('services', { description: 'What it was the provider of.' }),
  }),
})

async function lockedPlugins(c: Context, version: VersionRecord): Promise<LockedPlugin[]> {
  const registry = c.core.plugins
  const { plugins, providers } = version
  await registry.loadPackages(Object.values(plugins))
  return Object.entries(plugins).map(([pluginId, digest]) => ({
    pluginId,
    version: registry.manifest(digest)?.version ?? digest.slice(0, 12),
    installedVersion: registry.installation(workspaceOf(c), pluginId)?.version ?? null,
    services: Object.keys(providers).filter(service => lockedProviders(version, service).includes(pluginId)),
  }))
}

export const PlaybookVersionRef = builder.objectRef<VersionRecord>('PlaybookVersion').implement({
  description: 'One published text of a playbook; it never changes.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('PlaybookVersion', ({ id }) => id)),
    number: t.exposeInt('number', { description: 'Counts up from 1.' }),
    source: t.exposeString('source', { description: 'The YAML.' }),
    sourceHash: t.exposeString('sourceHash', { description: 'SHA-256 of the YAML, hexadecimal.' }),
    inputs: t.field({
      type: 'JSON',
      description: 'What it takes at its start: a list of {name, type, required, default, enum, description}.',
      resolve: async ({ id }, _args, c) => (await c.core.playbooks.get(id)).playbook.inputs.declared,
    }),
    diagnostics: t.field({
      type: [DiagnosticRef],
      description: 'What the check says of it with the plugins of now.',
      resolve: (version, _args, c) => diagnose(c, version.source),
    }),
    publishedAt: t.expose('publishedAt', { type: 'DateTime', description: 'When it was published.' }),
    publishedBy: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who published it; null for the host itself, from a file.',
      resolve: ({ publishedBy }, _args, c) => (publishedBy ? c.loaders.user.load(publishedBy) : null),
    }),
    origin: t.field({ type: VersionOrigin, description: 'Where its text came from.', resolve: ({ origin }) => origin }),
    rolledBackTo: t.exposeInt('rolledBackTo', {
      nullable: true,
      description: 'The number of the older version whose text it is again.',
    }),
    note: t.exposeString('note', { nullable: true, description: 'What the publisher said of it.' }),
    plugins: t.field({
      type: [LockedPluginRef],
      description: 'The plugins that its runs use, in the versions of when it was published.',
      resolve: (version, _args, c) => lockedPlugins(c, version),
    }),
  }),
})
