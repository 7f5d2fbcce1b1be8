import { defineEntity, p } from '@mikro-orm/core'
import type { InstallationId, WorkspaceId } from '../ids.ts'
import type { Permissions } from './permissions.ts'

const PluginPackageSchema = defineEntity({
  name: 'PluginPackageRow',
  tableName: 'plugin_packages',
  properties: {
    digest: p.text().primary(),
    pluginId: p.text(),
    version: p.text(),
    manifest: p.json<unknown>(),
    bundle: p.text().lazy(),
    sourceMap: p.text().nullable().lazy(),
    createdAt: p.datetime(),
  },
})
/** A package, under the hash of its content; never changed. */
export class PluginPackageRow extends PluginPackageSchema.class {}
PluginPackageSchema.setClass(PluginPackageRow)

const InstallationSchema = defineEntity({
  name: 'InstallationRow',
  tableName: 'installations',
  properties: {
    id: p.uuid().$type<InstallationId>().primary(),
    workspaceId: p.uuid().$type<WorkspaceId>(),
    pluginId: p.text(),
    version: p.text(),
    digest: p.text(),
    status: p.text().$type<'ENABLED' | 'DISABLED'>(),
    statusReason: p.text().nullable(),
    byKillList: p.boolean().default(false),
    granted: p.json<Permissions>(),
    source: p.json<InstallationSource>(),
    defaultAccount: p.text().default('main'),
    installedAt: p.datetime(),
    updatedAt: p.datetime(),
  },
})
/** Which package a workspace runs under a plugin's id, and what it may do. */
export class InstallationRow extends InstallationSchema.class {}
InstallationSchema.setClass(InstallationRow)

const ServiceBindingSchema = defineEntity({
  name: 'ServiceBindingRow',
  tableName: 'service_bindings',
  primaryKeys: ['workspaceId', 'service', 'pluginId', 'account'],
  properties: {
    workspaceId: p.uuid().$type<WorkspaceId>().primary(),
    service: p.text().primary(),
    pluginId: p.text().primary(),
    position: p.integer(),
    account: p.text().default('').primary(),
    condition: p.text().nullable(),
  },
})
/** Who provides a service in a workspace: the first, by position, whose condition holds. */
export class ServiceBindingRow extends ServiceBindingSchema.class {}
ServiceBindingSchema.setClass(ServiceBindingRow)

/** Where an installation came from. */
export type InstallationSource =
  | { readonly kind: 'built-in' }
  | { readonly kind: 'folder'; readonly path: string }
  /** `name` as whoever handed it in called it. */
  | { readonly kind: 'tarball'; readonly name: string }
  | UrlSource
  | NpmSource

/** A tarball that was fetched from an address. */
export interface UrlSource {
  readonly kind: 'url'
  /** Without a query, which may hold a secret. */
  readonly url: string
  /** Of the tarball that came, as `sha512-<base64>`. */
  readonly integrity: string
}

export interface NpmSource {
  readonly kind: 'npm'
  readonly registry: string
  readonly name: string
  readonly version: string
  /** Of the tarball, as `sha512-<base64>`: verified when it was fetched. */
  readonly integrity: string
  /** The account that published it, as the registry says; null where it does not. */
  readonly publishedBy: string | null
  readonly publishedAt: string | null
  /** What the author says of a version that should not be used any more. */
  readonly deprecated: string | null
  readonly provenance: NpmProvenance | null
  /** Id of the registry's key whose signature was verified; null where it signs nothing, or nobody had looked yet. */
  readonly signedWith?: string | null
}

/** Where the registry says that the tarball was built. It names this very tarball; its signature is not verified here. */
export interface NpmProvenance {
  /** Address of the source repository. */
  readonly repository: string
  /** Branch or tag. */
  readonly ref: string | null
}

export const pluginEntities = [PluginPackageRow, InstallationRow, ServiceBindingRow]
