import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compilePolicy } from '../decisions/compile-policy.ts'
import type { Catalog } from '../playbooks/catalog.ts'
import { playbooksBeside } from '../playbooks/playbooks-beside.ts'

/** What these files can use: the catalog, and the playbooks and decision policies that stand in their folders. */
export async function folderCatalog(catalog: Catalog, files: readonly string[]): Promise<Catalog> {
  const folders = new Set(files.map(dirname))
  const listed = await Promise.all(
    [...folders].map(async folder => (await readdir(folder).catch(() => [])).map(name => join(folder, name))),
  )
  const paths = new Set([
    ...files,
    ...listed.flat().filter(path => /\.ya?ml$/.test(path) && !/\.test\.ya?ml$/.test(path)),
  ])
  const sources = await Promise.all([...paths].map(path => readFile(path, 'utf8').catch(() => '')))
  const known = { ...catalog, policies: await policiesIn([...folders].map(folder => join(folder, 'policies'))) }
  return { ...known, playbooks: playbooksBeside(sources, known) }
}

/** Of the files that can be read; undefined where there is no such folder. */
async function policiesIn(folders: readonly string[]): Promise<Catalog['policies']> {
  const texts = await Promise.all(folders.map(policyTexts))
  if (texts.every(found => found === undefined)) return undefined
  const sources = texts.flatMap(found => found ?? [])
  const compiled = sources.flatMap(source => compilePolicy(source).policy ?? [])
  return new Map(
    compiled.map(({ id, inputs, options }) => [id, { input: inputs.schema, options: options.map(({ key }) => key) }]),
  )
}

/** The texts of the policies in a folder; undefined where there is no such folder. */
export async function policyTexts(folder: string): Promise<string[] | undefined> {
  const names = await readdir(folder).catch(() => undefined)
  return (
    names && Promise.all(names.filter(name => /\.ya?ml$/.test(name)).map(name => readFile(join(folder, name), 'utf8')))
  )
}
