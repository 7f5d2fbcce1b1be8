import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Core } from '../../context.ts'
import { egress } from '../../credentials/egress.ts'
import { TraeError } from '../../errors.ts'
import type { NpmProvenance, NpmSource } from '../entities.ts'
import { chooseVersion, parseNpmSpec } from './npm-spec.ts'
import { type RegistryKeys, registryKeys, verifySignatures } from './npm-signature.ts'
import { MAX_TARBALL_BYTES, refused } from './package-limits.ts'

/** A version of a package on the registry, and where its tarball is. */
export interface NpmRelease {
  readonly source: NpmSource
  readonly tarball: URL
}

const MAX_PACKUMENT_BYTES = 20 * 1024 * 1024
const MAX_ATTESTATION_BYTES = 1024 * 1024
const PATIENCE_MS = 30_000
const MOST_REDIRECTS = 5
/** The registry of who has named none. */
const NPM = 'https://registry.npmjs.org/'

export type RegistryCore = Pick<Core, 'config' | 'egress'>

/** What is read of a registry's document about a package; everything else is passed over. */
const packument = z.object({
  'dist-tags': z.record(z.string(), z.string()).default({}),
  versions: z.record(
    z.string(),
    z.object({
      deprecated: z.union([z.string(), z.boolean()]).optional().catch(undefined),
      _npmUser: z.object({ name: z.string() }).optional().catch(undefined),
      dist: z.object({
        tarball: z.url({ protocol: /^https?$/ }),
        integrity: z.string().optional(),
        signatures: z
          .array(z.object({ keyid: z.string(), sig: z.string() }))
          .max(20)
          .default([]),
        attestations: z.object({ url: z.url() }).optional().catch(undefined),
      }),
    }),
  ),
  time: z.record(z.string(), z.string()).catch({}).default({}),
})

/**
 * Finds the version that `name@range` means on the registry of this host. Throws `BAD_USER_INPUT` for a name that is none,
 * `NOT_FOUND`, `MANIFEST` for a version without a hash or whose signature is not the registry's, `UNAVAILABLE` where the registry gives no answer that can be used.
 */
export async function findOnNpm(core: RegistryCore, spec: string): Promise<NpmRelease> {
  const { name, wanted } = parseNpmSpec(spec)
  const registry = core.config.pluginRegistry.url
  const found = packument.safeParse(await json(core, new URL(name.replace('/', '%2f'), registry), `${name}`))
  if (!found.success)
    throw new TraeError(
      'UNAVAILABLE',
      `What ${registry} says of ${name} cannot be understood. Is it an npm registry?`,
      {
        retryable: false,
      },
    )
  const { versions, time, 'dist-tags': tags } = found.data
  const version = chooseVersion(Object.keys(versions), tags, wanted)
  if (version === undefined)
    throw new TraeError(
      'NOT_FOUND',
      `${name} has no version ${wanted} on ${registry}; the newest is ${tags['latest'] ?? Object.keys(versions).at(-1) ?? 'none'}.`,
    )
  const { dist, deprecated, _npmUser } = versions[version]!
  if (!dist.integrity || !strongest(dist.integrity))
    throw refused(`${registry} gives no hash for ${name}@${version}, so what comes cannot be verified. Choose another.`)
  const { integrity, signatures } = dist
  const publishedAt = momentOf(time[version])
  const signed = { name, version, integrity, signatures, publishedAt }
  const source = {
    kind: 'npm',
    registry,
    name,
    version,
    integrity,
    publishedBy: _npmUser?.name ?? null,
    publishedAt,
    deprecated: deprecated ? String(deprecated === true ? 'no reason given' : deprecated).slice(0, 500) : null,
    provenance: dist.attestations ? await provenanceOf(core, new URL(dist.attestations.url), integrity) : null,
    signedWith: verifySignatures(signed, await keysOf(core), registry),
  } as const
  return { source, tarball: ownAddress(new URL(dist.tarball), registry, `${name}@${version}`) }
}

/** The keys that the registry signs with; none where it has no such list. Throws `UNAVAILABLE` where it cannot be asked. */
async function keysOf(core: RegistryCore): Promise<RegistryKeys> {
  try {
    const answer = await json(core, new URL('-/npm/v1/keys', core.config.pluginRegistry.url), 'its signing keys')
    return registryKeys.safeParse(answer).data?.keys ?? []
  } catch (error) {
    if (error instanceof TraeError && error.code === 'NOT_FOUND') return []
    throw error
  }
}

/** The tarball, verified against the hash of the registry. Throws `MANIFEST` where it does not fit, `UNAVAILABLE`. */
export async function downloadFromNpm(core: RegistryCore, { source, tarball }: NpmRelease): Promise<Uint8Array> {
  const what = `${source.name}@${source.version}`
  const bytes = await get(core, tarball, what, MAX_TARBALL_BYTES)
  const { algorithm, hashes } = strongest(source.integrity)!
  const actual = createHash(algorithm).update(bytes).digest('base64')
  if (hashes.includes(actual)) return bytes
  throw refused(
    `What ${tarball.host} sent for ${what} is not what ${source.registry} says it is: its ${algorithm} is ${actual}, expected ${hashes.join(' or ')}. Nothing was unpacked. Do not trust this copy.`,
  )
}

/** A registry's moment as ISO 8601 in UTC; null where it is none. */
function momentOf(text: string | undefined): string | null {
  const at = new Date(text ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

/** Hashes of the strongest algorithm in a Subresource Integrity text; undefined where there is none that can be trusted. */
function strongest(integrity: string): { algorithm: string; hashes: string[] } | undefined {
  const parts = Array.from(integrity.matchAll(/(sha\d+)-([A-Za-z0-9+/]+=*)/g), ([, algorithm, hash]) => ({
    algorithm: algorithm!,
    hash: hash!,
  }))
  for (const algorithm of ['sha512', 'sha384', 'sha256']) {
    const hashes = parts.filter(part => part.algorithm === algorithm).map(({ hash }) => hash)
    if (hashes.length > 0) return { algorithm, hashes }
  }
  return undefined
}

/** A registry serves its own tarballs; mirrors of npm leave the address of npm in their documents. */
function ownAddress(address: URL, registry: string, what: string): URL {
  const own = new URL(registry)
  if (address.origin === own.origin) return address
  if (address.host === 'registry.npmjs.org' || address.host === own.host)
    return new URL(address.pathname.slice(1), address.host === own.host ? own.origin : registry)
  throw refused(`${registry} says that ${what} is on ${address.host}, another host. It is not fetched from there.`)
}

const attestations = z.object({
  attestations: z.array(z.object({ bundle: z.object({ dsseEnvelope: z.object({ payload: z.string() }) }) })),
})
const builtFrom = z.object({
  subject: z.array(z.object({ digest: z.object({ sha512: z.string() }) })),
  predicate: z.object({
    buildDefinition: z.object({
      externalParameters: z.object({ workflow: z.object({ repository: z.string(), ref: z.string().optional() }) }),
    }),
  }),
})

/** Where the tarball of this hash was built, as the registry attests; null where it does not say so in a way that is known here. */
async function provenanceOf(core: RegistryCore, url: URL, integrity: string): Promise<NpmProvenance | null> {
  try {
    const address = ownAddress(url, core.config.pluginRegistry.url, 'the provenance')
    const answer = await get(core, address, 'the provenance', MAX_ATTESTATION_BYTES)
    for (const { bundle } of attestations.parse(JSON.parse(Buffer.from(answer).toString())).attestations) {
      const payload = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()) as unknown
      const { success, data } = builtFrom.safeParse(payload)
      const hashes = success
        ? data.subject.map(({ digest }) => Buffer.from(digest.sha512, 'hex').toString('base64'))
        : []
      if (!success || !hashes.some(hash => integrity.includes(`sha512-${hash}`))) continue
      const { repository, ref } = data.predicate.buildDefinition.externalParameters.workflow
      return { repository: repository.slice(0, 500), ref: ref?.slice(0, 200) ?? null }
    }
  } catch {
    // it is a kindness of the registry, and no condition
  }
  return null
}

async function json(core: RegistryCore, url: URL, what: string): Promise<unknown> {
  const bytes = await get(core, url, what, MAX_PACKUMENT_BYTES)
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

async function get(core: RegistryCore, url: URL, what: string, maxBytes: number): Promise<Uint8Array> {
  const { url: registry, token } = core.config.pluginRegistry
  const unavailable = (why: string, cause?: unknown) =>
    new TraeError('UNAVAILABLE', `${registry} ${why} (asked for ${what}). Nothing was changed.`, { cause })
  const headers = { accept: 'application/json, */*', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  try {
    const own = registry === NPM ? url : await fromOwn(url, registry, headers, maxBytes)
    const { status, bytes } = own instanceof URL ? await fromInternet(core, own, headers, maxBytes) : own
    if (status === 404) throw new TraeError('NOT_FOUND', `There is no ${what} on ${registry}.`)
    if (status === 401 || status === 403)
      throw unavailable(`refuses with ${status}: set TRAE_PLUGIN_REGISTRY_TOKEN to a token that may read`)
    if (status !== 200) throw unavailable(`answered ${status}`)
    return bytes
  } catch (error) {
    if (!(error instanceof TraeError)) throw unavailable('cannot be reached, or broke off', error)
    if (error.code === 'PAYLOAD_TOO_LARGE')
      throw refused(`${what} on ${registry} is larger than ${maxBytes / 1024 / 1024} MiB.`)
    if (error.code === 'PERMISSION' || error.code === 'VALIDATION')
      throw refused(
        `${registry}, asked for ${what}: ${error.message.replace(/^fetch: /, '')} Nothing was changed.`,
        error,
      )
    throw error
  }
}

interface Answer {
  readonly status: number
  readonly bytes: Uint8Array
}
type Headers = Readonly<Record<string, string>>

/**
 * From the registry that the operator of this host has named, wherever it is: inside of their network as well, by http as well. Where
 * it sends us elsewhere, the address that it names: that one nobody has named.
 */
async function fromOwn(url: URL, registry: string, headers: Headers, maxBytes: number): Promise<Answer | URL> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  let at = url
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await fetch(at, { headers, signal, redirect: 'manual' })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null)
      return { status: response.status, bytes: await bytesOf(response, maxBytes) }
    await response.body?.cancel()
    at = new URL(location, at)
    if (at.origin !== new URL(registry).origin) return at
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects`)
}

async function bytesOf(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw new TraeError('PAYLOAD_TOO_LARGE', 'The answer is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** By the rules of all that leaves this host, redirects included. The token goes to the registry alone. */
async function fromInternet(core: RegistryCore, url: URL, headers: Headers, maxBytes: number): Promise<Answer> {
  const { authorization: _token, ...open } = headers
  const isRegistry = url.origin === new URL(core.config.pluginRegistry.url).origin
  const limits = { totalMs: PATIENCE_MS, ...core.egress.limits, responseBytes: maxBytes }
  const policy = { ...core.egress, allows: () => true, limits, encoding: 'latin1' } as const
  const request = { url: url.href, method: 'GET', headers: isRegistry ? headers : open }
  const { status, body } = await egress(request, policy)
  return { status, bytes: Buffer.from(body, 'latin1') }
}
