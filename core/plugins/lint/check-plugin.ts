import { basename, join, resolve, sep } from 'node:path'
import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import { ourPluginIds, SOURCES } from '../our-plugins.ts'
import { listPermissions, permissionSentence } from '../permissions.ts'
import { RESERVED_IDS } from '../services.ts'
import { buildApart } from '../packages/build-apart.ts'
import { checkPackage } from '../packages/check-package.ts'
import type { PluginPackage } from '../packages/read-package.ts'
import { packageWarnings, warningSentence } from '../packages/warnings.ts'
import { lintPlugin } from './lint-plugin.ts'
import { placeOf, type PluginSource, readSources } from './plugin-sources.ts'

/** One thing that was found. `file` is below the folder of the plugin; `line` from 1, where it is known. */
export interface PluginFinding {
  /** `problem`: no host would install it; `warning`: whoever reads it misses something. */
  readonly kind: 'problem' | 'warning'
  readonly message: string
  readonly file?: string | undefined
  readonly line?: number | undefined
}

export interface PluginCheck {
  readonly findings: readonly PluginFinding[]
  /** What whoever installs it is asked, in plain English. */
  readonly permissions: readonly string[]
  /** There when nothing stands against it. */
  readonly package: PluginPackage | undefined
}

/**
 * Builds a plugin and says what an installation would say, and what a reader would miss. Writes nothing. Rejects only where this
 * program itself fails, and with `NOT_FOUND` where the folder holds no plugin.
 */
export async function checkPlugin(core: Pick<Core, 'sandbox'>, folder: string): Promise<PluginCheck> {
  const source = resolve(folder)
  const sources = await readSources(source).catch((cause: NodeJS.ErrnoException) => {
    throw new TraeError('NOT_FOUND', `${source} is no folder that can be read (${cause.code}).`, { cause })
  })
  if (!sources.some(({ path }) => path === 'index.ts'))
    throw new TraeError(
      'NOT_FOUND',
      `${source} holds no index.ts: it is no plugin. Make one with \`trae plugin new ${basename(source)}\`.`,
    )
  const report = await checkPackage(core, () => buildApart(source), { ours: source.startsWith(SOURCES + sep) })
  const problems = report.problems.map(text => located(source, sources, text))
  const found = report.package
  if (!found) return { findings: problems, permissions: [], package: undefined }
  const known = new Set([...(await ourPluginIds()), ...RESERVED_IDS])
  const warnings: PluginFinding[] = [
    ...packageWarnings(found.manifest, { kind: 'folder', path: source }, known, undefined)
      .filter(({ code }) => code !== 'CLAIMS_PUBLISHER' || !source.startsWith(SOURCES + sep))
      .map(warning => ({
        kind: 'warning' as const,
        message: warningSentence(warning, 'en'),
        ...placeOf(
          sources,
          warning.code === 'CLAIMS_PUBLISHER' ? ['publisher'] : warning.code === 'LARGE' ? [] : ['id'],
        ),
      })),
    ...lintPlugin(found, sources).map(({ message, place }) => ({ kind: 'warning' as const, message, ...place })),
  ]
  return {
    findings: [...problems, ...warnings],
    permissions: listPermissions(found.manifest.permissions).map(asked => permissionSentence(asked, 'en')),
    package: found,
  }
}

/** A problem as it was said, `/…/index.ts: actions.greet.title: …` or `/…/a.ts:3:1: …`, with the place taken out of it. */
function located(source: string, sources: readonly PluginSource[], text: string): PluginFinding {
  const below = text.startsWith(source + sep) ? text.slice(source.length + 1) : text
  const [, file, line, said] = /^([^\s:]+\.\w+):(\d+):\d+: ([^]*)$/.exec(below) ?? []
  if (file !== undefined)
    return { kind: 'problem', message: said!, file: file.replaceAll('\\', '/'), line: Number(line) }
  const message = below.replace(/^index\.ts:? /, '')
  const key = /^(?:the key )?([\w-]+(?:\.[\w-]+)*):? /.exec(message)?.[1]?.split('.') ?? []
  const place = placeOf(sources, key)
  return { kind: 'problem', message, ...(place ?? (below === message ? {} : { file: join('index.ts') })) }
}
