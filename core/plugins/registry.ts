import type { MikroORM } from '@mikro-orm/core'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { InstallationId, WorkspaceId } from '../ids.ts'
import { eventOf } from '../playbooks/event-schemas.ts'
import type { Catalog, CatalogAction, DisabledAction, JsonSchema } from '../playbooks/catalog.ts'
import { type KillListEntry, namedBy, readKillList, type Suspect } from './kill-list.ts'
import { type InstallationSource, InstallationRow, PluginPackageRow, ServiceBindingRow } from './entities.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import type { Permissions } from './permissions.ts'
import type { PluginLock } from './plugin-lock.ts'
import { contractOf, doerOf, SERVICES } from './services.ts'
import { statement } from '../sql.ts'

/** A plugin in a workspace, as everything above this room sees it. Never changed: a change makes a new object. */
export interface Installation {
  readonly id: InstallationId
  readonly workspaceId: WorkspaceId
  readonly pluginId: string
  readonly version: string
  readonly digest: string
  readonly status: 'ENABLED' | 'DISABLED'
  readonly statusReason: string | null
  /** Disabled because the kill list names it. */
  readonly byKillList: boolean
  readonly granted: Permissions
  readonly source: InstallationSource
  readonly manifest: Manifest
  /** Used where nobody says which. */
  readonly defaultAccount: string
  readonly installedAt: Date
  readonly updatedAt: Date
}

/** Who provides a service, and when: always, where there is no condition. */
export interface ServiceProvider {
  readonly pluginId: string
  readonly condition: string | null
  /** Of its accounts; null: its default. */
  readonly account: string | null
}

/** A provider as people write it: `twilio`, `twilio:sales`. Two accounts of one plugin are two providers. */
export const providerName = ({ pluginId, account }: Pick<ServiceProvider, 'pluginId' | 'account'>): string =>
  account === null ? pluginId : `${pluginId}:${account}`
type Providers = ReadonlyMap<string, readonly ServiceProvider[]>

interface View {
  readonly installations: ReadonlyMap<string, Installation>
  /** Service → who provides it, in the order in which they are asked. */
  readonly providers: Providers
  readonly catalog: Catalog
  /** Of the workspace, read before all else: changes of other processes count it up. */
  readonly revision: number
  /** What was made of this view and lives as long as it does. */
  readonly memo: Map<string, unknown>
}

/** The entity manager is the engine's own, before the wall between workspaces: it reads for all of them. */
type RegistryCore = Pick<Core, 'log' | 'sql' | 'pubsub'> & { readonly orm: MikroORM }

/**
 * What is installed where, in memory, so that a warm call asks no database. A workspace is read once by `load` and again
 * by `invalidate`; readers are synchronous and see the old view until the new one is there.
 */
export class PluginRegistry {
  readonly #core: RegistryCore
  readonly #views = new Map<string, View>()
  /** One parsed manifest per digest, shared by all workspaces; what is compiled from it hangs on its objects. */
  readonly #manifests = new Map<string, Manifest>()
  /** Readings take turns, so that the last one to be asked for is the last to be believed. */
  #reading: Promise<void> = Promise.resolve()
  /** What the kill list names, as of the last reading. */
  #killList: readonly KillListEntry[] = []
  #complete = false
  #watching: NodeJS.Timeout | undefined

  constructor(core: RegistryCore) {
    this.#core = core
  }

  /** Looks once in a while whether another process has changed something. */
  watch(intervalMs: number): void {
    this.#watching ??= setInterval(() => {
      this.refresh().catch(error => this.#core.log.warn({ err: error }, 'changes of plugins cannot be read'))
    }, intervalMs).unref()
  }

  close(): void {
    clearInterval(this.#watching)
  }

  /** Reads again what was changed since, here or in another process. One small question where nothing was. */
  async refresh(workspaceId?: string): Promise<void> {
    const rows = await this.#core.sql.query<Revision>(READ_REVISIONS, [workspaceId ?? null])
    for (const { id, revision } of rows)
      if ((this.#views.get(id)?.revision ?? 0) !== revision) await this.invalidate(id)
  }

  /** Reads the workspace, or at the start of a process all of them, unless it is there already. */
  async load(workspaceId?: string): Promise<void> {
    if (workspaceId !== undefined && this.#views.has(workspaceId)) return
    await this.invalidate(workspaceId)
  }

  /** Reads the workspace again after a change, and tells subscribers what changed. */
  invalidate(workspaceId?: string): Promise<void> {
    const reading = this.#reading.then(() => this.#read(workspaceId))
    this.#reading = reading.catch(() => {}) // told to whoever waits for it; the next reading has its own chance
    return reading
  }

  /** Counts the changes of the workspace's plugins, accounts and bindings; of what the readers below see. */
  revision(workspaceId: string): number {
    return this.#view(workspaceId).revision
  }

  installation(workspaceId: string, pluginId: string): Installation | undefined {
    return this.#view(workspaceId).installations.get(pluginId)
  }

  /** By plugin id. */
  list(workspaceId: string): Installation[] {
    return [...this.#view(workspaceId).installations.values()]
  }

  /** By plugin id, as of this revision of the workspace or a later one. */
  async current(workspaceId: string, revision: number): Promise<Installation[]> {
    await this.load(workspaceId)
    if (this.revision(workspaceId) < revision) await this.invalidate(workspaceId)
    return this.list(workspaceId)
  }

  /** Of every workspace. */
  all(): Installation[] {
    return [...this.#views.values()].flatMap(({ installations }) => [...installations.values()])
  }

  /** Who provides the service, in the order in which they are asked, enabled or not. */
  providers(workspaceId: string, service: string): readonly ServiceProvider[] {
    return this.#view(workspaceId).providers.get(service) ?? []
  }

  /** What playbooks can use: actions of enabled plugins, services whose provider is enabled; and what is disabled. */
  catalog(workspaceId: string): Catalog {
    return this.#view(workspaceId).catalog
  }

  /** The manifest with this digest, where it was installed or asked for by `loadPackages`. */
  manifest(digest: string): Manifest | undefined {
    return this.#manifests.get(digest)
  }

  /** What the kill list says of a package, where it names it. */
  killed(suspect: Suspect): KillListEntry | undefined {
    return namedBy(this.#killList, suspect)
  }

  /**
   * The package that a published version has locked, where it can be used: it is known here, and the kill list does not name
   * it. `installation` is what there is of the plugin now.
   */
  locked(
    installation: Pick<Installation, 'pluginId' | 'source'>,
    lock: PluginLock,
  ): Pick<Installation, 'version' | 'digest' | 'manifest'> | undefined {
    const digest = lock.plugins[installation.pluginId]
    const manifest = digest === undefined ? undefined : this.#manifests.get(digest)
    if (!manifest || digest === undefined || this.killed({ manifest, digest, source: installation.source }))
      return undefined
    return { version: manifest.version, digest, manifest }
  }

  /** The plugin whose code this is, by the SHA-256 of its bundle, where its manifest was read. */
  pluginOfBundle(sha256: string): string | undefined {
    for (const manifest of this.#manifests.values()) if (manifest.bundle.sha256 === sha256) return manifest.id
    return undefined
  }

  /** Reads the manifests of packages that are locked by playbooks and replaced by now. Unknown digests are left out. */
  async loadPackages(digests: readonly string[]): Promise<void> {
    const unknown = digests.filter(digest => !this.#manifests.has(digest))
    if (unknown.length === 0) return
    const packages = await this.#core.orm.em.fork().find(PluginPackageRow, { digest: unknown })
    for (const row of packages) this.#keepManifest(row)
  }

  /**
   * What a published version can use: the plugins it locked, in their locked versions, whether enabled or not (a run
   * meets that at the step), and beside them what there is now.
   */
  lockedCatalog(workspaceId: string, lock: PluginLock): Catalog {
    const { installations, providers } = this.#view(workspaceId)
    const used = new Map<string, Offer>(installations)
    for (const pluginId of Object.keys(lock.plugins)) {
      const source = installations.get(pluginId)?.source ?? GONE
      const found = this.locked({ pluginId, source }, lock)
      if (found) used.set(pluginId, { ...found, status: 'ENABLED', statusReason: null, pluginId })
    }
    return catalogOf(used, providers)
  }

  /** What `make` gives, made once for as long as the workspace's view does not change. */
  memo<T>(workspaceId: string, key: string, make: () => T): T {
    const { memo } = this.#view(workspaceId)
    if (!memo.has(key)) memo.set(key, make())
    return memo.get(key) as T
  }

  #view(workspaceId: string): View {
    const view = this.#views.get(workspaceId)
    if (view) return view
    if (this.#complete) return NOTHING
    throw new TraeError(
      'UNAVAILABLE',
      `The plugins of workspace ${workspaceId} are not loaded; \`plugins.load()\` comes first.`,
    )
  }

  async #read(workspaceId: string | undefined): Promise<void> {
    const em = this.#core.orm.em.fork()
    const where = workspaceId === undefined ? {} : { workspaceId: workspaceId as WorkspaceId }
    const revisions = await this.#core.sql.query<Revision>(READ_REVISIONS, [workspaceId ?? null])
    this.#killList = await readKillList(this.#core.sql)
    const revisionOf = new Map(revisions.map(({ id, revision }) => [id, revision]))
    const rows = await em.find(InstallationRow, where, { orderBy: { workspaceId: 'asc', pluginId: 'asc' } })
    const bindings = await em.find(ServiceBindingRow, where, {
      orderBy: { service: 'asc', position: 'asc', pluginId: 'asc' },
    })
    const unknown = [...new Set(rows.map(row => row.digest))].filter(digest => !this.#manifests.has(digest))
    const packages = unknown.length === 0 ? [] : await em.find(PluginPackageRow, { digest: unknown })
    for (const row of packages) this.#keepManifest(row)
    const workspaces = new Set<string>([...rows, ...bindings].map(row => row.workspaceId))
    if (workspaceId === undefined) for (const id of this.#views.keys()) workspaces.add(id)
    else workspaces.add(workspaceId)
    for (const id of workspaces) {
      const installations = rows
        .filter(row => row.workspaceId === id && this.#manifests.has(row.digest))
        .map(row => this.#installationOf(row))
      const providers = new Map<string, ServiceProvider[]>()
      for (const { workspaceId, service, pluginId, condition, account } of bindings)
        if (workspaceId === id)
          providers.set(service, [
            ...(providers.get(service) ?? []),
            { pluginId, condition: condition ?? null, account: account || null },
          ])
      const byId = new Map(installations.map(one => [one.pluginId, one]))
      const before = this.#views.get(id)
      this.#views.set(id, viewOf(byId, providers, revisionOf.get(id) ?? 0))
      if (before || this.#complete) this.#tell(id, before?.installations ?? new Map(), byId)
    }
    if (workspaceId === undefined) this.#complete = true
  }

  #tell(workspaceId: string, before: View['installations'], now: View['installations']): void {
    for (const pluginId of new Set([...before.keys(), ...now.keys()])) {
      const [one, other] = [before.get(pluginId), now.get(pluginId)]
      if (one && other && sameState(one, other)) continue
      const installationId = (other ?? one)!.id
      this.#core.pubsub.publish('installation.updated', { workspaceId, installationId })
    }
  }

  #keepManifest({ digest, manifest, pluginId }: PluginPackageRow): void {
    try {
      this.#manifests.set(digest, parseManifest(manifest, pluginId))
    } catch (error) {
      // Accepted by an older version of ours: the other plugins must not suffer from it
      this.#core.log.error(
        { pluginId, digest, err: error },
        'an installed plugin has a manifest that this version does not accept; install it again',
      )
    }
  }

  #installationOf(row: InstallationRow): Installation {
    const { id, workspaceId, pluginId, version, digest, status, granted, source, defaultAccount } = row
    const manifest = this.#manifests.get(digest)!
    return {
      id,
      workspaceId,
      pluginId,
      version,
      digest,
      status,
      statusReason: row.statusReason ?? null,
      byKillList: row.byKillList,
      granted,
      source,
      manifest,
      defaultAccount,
      installedAt: row.installedAt,
      updatedAt: row.updatedAt,
    }
  }
}

function sameState(one: Installation, other: Installation): boolean {
  const state = ({ id, digest, status, statusReason, updatedAt }: Installation) =>
    [id, digest, status, statusReason, updatedAt.getTime()].join(' ')
  return state(one) === state(other)
}

/** Where a plugin came from that is installed no more. */
const GONE: InstallationSource = { kind: 'tarball', name: '' }

interface Revision {
  readonly id: string
  readonly revision: number
}
const READ_REVISIONS = statement(
  'read-plugins-revisions',
  'select id, plugins_revision as revision from workspaces where $1::uuid is null or id = $1',
)
/** Counts up what every process looks at; the workspace's row is locked until the transaction ends. No row: no such workspace. */
export const BUMP_PLUGINS = statement(
  'bump-plugins-revision',
  'update workspaces set plugins_revision = plugins_revision + 1 where id = $1 returning id',
)

const NOTHING: View = viewOf(new Map(), new Map(), 0)

function viewOf(installations: View['installations'], providers: Providers, revision: number): View {
  return { installations, providers, revision, catalog: catalogOf(installations, providers), memo: new Map() }
}

type Offer = Pick<Installation, 'status' | 'statusReason' | 'pluginId' | 'version' | 'manifest'>

function catalogOf(installations: ReadonlyMap<string, Offer>, providers: Providers): Catalog {
  const actions = new Map<string, CatalogAction>()
  const services = new Map<string, CatalogAction>()
  const disabled = new Map<string, DisabledAction>()
  const events = new Map<string, JsonSchema>()
  const emitted = new Set<string>()
  for (const { status, statusReason: reason, pluginId, version, manifest } of installations.values()) {
    for (const { name } of manifest.permissions.events)
      if (name.startsWith('emit:')) emitted.add(name.slice('emit:'.length))
    for (const [name, trigger] of Object.entries(manifest.triggers))
      if (trigger.kind !== 'event') events.set(`${pluginId}.${name}`, eventOf(trigger.output))
    const offer = (to: Map<string, CatalogAction>, name: string, action: CatalogAction) =>
      status === 'ENABLED' ? to.set(name, action) : disabled.set(name, { ...action, pluginId, reason })
    for (const [name, { title, effect, idempotency, input, output }] of Object.entries(manifest.actions))
      offer(actions, `${pluginId}/${name}`, { title, effect, idempotency, input, output, version })
  }
  for (const [service, bound] of providers)
    for (const { pluginId } of bound)
      for (const name of Object.keys(SERVICES.get(service)?.actions ?? {})) {
        const provides = installations.get(pluginId)?.manifest.provides ?? {}
        const offer = installations.get(doerOf({ pluginId, provides }, service, name) ?? '')
        const own = offer?.manifest.provides[service]?.[name]
        if (offer && own !== undefined) offerService(services, disabled, `${service}/${name}`, offer, own)
      }
  for (const name of services.keys()) disabled.delete(name)
  return { actions, services, disabled, events, emitted }
}

/** Several providers are as good as the weakest of them: any of them may be asked. */
function offerService(
  services: Map<string, CatalogAction>,
  disabled: Map<string, DisabledAction>,
  uses: string,
  { status, statusReason: reason, pluginId, manifest }: Offer,
  own: string,
): void {
  const [service, name] = uses.split('/') as [string, string]
  const { title, input, output } = contractOf(service, name)!
  const { effect, idempotency } = manifest.actions[own]!
  const { version } = SERVICES.get(service)!
  const action = { title, effect, idempotency, input, output, version }
  if (status === 'DISABLED') return void disabled.set(uses, { ...action, pluginId, reason })
  const other = services.get(uses)?.idempotency
  services.set(uses, {
    ...action,
    idempotency: other === undefined || STRENGTH.indexOf(idempotency) < STRENGTH.indexOf(other) ? idempotency : other,
  })
}
const STRENGTH = ['none', 'lookup', 'key']
