import { access, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Manifest } from './manifest.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** Where the sources of our plugins are, and what `trae build` makes of them. */
export const SOURCES = join(ROOT, 'plugins')
export const BUILT = join(ROOT, 'dist/plugins')

/** Ids of the plugins that come with TRAE OS: nobody else's may have one of these. */
export async function ourPluginIds(): Promise<ReadonlySet<string>> {
  const folders = [...(await foldersOf(SOURCES, 'index.ts')), ...(await foldersOf(BUILT, 'plugin.json'))]
  return new Set(folders.map(folder => basename(folder)))
}

/** Is it installed in every workspace by itself? What needs an account at a vendor is not: a person chooses it. */
export const comesByItself = ({ credentials }: Pick<Manifest, 'credentials'>): boolean =>
  Object.keys(credentials).length === 0

/** The folder of a plugin of ours that was built; undefined where no plugin of ours has this id. */
export async function builtFolder(id: string, builtDir: string = BUILT): Promise<string | undefined> {
  return (await foldersOf(builtDir, 'plugin.json')).find(folder => basename(folder) === id)
}

/** Folders directly below, by name; only those that hold `file`, where one is named. None where there is no such folder. */
export async function foldersOf(directory: string, file?: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const folders = entries
    .filter(entry => entry.isDirectory())
    .map(entry => join(directory, entry.name))
    .sort()
  if (file === undefined) return folders
  const held = await Promise.all(
    folders.map(folder =>
      access(join(folder, file)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return folders.filter((_, i) => held[i])
}
