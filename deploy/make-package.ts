import { execFileSync } from 'node:child_process'
import { cp, readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/**
 * What `npm pack` puts into the package for authors of plugins, made in dist/package: the program as plain JavaScript, because
 * Node strips no types inside of node_modules; declarations of what authors import; our plugins as built and the prepared database.
 */
const ROOT = resolve(import.meta.dirname, '..')
const OUT = join(ROOT, 'dist/package')

await rm(OUT, { recursive: true, force: true })
const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
const compile = async (name: string, compilerOptions: object, files: object) => {
  const project = join(ROOT, `dist/tsconfig.${name}.json`)
  const options = { noEmit: false, outDir: 'package', rootDir: '..', noCheck: true, allowJs: false, checkJs: false }
  await writeFile(
    project,
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: { ...options, ...compilerOptions },
      exclude: [],
      ...files,
    }),
  )
  execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' })
  await rm(project)
}
await compile('package', {}, { include: ['../core', '../graphql'] })
await compile(
  'declarations',
  { declaration: true, emitDeclarationOnly: true },
  { include: [], files: ['../core/sdk/sdk.ts', '../core/testing/testing.ts'] },
)

for (const entry of await readdir(join(ROOT, 'core'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith('.ts')) continue
  const path = join(entry.parentPath, entry.name).slice(ROOT.length + 1)
  await cp(join(ROOT, path), join(OUT, path))
}
await cp(join(ROOT, 'package.json'), join(OUT, 'package.json'))
for (const name of await readdir(join(ROOT, 'dist')))
  if (name === 'plugins' || name.startsWith('pglite-seed-'))
    await cp(join(ROOT, 'dist', name), join(OUT, 'dist', name), { recursive: true })
