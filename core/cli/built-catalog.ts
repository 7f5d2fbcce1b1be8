import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalog, CatalogAction, JsonSchema } from '../playbooks/catalog.ts'
import { eventOf } from '../playbooks/event-schemas.ts'
import type { Manifest } from '../plugins/manifest.ts'
import { readPackageManifest } from '../plugins/packages/read-package.ts'
import { comesByItself } from '../plugins/our-plugins.ts'
import { contractOf, SERVICES } from '../plugins/services.ts'
import { buildParts } from './build-parts.ts'
import { DIST } from './paths.ts'

/** The packages in dist/plugins, built first where their sources have changed since. */
export async function builtManifests(): Promise<Manifest[]> {
  await buildParts(['plugins'])
  const folders = await readdir(join(DIST, 'plugins'), { withFileTypes: true })
  const read = folders
    .filter(entry => entry.isDirectory())
    .map(entry => readPackageManifest(join(DIST, 'plugins', entry.name)))
  return (await Promise.all(read)).map(({ manifest }) => manifest).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** What playbooks can use: every action and event of our plugins, and the services that are filled in a fresh installation. */
export async function builtCatalog(): Promise<Catalog> {
  const actions = new Map<string, CatalogAction>()
  const services = new Map<string, CatalogAction>()
  const events = new Map<string, JsonSchema>()
  for (const { id, version, actions: own, provides, credentials, triggers } of await builtManifests()) {
    for (const [name, { title, effect, idempotency, input, output }] of Object.entries(own))
      actions.set(`${id}/${name}`, { title, effect, idempotency, input, output, version })
    for (const [name, trigger] of Object.entries(triggers))
      if (trigger.kind !== 'event') events.set(`${id}.${name}`, eventOf(trigger.output))
    if (!comesByItself({ credentials })) continue
    for (const [service, mapping] of Object.entries(provides))
      for (const [name, mapped] of Object.entries(mapping)) {
        const { title, input, output } = contractOf(service, name)!
        const { effect, idempotency } = own[mapped]!
        const { version } = SERVICES.get(service)!
        services.set(`${service}/${name}`, { title, effect, idempotency, input, output, version })
      }
  }
  return { actions, services, events }
}
