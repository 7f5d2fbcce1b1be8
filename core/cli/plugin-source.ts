import { access, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type ErrorCode, TraeError } from '../errors.ts'
import { type PluginPackage, readPackage } from '../plugins/packages/read-package.ts'
import { packTarball } from '../plugins/packages/read-tarball.ts'
import { ask } from './host-graphql.ts'
import { type HostSession, reach } from './host-session.ts'
import { type Preview, PREVIEW } from './show-preview.ts'

/**
 * Hands a package to the host and answers what it would install: a folder or a tarball of this machine, else the name of an
 * npm package or the address of a tarball, which the host fetches itself. As for npm, a folder begins with `.` or `/`. Throws what the host says against it.
 */
export async function previewOnHost(session: HostSession, source: string): Promise<Preview> {
  if (isAddress(source) || !/^[.~/\\]|^[a-z]:[\\/]|\.t(?:ar\.)?gz$/i.test(source)) {
    const { pluginFetch } = await ask<{ pluginFetch: { preview: Preview | null; userErrors: UserErrors } }>(
      session,
      `mutation($input: PluginFetchInput!) { pluginFetch(input: $input) { preview { ${PREVIEW} } userErrors { code message } } }`,
      { input: { package: source } },
    )
    if (pluginFetch.preview) return pluginFetch.preview
    throw firstOf(pluginFetch.userErrors)
  }
  return previewTarball(session, await packed(resolve(source)))
}

export const isAddress = (source: string) => /^[a-z]+:\/\//i.test(source)

/** The same of a package in memory. */
export function previewPackageOnHost(session: HostSession, found: PluginPackage): Promise<Preview> {
  return previewTarball(session, tarballOf(found))
}

async function previewTarball(session: HostSession, { name, bytes }: { name: string; bytes: Uint8Array }) {
  const digest = await handIn(session, name, bytes)
  const { pluginPreview } = await ask<{ pluginPreview: Preview }>(
    session,
    `query($digest: String!) { pluginPreview(digest: $digest) { ${PREVIEW} } }`,
    { digest },
  )
  return pluginPreview
}

type UserErrors = readonly { readonly code: string; readonly message: string }[]

export function firstOf(errors: UserErrors): TraeError {
  const code = errors[0]?.code
  return new TraeError(
    code === 'NOT_FOUND' || code === 'CONFLICT' || code === 'UNAVAILABLE' ? code : 'BAD_USER_INPUT',
    errors.map(({ message }) => message).join('\n'),
  )
}

async function packed(path: string): Promise<{ name: string; bytes: Uint8Array }> {
  if (/\.t(?:ar\.)?gz$/i.test(path)) {
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      throw new TraeError('NOT_FOUND', `${path} cannot be read: ${cause.code}.`, { cause })
    })
    return { name: basename(path), bytes }
  }
  const built = join(path, 'dist')
  const folder =
    (await isThere(join(path, 'plugin.json'))) || !(await isThere(join(built, 'plugin.json'))) ? path : built
  return tarballOf(await readPackage(folder))
}

function tarballOf({ manifest, rawManifest, bundle, sourceMap }: PluginPackage): { name: string; bytes: Uint8Array } {
  return {
    name: `${manifest.id}-${manifest.version}.tgz`,
    bytes: packTarball({
      manifest: Buffer.from(JSON.stringify(rawManifest)),
      bundle: Buffer.from(bundle),
      sourceMap: sourceMap === undefined ? undefined : Buffer.from(sourceMap),
    }),
  }
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

async function handIn({ url, headers }: HostSession, name: string, bytes: Uint8Array): Promise<string> {
  const response = await reach(url, `/plugins/packages?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/gzip', ...headers },
    body: bytes as Uint8Array<ArrayBuffer>,
  })
  const answer = (await response.json().catch(() => ({}))) as Record<string, string>
  if (response.ok) return answer['digest']!
  throw new TraeError(
    (answer['code'] as ErrorCode) ?? 'UNAVAILABLE',
    answer['detail'] ?? `${url} answered ${response.status}.`,
  )
}
