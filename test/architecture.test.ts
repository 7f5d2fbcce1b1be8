import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findBreaches } from './architecture/breaches.ts'
import { circles } from './architecture/circles.ts'
import { readImports, type SourceFile } from './architecture/read-imports.ts'

const ROOT = resolve(import.meta.dirname, '..')

function sources(): SourceFile[] {
  return ['core', 'graphql', 'plugins', 'admin-ui', 'test', 'bench'].flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter(
        entry =>
          entry.isFile() && /\.(ts|tsx|js|mjs)$/.test(entry.name) && !/fixtures|node_modules/.test(entry.parentPath),
      )
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => ({ path: path.slice(ROOT.length + 1).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') })),
  )
}

/** One file with one import, and what is said of it. */
const breachesOf = (path: string, text: string) => findBreaches([{ path, text }])

describe('the architecture', () => {
  it('holds: every import of every file keeps to the floors', () => {
    const files = sources()
    expect(findBreaches(files)).toEqual([])
    const imports = files.flatMap(file => readImports(file).imports)
    expect(files.length, 'files that were read').toBeGreaterThan(150)
    expect(
      imports.filter(({ target }) => target.startsWith('core/')).length,
      'imports between our files',
    ).toBeGreaterThan(300)
  })

  it.each([
    [
      'a room that imports one above it',
      'core/runs/a.ts',
      `import { x } from '../http/b.ts'`,
      'runs stands below http',
    ],
    [
      'a type from above',
      'core/playbooks/a.ts',
      `import type { X } from '../plugins/b.ts'`,
      'playbooks stands below plugins',
    ],
    [
      'an inline type from above',
      'core/sales/a.ts',
      `import { type X } from '../credentials/b.ts'`,
      'sales stands below credentials',
    ],
    [
      'a lazy import from above',
      'core/events/a.ts',
      `const b = await import('../runs/b.ts')`,
      'events stands below runs',
    ],
    [
      'a type import in an expression',
      'core/access/a.ts',
      `export type X = import('../sales/b.ts').X`,
      'access stands below sales',
    ],
    [
      'a re-export from above',
      'core/sandbox/a.ts',
      `export { x } from '../events/b.ts'\nexport const y = 1`,
      'sandbox stands below events',
    ],
    [
      'JSDoc in plain JavaScript',
      'core/sandbox/a.js',
      `/** @type {import('../runs/b.ts').X} */ export let x`,
      'sandbox stands below runs',
    ],
    [
      'a file in a folder of the room',
      'core/runs/steps/a.ts',
      `import { x } from '../../brain/b.ts'`,
      'runs stands below brain',
    ],
    ['a leaf that imports a room', 'core/ids.ts', `import { x } from './access/b.ts'`, 'leaves stands below access'],
    [
      'a room that imports the composition root',
      'core/http/a.ts',
      `import { openCore } from '../core.ts'`,
      'http stands below main',
    ],
    [
      'an adapter outside core.ts',
      'core/runs/a.ts',
      `import { openDatabase } from '../adapters/database.ts'`,
      'only core.ts imports implementations',
    ],
    [
      'an adapter in main.ts',
      'core/main.ts',
      `import { InProcessQueue } from './adapters/queue/in-process-queue.ts'`,
      'only core.ts imports implementations',
    ],
    [
      'the sandbox engine elsewhere',
      'core/plugins/a.ts',
      `import ivm from 'isolated-vm'`,
      'only core/sandbox talks to the sandbox engine',
    ],
    [
      'the sandbox engine by require',
      'test/a.test.ts',
      `createRequire(import.meta.url)('isolated-vm')`,
      'only core/sandbox talks to the sandbox engine',
    ],
    [
      'GraphQL in a room',
      'core/http/a.ts',
      `import { x } from '../../graphql/server.ts'`,
      'core/ knows nothing of GraphQL',
    ],
    [
      'an adapter in graphql/',
      'graphql/types/a.ts',
      `import { x } from '../../core/adapters/database.ts'`,
      'graphql/ never imports adapters',
    ],
    [
      'the sandbox in graphql/',
      'graphql/a.ts',
      `import type { Sandbox } from '../core/sandbox/sandbox.ts'`,
      'graphql/ never imports sandbox',
    ],
    [
      'a plugin that imports a package',
      'plugins/sdr/a.ts',
      `import { z } from 'zod'`,
      'a plugin imports trae-os/sdk and itself',
    ],
    ['a plugin that imports Node', 'plugins/sdr/a.ts', `import 'node:fs'`, 'a plugin imports trae-os/sdk and itself'],
    [
      'a plugin that imports another',
      'plugins/sdr/a.ts',
      `import { x } from '../closer/index.ts'`,
      'a plugin imports trae-os/sdk and itself',
    ],
    [
      'a plugin that imports the SDK by its path',
      'plugins/sdr/a.ts',
      `import { x } from '../../core/sdk/sdk.ts'`,
      'a plugin imports trae-os/sdk and itself',
    ],
    [
      'an admin UI that imports the engine',
      'admin-ui/src/a.tsx',
      `import { x } from '../../core/ids.ts'`,
      'imports nothing of ours',
    ],
    ['a contract elsewhere', 'core/runs/a.ts', `import { x } from '../sdk/contracts/a.ts'`, 'the SDK is for plugins'],
    ['the SDK inside the engine', 'core/plugins/a.ts', `import { x } from '../sdk/sdk.ts'`, 'the SDK is for plugins'],
    [
      'an SDK that imports the engine',
      'core/sdk/a.ts',
      `import { x } from '../errors.ts'`,
      'it imports itself and zod',
    ],
    [
      'the engine importing a plugin',
      'core/plugins/a.ts',
      `import sdr from '../../plugins/sdr/index.ts'`,
      'core/ imports nothing but core/',
    ],
  ])('notices %s', (_what, path, text, why) => {
    const breaches = breachesOf(path, text)
    expect(breaches[0]).toContain(why)
    expect(breaches[0]).toMatch(new RegExp(`^${path}:1 imports `))
  })

  it('notices barrels, rooms without a floor, and the engine named in a string', () => {
    expect(breachesOf('core/runs/index.ts', `export * from './a.ts'\nexport { b } from './b.ts'`)).toEqual([
      'core/runs/index.ts only re-exports: no barrels, import the file that has it',
    ])
    expect(breachesOf('core/billing/a.ts', `export const a = 1`)[0]).toContain('is in no room')
    expect(breachesOf('core/utils.ts', `export const a = 1`)[0]).toContain('is in no room')
    expect(breachesOf('core/cli/a.ts', `const engine = await import(name('isolated-vm'))`)).toEqual([
      'core/cli/a.ts names isolated-vm: only core/sandbox does',
    ])
  })

  it.each([
    ['a room below', 'core/http/a.ts', `import { x } from '../runs/b.ts'`],
    ['its own room', 'core/runs/steps/a.ts', `import { x } from '../b.ts'`],
    ['a leaf', 'core/sandbox/a.ts', `import { TraeError } from '../errors.ts'`],
    ['the type of context.ts', 'core/events/a.ts', `import type { Core } from '../context.ts'`],
    ['types of every room, in context.ts', 'core/context.ts', `import type { Brain } from './brain/brain.ts'`],
    ['a port', 'core/runs/a.ts', `import type { Queue } from '../adapters/queue/queue.ts'`],
    ['an implementation, in core.ts', 'core/core.ts', `import { openDatabase } from './adapters/database.ts'`],
    ['the database, for trae build', 'core/cli/a.ts', `import { openDatabase } from '../adapters/database.ts'`],
    ['the engine, in the sandbox', 'core/sandbox/a.js', `import ivm from 'isolated-vm'`],
    ['the engine, in a bench that compares', 'bench/a.ts', `import ivm from 'isolated-vm'`],
    [
      'the SDK, in a plugin',
      'plugins/sdr/actions/a.ts',
      `import { z } from 'trae-os/sdk'\nimport { b } from '../b.ts'`,
    ],
    [
      'an import that only a comment or a string speaks of',
      'core/ids.ts',
      `// import { x } from './http/b.ts'\nexport const text = "import { x } from './http/b.ts'"`,
    ],
  ])('allows %s', (_what, path, text) => {
    expect(breachesOf(path, text)).toEqual([])
  })

  it('has one circle alone: `Core` names its parts, and they take it as an argument', () => {
    const found = circles(sources().filter(({ path }) => !path.startsWith('test/')))
    expect(found.filter(circle => !circle.includes('core/context.ts'))).toEqual([])
    expect(found).toHaveLength(1)
  })

  it('notices two files that import each other, also by their types', () => {
    const [a, b] = ['core/runs/a.ts', 'core/runs/b.ts']
    const [there, back] = [`import { b } from './b.ts'`, `import type { A } from './a.ts'`]
    expect(
      circles([
        { path: a, text: there },
        { path: b, text: back },
      ]),
    ).toEqual([[a, b]])
    expect(
      circles([
        { path: a, text: there },
        { path: b, text: '' },
      ]),
    ).toEqual([])
  })
})
