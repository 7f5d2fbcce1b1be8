import { TraeError } from '../../errors.ts'
import { compareVersions, isVersion, isVersionRange, versionFits } from '../../version-range.ts'

/** `name`, `name@range`, `name@tag`, `@scope/name@range`. */
export interface NpmSpec {
  readonly name: string
  /** A range of versions or a tag; `latest` where nothing was said. */
  readonly wanted: string
}

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

/** Throws `BAD_USER_INPUT`. */
export function parseNpmSpec(text: string): NpmSpec {
  const spec = text.trim().replace(/^npm:/, '')
  const at = spec.indexOf('@', 1)
  const [name, wanted] = at === -1 ? [spec, 'latest'] : [spec.slice(0, at), spec.slice(at + 1).trim()]
  if (name.length > 214 || !NAME.test(name))
    throw new TraeError(
      'BAD_USER_INPUT',
      `${JSON.stringify(text)} is no name of an npm package; write name, name@^1 or @scope/name@1.2.3.`,
    )
  if (!isVersionRange(wanted) && !/^[a-z][a-z0-9._-]*$/i.test(wanted))
    throw new TraeError(
      'BAD_USER_INPUT',
      `${JSON.stringify(wanted)} in ${JSON.stringify(text)} is neither a version, a range as ^1.2 nor a tag as latest.`,
    )
  return { name, wanted }
}

/** The version that is meant: a tag's; of a range the one tagged `latest` where it fits, else the highest. */
export function chooseVersion(
  versions: readonly string[],
  tags: Readonly<Record<string, string>>,
  wanted: string,
): string | undefined {
  const has = (version: string | undefined) => version !== undefined && versions.includes(version)
  if (!isVersionRange(wanted)) {
    const tagged = Object.hasOwn(tags, wanted) ? tags[wanted] : undefined
    return has(tagged) ? tagged : undefined
  }
  const latest = tags['latest']
  if (latest !== undefined && has(latest) && versionFits(latest, wanted)) return latest
  return versions
    .filter(version => isVersion(version) && versionFits(version, wanted))
    .sort(compareVersions)
    .at(-1)
}
