import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Manifest, sha256 } from '../../core/plugins/manifest.ts'

export type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> }

/** A package of its own, made from the built one and spoiled: `edit` for the manifest, `bundle` for the code (hash made to fit). */
export async function spoil(
  folder: string,
  { edit, bundle }: { edit?: (manifest: Mutable<Manifest>) => void; bundle?: string },
): Promise<void> {
  const manifest = JSON.parse(await readFile(join(folder, 'plugin.json'), 'utf8')) as Mutable<Manifest>
  if (bundle !== undefined) {
    await writeFile(join(folder, 'plugin.js'), bundle)
    manifest.bundle = { sha256: sha256(bundle), bytes: Buffer.byteLength(bundle) }
  }
  edit?.(manifest)
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(manifest))
}

export const MINIMAL = `export default { id: 'probe', actions: { greet: { run() {} } }, triggers: {} }`
export const onlyGreet = (manifest: Mutable<Manifest>) => {
  manifest.actions = { greet: manifest.actions['greet']! }
  manifest.provides = {}
}
