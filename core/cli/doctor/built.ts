import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type PartName, PART_NAMES, staleParts } from '../build-parts.ts'
import { PACKAGES_INDEX } from '../build-packages.ts'
import { DIST } from '../paths.ts'
import type { Finding } from './finding.ts'

const WHAT: Readonly<
  Record<PartName, { readonly name: string; readonly built: () => boolean; readonly missing: Finding['status'] }>
> = {
  plugins: { name: 'plugins', built: () => packages().length > 0, missing: 'fail' },
  'admin-ui': { name: 'admin UI', built: () => existsSync(join(DIST, 'admin-ui/index.html')), missing: 'warn' },
  seed: {
    name: 'first start',
    built: () => readdirSync(DIST).some(name => name.startsWith('pglite-seed-')),
    missing: 'warn',
  },
  packages: { name: 'quick start', built: () => existsSync(PACKAGES_INDEX), missing: 'warn' },
}

/** What `npm ci` has left in dist/. */
export async function checkBuilt(): Promise<Finding[]> {
  const stale = await staleParts()
  return PART_NAMES.map(part => {
    const { name, built, missing } = WHAT[part]
    const message = messageOf(part)
    if (!existsSync(DIST) || !built())
      return { name, status: missing, message: 'not built', todo: 'Run npm run build.' }
    if (stale.includes(part))
      return { name, status: 'warn', message: `${message}, but older than its sources`, todo: 'Run npm run build.' }
    return { name, status: 'ok', message }
  })
}

function messageOf(part: PartName): string {
  if (part === 'plugins') return `built: ${packages().join(', ')}`
  if (part === 'packages') return 'dependencies are bundled'
  return part === 'seed' ? 'the embedded database is prepared' : 'built'
}

function packages(): string[] {
  const folder = join(DIST, 'plugins')
  return existsSync(folder) ? readdirSync(folder).filter(id => existsSync(join(folder, id, 'plugin.json'))) : []
}
