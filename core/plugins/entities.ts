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
    granted: p.json<Permissions>(),
    source: p.json<InstallationSource>(),
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
  primaryKeys: ['workspaceId', 'service'],
  properties: {
    workspaceId: p.uuid().$type<WorkspaceId>().primary(),
    service: p.text().primary(),
    pluginId: p.text(),
  },
})
/** Who provides a service in a workspace. */
export class ServiceBindingRow extends ServiceBindingSchema.class {}
ServiceBindingSchema.setClass(ServiceBindingRow)

/** Where an installation came from. */
export interface InstallationSource {
  readonly kind: 'folder'
  readonly path: string
}

export const pluginEntities = [PluginPackageRow, InstallationRow, ServiceBindingRow]
