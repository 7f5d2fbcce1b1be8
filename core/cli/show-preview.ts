import type { Terminal } from './terminal.ts'

interface Permission {
  readonly kind: string
  readonly value: string
  readonly reason: string
  readonly sentence: string
}

/** What the host says of a package that is not installed yet. */
export interface Preview {
  readonly digest: string
  readonly pluginId: string
  readonly title: string
  readonly description: string
  readonly version: string
  readonly publisher: string
  readonly license: string
  readonly source: {
    readonly kind: string
    readonly name: string
    readonly publishedBy: string | null
    readonly integrity: string | null
    readonly publishedAt: string | null
    readonly signedWith: string | null
    readonly provenance: { readonly repository: string; readonly ref: string | null } | null
  }
  readonly warnings: readonly { readonly code: string; readonly sentence: string }[]
  readonly permissions: readonly Permission[]
  readonly limits: string
  readonly addedPermissions: readonly Permission[]
  readonly droppedPermissions: readonly Permission[]
  readonly actions: readonly { readonly name: string; readonly title: string; readonly effect: string }[]
  readonly provides: readonly string[]
  readonly hears: readonly string[]
  readonly instructions: string | null
  readonly installed: { readonly version: string; readonly digest: string } | null
}

const PERMISSION = 'kind value reason sentence'
export const PREVIEW = `digest pluginId title description version publisher license
  source { kind name publishedBy publishedAt integrity signedWith provenance { repository ref } }
  warnings { code sentence } permissions { ${PERMISSION} } limits addedPermissions { ${PERMISSION} } droppedPermissions { ${PERMISSION} }
  actions { name title effect } provides hears instructions installed { version digest }`

/** The permission screen: what it is, where it came from, what it may do, and what to look at twice. */
export function showPreview(terminal: Terminal, preview: Preview): void {
  const { title, version, pluginId, description, publisher, license, source, installed } = preview
  terminal.line(`${terminal.paint('bold', `${title} ${version}`)} (${pluginId})`)
  terminal.line(`  ${description}`)
  terminal.line(`  Publisher: ${publisher}, as it says itself. Licence: ${license}.`)
  const published = source.publishedBy ? `, published by ${source.publishedBy}` : ''
  terminal.line(
    `  From ${source.name}${published}${source.publishedAt ? ` on ${source.publishedAt.slice(0, 10)}` : ''}.`,
  )
  if (source.kind === 'NPM')
    terminal.line(
      source.signedWith === null
        ? '  Not signed: the registry has no keys that it signs with.'
        : `  Signed by the registry, and verified (key ${source.signedWith}).`,
    )
  if (source.provenance) {
    const { repository, ref } = source.provenance
    terminal.line(`  Built from ${repository}${ref ? ` (${ref})` : ''}, as the registry says.`)
  }
  if (source.integrity) terminal.line(`  Tarball ${source.integrity}`)
  terminal.line(`  Package ${preview.digest}`)
  terminal.line()
  showPermissions(terminal, preview)
  terminal.line(`It may ${preview.limits[0]!.toLowerCase()}${preview.limits.slice(1)}`)
  if (preview.provides.length > 0) terminal.line(`It can be the provider of ${preview.provides.join(', ')}.`)
  if (preview.hears.length > 0) terminal.line('It hears of:')
  for (const sentence of preview.hears) terminal.line(`  ${sentence}`)
  if (preview.instructions !== null)
    terminal.line(
      `It gives the model instructions of its own (${preview.instructions.length} characters); its page shows them.`,
    )
  const seen = preview.actions.filter(({ effect }) => effect === 'WRITE' || effect === 'SEND')
  if (seen.length > 0)
    terminal.line(`The world sees what these do: ${seen.map(({ name, title }) => `${name} (${title})`).join(', ')}.`)
  for (const { sentence } of preview.warnings) terminal.line(terminal.paint('yellow', `! ${sentence}`))
  if (installed) terminal.line(`It takes the place of version ${installed.version}.`)
}

function showPermissions(
  terminal: Terminal,
  { permissions, addedPermissions, droppedPermissions, installed }: Preview,
): void {
  if (permissions.length === 0) return terminal.line('It asks for no permission.')
  const added = new Set(addedPermissions.map(({ kind, value }) => `${kind} ${value}`))
  terminal.line(
    installed
      ? added.size === 0
        ? 'It may do, no more than before:'
        : `It may do; + is more than ${installed.version} may:`
      : 'It may do:',
  )
  for (const { kind, value, sentence, reason } of permissions) {
    const mark = installed && added.has(`${kind} ${value}`) ? '+' : ' '
    terminal.line(`${mark} ${sentence}`)
    terminal.line(terminal.paint('dim', `    “${reason}”`))
  }
  for (const { sentence } of droppedPermissions) terminal.line(terminal.paint('dim', `- no longer: ${sentence}`))
}
