import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import { ENGINE_VERSION } from '../engine-version.ts'
import type { Manifest } from '../manifest.ts'
import { ourPluginIds } from '../our-plugins.ts'
import { templateProblems } from '../plugin-templates.ts'
import { type PluginPackage, readPackage } from './read-package.ts'
import { LARGE_BUNDLE_BYTES } from './warnings.ts'
import { misfits } from '../schema-fit.ts'
import { contractOf } from '../services.ts'
import { versionFits } from '../../version-range.ts'

/** What an installation would say. `package` is there when nothing stands against it. */
export interface PackageReport {
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  readonly package: PluginPackage | undefined
}

/**
 * Everything that is checked before a plugin is accepted, in the order of what it costs: files, manifest, hash, engine,
 * whose id it is, service contracts, imports of the bundle, and at last the bundle loaded in the sandbox with no capability
 * at all, to see whether it has what the manifest says. Changes nothing. `ours`: it comes with TRAE OS. Rejects only where
 * the host itself fails.
 */
export async function checkPackage(
  core: Pick<Core, 'sandbox'>,
  from: string | (() => Promise<PluginPackage>),
  { ours = false }: { readonly ours?: boolean } = {},
): Promise<PackageReport> {
  let found: PluginPackage
  try {
    found = await (typeof from === 'string' ? readPackage(from) : from())
  } catch (error) {
    if (!(error instanceof TraeError) || error.code !== 'MANIFEST') throw error
    return {
      problems: (error.details?.['problems'] as string[] | undefined) ?? [error.message],
      warnings: [],
      package: undefined,
    }
  }
  const { manifest } = found
  const problems = [...engineProblems(manifest), ...contractProblems(manifest), ...templateProblems(manifest)]
  if (!ours && (await ourPluginIds()).has(manifest.id))
    problems.push(
      `id: ${manifest.id} is a plugin that comes with TRAE OS, and this package does not. Give it another id.`,
    )
  // Ours were bundled by the very build that made them, and their digest says they are still that: a first start need not parse them again
  const unloadable = ours ? [] : await bundleProblems(found)
  problems.push(...unloadable)
  if (unloadable.length === 0) problems.push(...(await loadProblems(core, found)))
  return { problems, warnings: warningsOf(manifest), package: problems.length === 0 ? found : undefined }
}

/** The package, where nothing stands against it. Throws `MANIFEST` with every problem; `what` names the package. */
export async function acceptPackage(
  core: Pick<Core, 'sandbox'>,
  what: string,
  from: string | (() => Promise<PluginPackage>),
  options: { readonly ours?: boolean } = {},
): Promise<PluginPackage> {
  const { problems, package: found } = await checkPackage(core, from, options)
  if (found) return found
  throw new TraeError('MANIFEST', `The plugin in ${what} cannot be accepted:\n  ${problems.join('\n  ')}`, {
    details: { problems },
  })
}

function engineProblems({ engine, id, version }: Manifest): string[] {
  if (versionFits(ENGINE_VERSION, engine)) return []
  return [
    `engine: ${id} ${version} was made for TRAE OS ${engine}, this is ${ENGINE_VERSION}. Look for a version of the plugin that fits, or build it for this one.`,
  ]
}

/** A provider takes every input of its service's contract and gives only output that fits it. */
function contractProblems(manifest: Manifest): string[] {
  return Object.entries(manifest.provides).flatMap(([service, mapping]) =>
    Object.entries(mapping).flatMap(([name, own]) => {
      const contract = contractOf(service, name)!
      const action = manifest.actions[own]!
      const place = `provides.${service}.${name}: the action ${own}`
      const sameEffect = action.effect === contract.effect || (contract.effect === 'read' && action.effect === 'none')
      return [
        ...(sameEffect
          ? []
          : [`${place} has effect ${action.effect}; who provides ${service}/${name} has effect ${contract.effect}`]),
        ...misfits(contract.input, action.input).map(
          reason => `${place} does not take every input of ${service}/${name}: ${reason}`,
        ),
        ...misfits(action.output, contract.output).map(
          reason => `${place} may give output that ${service}/${name} does not promise: ${reason}`,
        ),
      ]
    }),
  )
}

/** One ES module with a default export that imports nothing: read by a parser, run by nobody. */
async function bundleProblems({ bundle }: PluginPackage): Promise<string[]> {
  const { build } = await import('esbuild') // a start that installs nothing does without it
  const imports = new Set<string>()
  try {
    const result = await build({
      stdin: { contents: bundle, sourcefile: 'plugin.js', loader: 'js' },
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      logLevel: 'silent',
      plugins: [
        {
          name: 'imports',
          setup: ({ onResolve }) =>
            onResolve({ filter: /.*/ }, ({ path, kind }) => {
              if (kind === 'entry-point') return undefined
              imports.add(path)
              return { path, external: true }
            }),
        },
      ],
    })
    const own = Object.values(result.metafile.inputs)[0]
    const exported = Object.values(result.metafile.outputs)[0]?.exports ?? []
    if (imports.size > 0)
      return [
        `plugin.js: imports ${[...imports].map(path => JSON.stringify(path)).join(', ')}; a bundle is one module that imports nothing. Build it with \`trae plugin build\`.`,
      ]
    if (own?.format === 'cjs')
      return [
        'plugin.js: is a CommonJS module; a bundle is an ES module with a default export. Build it with `trae plugin build`.',
      ]
    if (!exported.includes('default'))
      return ['plugin.js: has no default export; index.ts must `export default definePlugin({ … })`.']
    return []
  } catch (error) {
    const { errors } = error as { errors?: { text: string; location: { line: number; column: number } | null }[] }
    if (!errors) throw error
    return errors.map(
      ({ text, location }) => `plugin.js${location ? `:${location.line}:${location.column + 1}` : ''}: ${text}`,
    )
  }
}

async function loadProblems(core: Pick<Core, 'sandbox'>, { manifest, bundle }: PluginPackage): Promise<string[]> {
  try {
    const code = { digest: manifest.bundle.sha256, source: () => Promise.resolve(bundle) }
    const actual = await core.sandbox.inspect(code, manifest.limits)
    const declared = Object.keys(manifest.actions)
    const triggers = Object.entries(manifest.triggers).flatMap(([name, { kind, registers }]) =>
      [kind === 'poll' ? 'poll' : 'handle', ...(registers ? ['register', 'unregister'] : [])].map(
        method => `${name}.${method}`,
      ),
    )
    return [
      ...declared
        .filter(name => !actual.actions.includes(name))
        .map(name => `actions.${name}: the manifest declares it, plugin.js does not have it`),
      ...actual.actions
        .filter(name => !declared.includes(name))
        .map(name => `plugin.js has an action ${JSON.stringify(name)} that the manifest does not declare`),
      ...triggers
        .filter(name => !actual.triggers.includes(name))
        .map(name => `triggers.${name}: the manifest declares it, plugin.js does not have it`),
      ...actual.triggers
        .filter(name => !triggers.includes(name))
        .map(name => `plugin.js has triggers.${name}, which the manifest does not declare`),
    ]
  } catch (error) {
    if (!(error instanceof TraeError) || error.code === 'BUSY' || error.code === 'UNAVAILABLE') throw error
    return [`plugin.js: ${error.message}`]
  }
}

function warningsOf(manifest: Manifest): string[] {
  const { bytes } = manifest.bundle
  return [
    ...(bytes > LARGE_BUNDLE_BYTES
      ? [`plugin.js has ${Math.round(bytes / 1024)} KiB: the first call of each workspace will be slow.`]
      : []),
    ...Object.entries(manifest.actions)
      .filter(([, action]) => action.sample === undefined)
      .map(([name]) => `actions.${name}: has no sample input, so neither the editor nor the tests can show one.`),
  ]
}
