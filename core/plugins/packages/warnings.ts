import { didYouMean } from '../../did-you-mean.ts'
import { compareVersions } from '../../version-range.ts'
import type { InstallationSource } from '../entities.ts'
import { type RaisedLimit, raisedLimits, raisedSentence } from '../limits-sentence.ts'
import type { Manifest } from '../manifest.ts'
import type { Installation } from '../registry.ts'

/** What whoever installs should look at twice; nothing of it stops them. */
export type PackageWarning =
  | { readonly code: 'NEAR_NAME'; readonly name: string; readonly known: string }
  | { readonly code: 'CLAIMS_PUBLISHER'; readonly publisher: string }
  | { readonly code: 'OTHER_SOURCE'; readonly before: string; readonly now: string }
  | { readonly code: 'OLDER'; readonly installed: string }
  | { readonly code: 'DEPRECATED'; readonly reason: string }
  | { readonly code: 'LARGE'; readonly kib: number }
  | { readonly code: 'MORE_LIMITS'; readonly raised: readonly RaisedLimit[] }

/** From here on a bundle is worth a warning: it is compiled again in every isolate. */
export const LARGE_BUNDLE_BYTES = 300 * 1024
/** Our own plugins say this of themselves. */
const OUR_PUBLISHER = /^\s*trae(\s*os)?\s*$/i

/** `known`: ids of plugins that people here know, and of services. */
export function packageWarnings(
  manifest: Manifest,
  source: InstallationSource,
  known: ReadonlySet<string>,
  installed: Pick<Installation, 'version' | 'source' | 'manifest'> | undefined,
): PackageWarning[] {
  const { id, publisher, version, bundle } = manifest
  const raised = installed ? raisedLimits(manifest, installed.manifest) : []
  const near = known.has(id) ? undefined : didYouMean(id, known)
  const [before, now] = [installed && sourceShown(installed.source), sourceShown(source)]
  return [
    ...(near ? [{ code: 'NEAR_NAME', name: id, known: near } as const] : []),
    ...(source.kind !== 'built-in' && OUR_PUBLISHER.test(publisher)
      ? [{ code: 'CLAIMS_PUBLISHER', publisher } as const]
      : []),
    ...(before !== undefined && before !== now ? [{ code: 'OTHER_SOURCE', before, now } as const] : []),
    ...(installed && compareVersions(version, installed.version) < 0
      ? [{ code: 'OLDER', installed: installed.version } as const]
      : []),
    ...(source.kind === 'npm' && source.deprecated ? [{ code: 'DEPRECATED', reason: source.deprecated } as const] : []),
    ...(raised.length > 0 ? [{ code: 'MORE_LIMITS', raised } as const] : []),
    ...(bundle.bytes > LARGE_BUNDLE_BYTES ? [{ code: 'LARGE', kib: Math.round(bundle.bytes / 1024) } as const] : []),
  ]
}

/** Where a package came from, apart from its version: two of the same plugin should have the same. */
export function sourceShown(source: InstallationSource): string {
  switch (source.kind) {
    case 'built-in':
      return 'TRAE OS'
    case 'folder':
      return source.path
    case 'tarball':
      return source.name.replace(/-?v?\d+\.\d+\.\d+.*$|\.t(?:ar\.)?gz$/, '') // the version is part of the file's name
    case 'url':
      return source.url.replaceAll(/v?\d+\.\d+\.\d+[^/]*?(?=\/|\.t(?:ar\.)?gz$|$)/g, '*')
    case 'npm':
      return `${source.name} (${new URL(source.registry).host})`
    default:
      return source satisfies never
  }
}

/** The warning in plain words. Portuguese for `pt` and `pt-BR`, else English. */
export function warningSentence(warning: PackageWarning, locale: string): string {
  const pt = locale.toLowerCase().startsWith('pt')
  switch (warning.code) {
    case 'NEAR_NAME':
      return pt
        ? `O nome ${warning.name} se parece com ${warning.known}, que você conhece. Confira se é este mesmo que você quer.`
        : `The name ${warning.name} is near ${warning.known}, which you know. See that it is the one you mean.`
    case 'CLAIMS_PUBLISHER':
      return pt
        ? `Diz ser publicado por “${warning.publisher}”, mas não vem com o TRAE OS.`
        : `It says that its publisher is “${warning.publisher}”, but it does not come with TRAE OS.`
    case 'OTHER_SOURCE':
      return pt
        ? `A versão instalada veio de ${warning.before}; esta vem de ${warning.now}.`
        : `The installed version came from ${warning.before}; this one comes from ${warning.now}.`
    case 'OLDER':
      return pt
        ? `É mais antiga que a versão instalada, ${warning.installed}.`
        : `It is older than the installed version, ${warning.installed}.`
    case 'DEPRECATED':
      return pt
        ? `O autor pede que esta versão não seja mais usada: ${warning.reason}`
        : `Its author asks that this version be used no more: ${warning.reason}`
    case 'LARGE':
      return pt
        ? `O código tem ${warning.kib} KB: a primeira chamada será lenta.`
        : `Its code has ${warning.kib} KB: the first call will be slow.`
    case 'MORE_LIMITS':
      return raisedSentence(warning.raised, locale)
    default:
      return warning satisfies never
  }
}
