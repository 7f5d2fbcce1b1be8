import { mkdir, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, extname, join, resolve, sep } from 'node:path'
import type { BuildOptions, BuildResult, Message, Plugin } from 'esbuild'
import type { z } from 'zod'
import { TraeError } from '../errors.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { type Manifest, parseManifest, sha256 } from './manifest.ts'
import { requireTemplates } from './plugin-templates.ts'
import { readTemplates, readTemplateTexts } from './template-texts.ts'
import { readSkill } from './read-skill.ts'

/** `.ts` here, `.js` in the package for authors. */
const END = extname(import.meta.filename)
const SDK = resolve(import.meta.dirname, `../sdk/sdk${END}`)
const SCHEMA = resolve(import.meta.dirname, `../sdk/schema${END}`)
const CONTRACTS = resolve(import.meta.dirname, '../sdk/contracts') + sep
const SCHEMA_AT_RUNTIME = resolve(import.meta.dirname, `../sdk/schema-at-runtime${END}`)

/**
 * Makes a package of a plugin's source: bundles `index.ts`, reads what `definePlugin` was given (on this machine, with
 * the author's rights), and writes `plugin.js`, `plugin.json` and the source map `plugin.js.map` into `outDir`. The same
 * source gives the same bytes. Throws `MANIFEST` naming file and line, or the key of the definition, that is wrong.
 */
export async function buildPlugin(sourceDir: string, outDir: string): Promise<Manifest> {
  const source = resolve(sourceDir)
  const [definition, runtime, skill, playbooks, playbookTexts] = await Promise.all([
    readDefinition(source),
    bundleRuntime(source),
    readSkill(source),
    readTemplates(source),
    readTemplateTexts(source),
  ])
  const where = join(source, 'index.ts')
  const manifest = parseManifest(
    {
      ...manifestOf(definition, where),
      ...(skill ? { skill } : {}),
      ...(playbooks ? { playbooks } : {}),
      ...(playbookTexts ? { playbookTexts } : {}),
      bundle: { sha256: sha256(runtime.code), bytes: runtime.code.length },
    },
    where,
  )
  requireTemplates(manifest)
  await rm(outDir, { recursive: true, force: true })
  await mkdir(outDir, { recursive: true })
  await Promise.all([
    writeFile(join(outDir, 'plugin.js'), runtime.code),
    writeFile(join(outDir, 'plugin.js.map'), runtime.map),
    writeFile(join(outDir, 'plugin.json'), `${JSON.stringify(manifest, null, 2)}\n`),
  ])
  return manifest
}

const common = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
  target: 'es2024',
  mainFields: ['module', 'main'],
  conditions: ['import', 'default'],
  charset: 'utf8',
  logLevel: 'silent',
  // There is no `process`, and this is what libraries ask it for
  define: { 'process.env.NODE_ENV': '"production"' },
} as const satisfies BuildOptions

/** What runs. Names stay readable: a stack that has no source map at hand still says where it was. */
async function bundleRuntime(source: string): Promise<{ code: Uint8Array; map: Uint8Array }> {
  const result = await compile({
    ...common,
    absWorkingDir: source,
    entryPoints: ['index.ts'],
    outfile: 'plugin.js',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'inline',
    sourcemap: 'external',
    plugins: [sdk({ runtime: true })],
  })
  const file = (end: string) => result.outputFiles.find(({ path }) => path.endsWith(end))!.contents
  return { code: file('.js'), map: file('.map') }
}

/** `trae-os/sdk` is the one of this host, whatever the author's folder has installed; in what runs, without zod. */
function sdk({ runtime }: { runtime: boolean }): Plugin {
  return {
    name: 'trae-sdk',
    setup({ onResolve }) {
      onResolve({ filter: /^trae-os\// }, ({ path }) =>
        path === 'trae-os/sdk'
          ? { path: SDK }
          : {
              errors: [{ text: `${JSON.stringify(path)} cannot be imported by a plugin; there is only "trae-os/sdk"` }],
            },
      )
      onResolve({ filter: /\/contracts\/[a-z]+\.[jt]s$/ }, ({ path, resolveDir }) =>
        resolve(resolveDir, path).startsWith(CONTRACTS)
          ? { path: resolve(resolveDir, path), sideEffects: false } // those that nobody names stay out of the bundle
          : undefined,
      )
      onResolve({ filter: /\/schema\.[jt]s$/ }, ({ path, resolveDir }) =>
        runtime && resolve(resolveDir, path) === SCHEMA ? { path: SCHEMA_AT_RUNTIME } : undefined,
      )
      onResolve({ filter: /.*/ }, ({ path, kind }) =>
        kind !== 'entry-point' && isBuiltin(path)
          ? {
              errors: [
                {
                  text: `${JSON.stringify(path)} belongs to Node, and a plugin runs without Node; use web standards or what ctx offers`,
                },
              ],
            }
          : undefined,
      )
    },
  }
}

interface Definition {
  readonly plugin: Record<string, unknown>
  readonly toJSONSchema: typeof z.toJSONSchema
}

/** Runs the definition, with the very zod that its schemas were made with, and takes what it exports. */
async function readDefinition(source: string): Promise<Definition> {
  const result = await compile({
    ...common,
    absWorkingDir: source,
    stdin: {
      contents: `export * as index from './index.ts'\nexport { z } from ${JSON.stringify(SCHEMA)}`,
      resolveDir: source,
      sourcefile: 'definition.ts',
      loader: 'ts',
    },
    plugins: [sdk({ runtime: false })],
  })
  const code = Buffer.from(result.outputFiles[0]!.contents).toString('base64')
  let exported: { index: { default?: unknown }; z: typeof z }
  try {
    exported = (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)) as typeof exported
  } catch (cause) {
    throw new TraeError(
      'MANIFEST',
      `${join(source, 'index.ts')} failed while its definition was read: ${(cause as Error).message}`,
      { cause },
    )
  }
  const plugin = exported.index.default
  if (typeof plugin === 'object' && plugin !== null)
    return { plugin: plugin as Record<string, unknown>, toJSONSchema: exported.z.toJSONSchema }
  const found = plugin === undefined ? 'no default export' : `a ${typeof plugin}`
  throw new TraeError(
    'MANIFEST',
    `${join(source, 'index.ts')} must \`export default definePlugin({ … })\`; found ${found}.`,
  )
}

function manifestOf({ plugin, toJSONSchema }: Definition, where: string): Record<string, unknown> {
  const { actions, triggers, ...rest } = plugin
  const schema = (place: string, side: 'input' | 'output', value: unknown) => {
    try {
      return jsonSchemaOf(value, side, toJSONSchema)
    } catch (cause) {
      throw new TraeError(
        'MANIFEST',
        `${where}: ${place}.${side} cannot be written as JSON Schema: ${(cause as Error).message}`,
        { cause },
      )
    }
  }
  const requireFunction = (place: string, value: unknown) => {
    if (typeof value !== 'function')
      throw new TraeError('MANIFEST', `${where}: ${place} must be a function; found ${typeof value}.`)
  }
  const described = (owners: unknown, describe: (name: string, owner: Record<string, unknown>) => unknown) =>
    Object.fromEntries(
      Object.entries((owners ?? {}) as Record<string, Record<string, unknown>>).map(([name, owner]) => [
        name,
        describe(name, owner),
      ]),
    )
  return {
    manifestVersion: 1,
    ...rest,
    actions: described(actions, (name, { run, lookup, input, output, ...action }) => {
      requireFunction(`actions.${name}.run`, run)
      return {
        ...action,
        hasLookup: typeof lookup === 'function',
        input: schema(`actions.${name}`, 'input', input),
        output: schema(`actions.${name}`, 'output', output),
      }
    }),
    triggers: described(triggers, (name, { handle, poll, register, unregister, output, ...trigger }) => {
      const [call, found] = trigger['kind'] === 'poll' ? ['poll', poll] : ['handle', handle]
      requireFunction(`triggers.${name}.${call}`, found)
      if (trigger['kind'] === 'event') return trigger
      const registers = register !== undefined || unregister !== undefined
      if (registers) {
        requireFunction(`triggers.${name}.register`, register)
        requireFunction(`triggers.${name}.unregister`, unregister)
      }
      return { ...trigger, ...(registers ? { registers } : {}), output: schema(`triggers.${name}`, 'output', output) }
    }),
  }
}

/** esbuild, with its findings as one error of ours: `file:line:column: text`. */
async function compile(options: BuildOptions & { write: false }): Promise<BuildResult<{ write: false }>> {
  const { build } = await import('esbuild') // only who builds pays for it
  try {
    return await build(options)
  } catch (error) {
    const { errors } = error as { errors?: Message[] }
    if (!errors) throw error
    const problems = errors.map(
      ({ location, text }) =>
        `${location ? `${join(options.absWorkingDir ?? '', location.file)}:${location.line}:${location.column + 1}` : basename(options.absWorkingDir ?? '')}: ${text}`,
    )
    throw new TraeError('MANIFEST', problems.join('\n'), { details: { problems } })
  }
}
