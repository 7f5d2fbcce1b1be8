import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Core } from '../../context.ts'
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
export async function findOnNpm(core: Pick<Core, 'config'>, spec: string): Promise<NpmRelease> {
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
async function keysOf(core: Pick<Core, 'config'>): Promise<RegistryKeys> {
  try {
    const answer = await json(core, new URL('-/npm/v1/keys', core.config.pluginRegistry.url), 'its signing keys')
    return registryKeys.safeParse(answer).data?.keys ?? []
  } catch (error) {
    if (error instanceof TraeError && error.code === 'NOT_FOUND') return []
    throw error
  }
}

/** The tarball, verified against the hash of the registry. Throws `MANIFEST` where it does not fit, `UNAVAILABLE`. */
export async function downloadFromNpm(
  core: Pick<Core, 'config'>,
  { source, tarball }: NpmRelease,
): Promise<Uint8Array> {
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
async function provenanceOf(core: Pick<Core, 'config'>, url: URL, integrity: string): Promise<NpmProvenance | null> {
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

async function json(core: Pick<Core, 'config'>, url: URL, what: string): Promise<unknown> {
  const bytes = await get(core, url, what, MAX_PACKUMENT_BYTES)
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

async function get(core: Pick<Core, 'config'>, url: URL, what: string, maxBytes: number): Promise<Uint8Array> {
  const { url: registry, token } = core.config.pluginRegistry
  const unavailable = (why: string, cause?: unknown) =>
    new TraeError('UNAVAILABLE', `${registry} ${why} (asked for ${what}). Nothing was changed.`, { cause })
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json, */*', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    if (response.status === 404) throw new TraeError('NOT_FOUND', `There is no ${what} on ${registry}.`)
    if (response.status === 401 || response.status === 403)
      throw unavailable(`refuses with ${response.status}: set TRAE_PLUGIN_REGISTRY_TOKEN to a token that may read`)
    if (!response.ok) throw unavailable(`answered ${response.status}`)
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > maxBytes) throw refused(`${what} on ${registry} is larger than ${maxBytes / 1024 / 1024} MiB.`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (error instanceof TraeError) throw error
    throw unavailable('cannot be reached, or broke off', error)
  }
}
