import type { Manifest } from './manifest.ts'
import { listPermissions, type Permission, permissionSentence } from './permissions.ts'
import type { Installation } from './registry.ts'

/** An installation as people are told of it, in the CLI and over the API. */
export interface InstallationDescription {
  readonly pluginId: string
  readonly title: string
  readonly description: string
  readonly version: string
  readonly publisher: string
  readonly license: string
  readonly kind: 'integration' | 'skill'
  readonly status: 'ENABLED' | 'DISABLED'
  readonly statusReason: string | null
  readonly digest: string
  readonly permissions: readonly (Permission & { readonly sentence: string })[]
  readonly actions: readonly DescribedAction[]
  /** `email`, `calendar` … */
  readonly provides: readonly string[]
}

export interface DescribedAction {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly effect: 'none' | 'read' | 'write' | 'send'
  readonly idempotency: 'key' | 'lookup' | 'none'
  /** `email/send`, where this action fills a service. */
  readonly service: string | null
  readonly inputSchema: Readonly<Record<string, unknown>>
  readonly outputSchema: Readonly<Record<string, unknown>>
}

/** A manifest with titles and descriptions from its messages (`plugin.title`, `actions.<name>.title`), where it has them in this language. */
export function inLanguageOf<Described extends Manifest>(manifest: Described, locale: string): Described {
  const messages = manifest.messages[locale] ?? {}
  return {
    ...manifest,
    title: messages['plugin.title'] ?? manifest.title,
    description: messages['plugin.description'] ?? manifest.description,
    actions: Object.fromEntries(
      Object.entries(manifest.actions).map(([name, action]) => [
        name,
        {
          ...action,
          title: messages[`actions.${name}.title`] ?? action.title,
          description: messages[`actions.${name}.description`] ?? action.description,
        },
      ]),
    ),
  }
}

export function describeInstallation(installation: Installation, locale: string): InstallationDescription {
  const { pluginId, version, status, statusReason, digest, granted } = installation
  const manifest = inLanguageOf(installation.manifest, locale)
  const services = new Map(
    Object.entries(manifest.provides).flatMap(([service, mapping]) =>
      Object.entries(mapping).map(([name, own]) => [own, `${service}/${name}`] as const),
    ),
  )
  return {
    pluginId,
    version,
    status,
    statusReason,
    digest,
    title: manifest.title,
    description: manifest.description,
    publisher: manifest.publisher,
    license: manifest.license,
    kind: manifest.kind,
    permissions: listPermissions(granted).map(permission => ({
      ...permission,
      sentence: permissionSentence(permission, locale),
    })),
    actions: Object.entries(manifest.actions).map(
      ([name, { title, description, effect, idempotency, input, output }]) => ({
        name,
        title,
        description,
        effect,
        idempotency,
        service: services.get(name) ?? null,
        inputSchema: input,
        outputSchema: output,
      }),
    ),
    provides: Object.keys(manifest.provides),
  }
}
