import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { sha256 } from '../../core/plugins/manifest.ts'

const PLUGINS = join(import.meta.dirname, '../../plugins')

/**
 * Builds one of our plugins into a folder, with the far side's port behind the hosts that it talks to: which port is free is
 * known only now. Nothing else of its code or manifest is changed.
 */
export async function packAgainst(
  id: string,
  folder: string,
  hosts: readonly string[],
  port: number,
  sources: string = PLUGINS,
): Promise<void> {
  await buildPlugin(join(sources, id), folder)
  const here = (text: string) =>
    hosts.reduce((changed, host) => changed.replaceAll(`https://${host}`, `https://${host}:${port}`), text)
  const bundle = here(await readFile(join(folder, 'plugin.js'), 'utf8'))
  const manifest = JSON.parse(here(await readFile(join(folder, 'plugin.json'), 'utf8'))) as {
    permissions: { hosts: { host: string; port?: number }[]; credentials: { hosts: string[] }[] }
    bundle: { sha256: string; bytes: number }
  }
  for (const asked of manifest.permissions.hosts) if (hosts.includes(asked.host)) asked.port = port
  for (const asked of manifest.permissions.credentials)
    asked.hosts = asked.hosts.map(name => (hosts.includes(name) ? `${name}:${port}` : name))
  manifest.bundle = { sha256: sha256(bundle), bytes: Buffer.byteLength(bundle) }
  await writeFile(join(folder, 'plugin.js'), bundle)
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(manifest))
}
