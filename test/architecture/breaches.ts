import { type Import, readImports, type SourceFile } from './read-imports.ts'

/** The rooms of core/ from the top floor to the ground: a room imports itself, rooms below it, and leaves. */
export const FLOORS = [
  'cli',
  'testing',
  'main',
  'http',
  'brain',
  'rehearsal',
  'triggers',
  'backup',
  'privacy',
  'runs',
  'decisions',
  'publishing',
  'plugins',
  'mail',
  'calendars',
  'credentials',
  'memory',
  'sales',
  'access',
  'events',
  'playbooks',
  'sandbox',
  'adapters',
  'leaves',
] as const
type Floor = (typeof FLOORS)[number]

const LEAVES = new Set([
  'config',
  'environment',
  'errors',
  'ids',
  'clock',
  'log',
  'sql',
  'pubsub',
  'page',
  'listing',
  'phone',
  'group-commit',
  'crash-point',
  'context',
  'metrics',
  'did-you-mean',
  'network',
  'version-range',
  'canonical-json',
  'words',
  'html',
  'byte-budget',
  'take-turns',
  'public-base',
  'signed-id',
  'mail-settings',
  'request-scope',
])
/** Interfaces that stand in adapters/ beside their implementations; everybody may know them. */
const PORTS = new Set([
  'core/adapters/cache/cache.ts',
  'core/adapters/limits/limits.ts',
  'core/adapters/queue/queue.ts',
  'core/adapters/vector-store/vector-store.ts',
  'core/adapters/llm/llm.ts',
  'core/adapters/embedder/embedder.ts',
])
/** What commands need that open the database themselves. */
const CLI_ADAPTERS = new Set([
  'core/adapters/database.ts',
  'core/adapters/data-directory.ts',
  'core/adapters/migrations/migrations.ts',
  'core/adapters/migrations/seed.ts',
  'core/adapters/queue/in-process-queue.ts',
  'core/adapters/redis.ts',
  'core/adapters/workspace-wall.ts',
])

/** Every breach of HOUSE.md, "Who may import whom", one sentence each. */
export function findBreaches(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => {
    const { imports, barrel } = readImports(file)
    const breaches = imports.flatMap(one => {
      const why = refusal(file.path, one)
      return why === undefined ? [] : [`${file.path}:${one.line} imports ${one.specifier}: ${why}`]
    })
    if (barrel) breaches.push(`${file.path} only re-exports: no barrels, import the file that has it`)
    if (namesSandboxEngine(file)) breaches.push(`${file.path} names isolated-vm: only core/sandbox does`)
    if (file.path.startsWith('core/') && floorOf(file.path) === undefined && !isSdk(file.path))
      breaches.push(
        `${file.path} is in no room: give its room a floor, or its leaf a place, in test/architecture/breaches.ts`,
      )
    return breaches
  })
}

function refusal(from: string, one: Import): string | undefined {
  const { target } = one
  if (/^isolated-vm(\/|$)/.test(target))
    return /^(core\/sandbox|bench)\//.test(from) ? undefined : 'only core/sandbox talks to the sandbox engine'
  const [zone] = from.split('/')
  if (zone === 'plugins') return refusalOfPlugin(from, target)
  if (zone === 'admin-ui') return refusalOfAdminUi(target)
  if (zone === 'graphql') return refusalOfGraphql(target)
  if (zone === 'core') return refusalOfCore(from, one)
  return undefined // test/ and bench/ look into everything
}

function refusalOfPlugin(from: string, target: string): string | undefined {
  const own = from.split('/').slice(0, 2).join('/')
  return target === 'trae-os/sdk' || target.startsWith(`${own}/`)
    ? undefined
    : 'a plugin imports trae-os/sdk and itself'
}

function refusalOfAdminUi(target: string): string | undefined {
  const ours = /^(core|graphql|plugins|playbooks|test|bench)\//.test(target) || target.startsWith('trae-os')
  return ours ? 'the admin UI talks GraphQL and imports nothing of ours' : undefined
}

function refusalOfGraphql(target: string): string | undefined {
  if (/^(plugins|admin-ui|test|bench)\//.test(target)) return 'graphql/ imports the rooms of core/ and itself'
  const floor = floorOf(target)
  return floor === 'adapters' || floor === 'sandbox' || floor === 'cli' || floor === 'main'
    ? `graphql/ never imports ${floor}`
    : undefined
}

function refusalOfCore(from: string, { target, typeOnly }: Import): string | undefined {
  if (isSdk(from))
    return isSdk(target) || target === 'zod' ? undefined : 'the SDK is what plugins get: it imports itself and zod'
  if (isContract(target) && from.startsWith('core/plugins/')) return undefined // authors and host hold the same
  if (isSdk(target) || target.startsWith('trae-os')) return 'the SDK is for plugins'
  if (target.startsWith('graphql/'))
    return from === 'core/main.ts' ? undefined : 'core/ knows nothing of GraphQL; only main.ts puts it in its place'
  if (/^(plugins|admin-ui|test|bench)\//.test(target)) return 'core/ imports nothing but core/'
  const [here, there] = [floorOf(from), floorOf(target)]
  if (here === undefined || there === undefined) return undefined // a package, or a file that is complained of itself
  if (here === there) return undefined
  if (target === 'core/context.ts' && typeOnly) return undefined
  if (from === 'core/context.ts' && typeOnly) return undefined // it describes what core.ts makes of all rooms
  if (there === 'adapters')
    return from === 'core/core.ts' || PORTS.has(target) || (here === 'cli' && CLI_ADAPTERS.has(target))
      ? undefined
      : 'only core.ts imports implementations from adapters/'
  return FLOORS.indexOf(there) > FLOORS.indexOf(here) ? undefined : `${here} stands below ${there}`
}

function floorOf(path: string): Floor | undefined {
  const [zone, room = '', ...rest] = path.split('/')
  if (zone !== 'core') return undefined
  if (rest.length > 0) return FLOORS.find(floor => floor === room && floor !== 'main' && floor !== 'leaves')
  const name = room.replace(/\.\w+$/, '')
  if (['main', 'core', 'open-rehearsal', 'simulation-process', 'test-process'].includes(name)) return 'main'
  return LEAVES.has(name) ? 'leaves' : undefined
}

const isSdk = (path: string) => path.startsWith('core/sdk/')
const isContract = (path: string) => path.startsWith('core/sdk/contracts/')

/** In quotes, in what runs; a comment may say the name. */
function namesSandboxEngine({ path, text }: SourceFile): boolean {
  return (
    /^(core|graphql|plugins|admin-ui)\//.test(path) &&
    !path.startsWith('core/sandbox/') &&
    /['"`]isolated-vm\b/.test(text)
  )
}
