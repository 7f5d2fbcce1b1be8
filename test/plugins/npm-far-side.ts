import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Release {
  readonly tarball: Uint8Array
  readonly more?: Record<string, unknown>
  readonly dist?: Record<string, unknown>
}

/** A server that answers as a registry of npm does: a document for each package, with real hashes, and tarballs. */
export async function openNpmFarSide() {
  const packages = new Map<string, { tags: Record<string, string>; versions: Map<string, Release> }>()
  const asked: Pick<IncomingMessage, 'url' | 'headers'>[] = []
  let signer: Signer | undefined
  const answers = new Map<string, { status: number; body: string | Uint8Array; location?: string }>()
  const server = createServer((request, response) => {
    asked.push({ url: request.url, headers: request.headers })
    const { status, body, location } = { location: undefined, ...(answers.get(request.url!) ?? answer(request.url!)) }
    response.writeHead(status, {
      'content-type': typeof body === 'string' ? 'application/json' : 'application/gzip',
      ...(location === undefined ? {} : { location }),
    })
    response.end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  const tarballPath = (name: string, version: string) => `${name}/-/${name.split('/').at(-1)}-${version}.tgz`
  function answer(path: string): { status: number; body: string | Uint8Array } {
    if (path === '/-/npm/v1/keys' && signer) return { status: 200, body: JSON.stringify({ keys: [signer.entry] }) }
    for (const [name, { tags, versions }] of packages) {
      if (path === `/${name.replace('/', '%2f')}`)
        return { status: 200, body: JSON.stringify(document(name, tags, versions)) }
      for (const [version, { tarball }] of versions)
        if (path === `/${tarballPath(name, version)}`) return { status: 200, body: tarball }
    }
    return { status: 404, body: JSON.stringify({ error: 'Not found' }) }
  }
  function document(name: string, tags: Record<string, string>, versions: ReadonlyMap<string, Release>) {
    const released = Array.from(versions, ([version, { tarball, more, dist }]) => {
      const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
      const entry = {
        name,
        version,
        _npmUser: { name: 'acme-bot', email: 'bot@acme.example' },
        ...more,
        dist: {
          tarball: url + tarballPath(name, version),
          shasum: createHash('sha1').update(tarball).digest('hex'),
          integrity,
          fileCount: 3,
          ...(signer ? { signatures: [signer.sign(`${name}@${version}:${integrity}`)] } : {}),
          ...dist,
        },
      }
      return [version, entry]
    })
    const time = Object.fromEntries(Array.from(versions.keys(), version => [version, '2026-03-01T12:00:00.000Z']))
    return { _id: name, name, 'dist-tags': tags, versions: Object.fromEntries(released), time }
  }

  return {
    url,
    asked,
    /** Signs from now on with a key of its own, as npm does; `expires` in ISO 8601. */
    signAll(expires: string | null = null): Signer {
      return (signer = makeSigner(expires))
    },
    /** A path that answers otherwise. */
    answers,
    publish(
      name: string,
      version: string,
      tarball: Uint8Array,
      release: Omit<Release, 'tarball'> = {},
      tag = 'latest',
    ) {
      const entry = packages.get(name) ?? { tags: {}, versions: new Map<string, Release>() }
      entry.versions.set(version, { tarball, ...release })
      entry.tags[tag] = version
      packages.set(name, entry)
    },
    tarballPath: (name: string, version: string) => `/${tarballPath(name, version)}`,
    clear() {
      packages.clear()
      answers.clear()
      asked.length = 0
      signer = undefined
    },
    close: () => new Promise<void>(resolve => (server.closeAllConnections(), server.close(() => resolve()))),
  }
}
export type Signer = ReturnType<typeof makeSigner>

/** ECDSA on P-256 over `name@version:integrity`, as docs.npmjs.com/about-registry-signatures describes it. */
export function makeSigner(expires: string | null = null) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const keyid = `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
  const kind = 'ecdsa-sha2-nistp256'
  return {
    entry: { expires, keyid, keytype: kind, scheme: kind, key: der.toString('base64') },
    sign: (text: string) => ({ keyid, sig: sign('sha256', Buffer.from(text), privateKey).toString('base64') }),
  }
}
export type NpmFarSide = Awaited<ReturnType<typeof openNpmFarSide>>
