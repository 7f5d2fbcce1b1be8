import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Catalog } from '../playbooks/catalog.ts'
import { playbooksBeside } from '../playbooks/playbooks-beside.ts'

/** What these files can use: the catalog, and the playbooks that stand in their folders. */
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
  return { ...catalog, playbooks: playbooksBeside(sources, catalog) }
}
