import { access, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
/** Where the sources of our plugins are, and what `trae build` makes of them. */
export const SOURCES = join(ROOT, 'plugins')
export const BUILT = join(ROOT, 'dist/plugins')

/** Ids of the plugins that come with TRAE OS: nobody else's may have one of these. */
export async function ourPluginIds(): Promise<ReadonlySet<string>> {
  const folders = [...(await foldersOf(SOURCES, 'index.ts')), ...(await foldersOf(BUILT, 'plugin.json'))]
  return new Set(folders.map(folder => basename(folder)))
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
