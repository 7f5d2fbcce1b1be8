import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lockHash } from './bundled-packages.js'
import { DIST, ROOT } from './paths.ts'

const FOLDER = join(DIST, 'packages')
/** Is there when they were built. */
export const PACKAGES_INDEX = join(FOLDER, 'index.json')

/** They find files of their own beside them, or are tools that a running host does not load. */
const LEFT_ALONE = ['@electric-sql/pglite', '@graphql-yoga/render-graphiql', 'esbuild', 'pdfkit', 'pino', 'vite']

/**
 * Bundles what the program imports from npm into dist/packages: a file for each specifier, what they share in chunks, so that every
 * module is there once. `core/cli/bundled-packages.js` leads imports there.
 */
export async function buildPackages(progress: (text: string) => void): Promise<void> {
  progress('Bundling dependencies, for a quick start')
  const { build } = await import('esbuild')
  const fresh = `${FOLDER}.${process.pid}`
  const specifiers = await importedSpecifiers()
  const files = Object.fromEntries(specifiers.map(name => [name, `${name.replaceAll(/[@/]/g, '_')}.mjs`]))
  await mkdir(fresh, { recursive: true })
  try {
    const doors = await readDoors(specifiers)
    const { metafile } = await build({
      entryPoints: specifiers.map(name => ({ in: `door:${name}`, out: files[name]!.slice(0, -'.mjs'.length) })),
      plugins: [
        {
          name: 'doors',
          setup(builder) {
            builder.onResolve({ filter: /^door:/ }, ({ path }) => ({
              path: `${path.slice('door:'.length)}.mjs`, // so the default of what is CommonJS is all of it, as for Node
              namespace: 'door',
            }))
            builder.onLoad({ filter: /./, namespace: 'door' }, ({ path }) => ({
              contents: doors[specifiers.indexOf(path.slice(0, -'.mjs'.length))]!,
              resolveDir: ROOT,
            }))
          },
        },
      ],
      bundle: true,
      splitting: true,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      // Node keeps every source it has read: without blanks and comments (whose letters beyond Latin-1 double it) that is half
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: 'external',
      conditions: ['module-sync'], // with those that esbuild knows by itself: what Node itself would take
      outdir: fresh,
      outExtension: { '.js': '.mjs' },
      absWorkingDir: ROOT,
      external: LEFT_ALONE,
      banner: {
        js: `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)`,
      },
      logLevel: 'silent',
    })
    const packages = new Set(
      Object.keys(metafile.inputs).flatMap(path => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    )
    await writeFile(
      join(fresh, 'index.json'),
      JSON.stringify({ lock: lockHash(), files, packages: [...packages].sort() }),
    )
    await rm(FOLDER, { recursive: true, force: true })
    await rename(fresh, FOLDER)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Changes when a bundle that was made no longer fits. */
export async function packagesFingerprint(): Promise<string> {
  const own = await readFile(import.meta.filename)
  return createHash('sha256')
    .update(lockHash())
    .update(JSON.stringify(await importedSpecifiers()))
    .update(own)
    .digest('hex')
}

/** Every specifier of a package in the sources of the host, sorted. */
async function importedSpecifiers(): Promise<string[]> {
  const { build } = await import('esbuild') // loaded by those who build only
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'core/cli/trae.ts')],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: DIST,
    absWorkingDir: ROOT,
    logLevel: 'silent',
  })
  const found = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external, kind }) => external && kind !== 'require-call').map(({ path }) => path),
  )
  const isOurs = (path: string) =>
    !path.startsWith('node:') && !LEFT_ALONE.some(name => path === name || path.startsWith(`${name}/`))
  return [...new Set(found.filter(isOurs))].sort()
}

/**
 * For each specifier a module that exports what Node shows of it: esbuild alone gives a CommonJS package no names. They are read in a
 * process of its own, where nothing leads imports astray: not the bundles of before, not a test runner.
 */
async function readDoors(specifiers: readonly string[]): Promise<string[]> {
  const script = `const read = async name => Object.keys(await import(name))
    console.log(JSON.stringify(await Promise.all(${JSON.stringify(specifiers)}.map(read))))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] },
    maxBuffer: 8 << 20,
  })
  return (JSON.parse(stdout) as string[][]).map((names, i) => doorOf(specifiers[i]!, names))
}

function doorOf(specifier: string, names: readonly string[]): string {
  if (!names.includes('module.exports'))
    return `export * from '${specifier}'\n${names.includes('default') ? `export { default } from '${specifier}'\n` : ''}`
  const renamed = names
    .filter(name => name !== 'default' && name !== 'module.exports')
    .map((name, i) => `const name${i} = all[${JSON.stringify(name)}]; export { name${i} as ${name} }`)
  return `import all from '${specifier}'\nexport default all\n${renamed.join('\n')}\n`
}
