import { didYouMean } from '../../did-you-mean.ts'
import { TraeError } from '../../errors.ts'
import { EVENT_SCHEMAS } from '../../playbooks/event-schemas.ts'
import type { Manifest } from '../manifest.ts'
import type { PluginPackage } from '../packages/read-package.ts'
import { checkInput } from '../validators.ts'
import { lineWith, type Place, placeOf, type PluginSource } from './plugin-sources.ts'
import { unusedPermissions } from './unused-permissions.ts'

/** What somebody who meets the plugin would miss. Nothing of it keeps a host from installing it. */
export interface LintFinding {
  readonly message: string
  readonly place: Place | undefined
}

/** What fits on a card and in the list of an editor, in characters. */
const LONG_PLUGIN = 200
const LONG_ACTION = 300

/** Looks at a built plugin with a reader's eyes: samples, permissions that nothing uses, texts in both languages, lengths. */
export function lintPlugin(
  { manifest, bundle }: Pick<PluginPackage, 'manifest' | 'bundle'>,
  sources: readonly PluginSource[],
): LintFinding[] {
  const at = (...key: string[]) => placeOf(sources, key)
  return [
    ...samples(manifest, at),
    ...unusedPermissions(manifest, bundle).map(({ permission, written }) => ({
      message: `asks for ${permission}, and nothing in it seems to use that. Ask for less, or say where it is used.`,
      place: lineWith(sources, written) ?? at('permissions'),
    })),
    ...unheard(manifest, at),
    ...languages(manifest, bundle, at),
    ...lengths(manifest, at),
  ]
}

type At = (...key: string[]) => Place | undefined

function samples({ actions, triggers }: Manifest, at: At): LintFinding[] {
  const missing = (kind: 'actions' | 'triggers', name: string) => ({
    message: `${kind}.${name} has no sample, so the editor, the documentation and tests can show none.`,
    place: at(kind, name),
  })
  return [
    ...Object.entries(actions).flatMap(([name, action]) => {
      if (action.sample === undefined) return [missing('actions', name)]
      const misfit = misfitOf(() => checkInput(`actions.${name}.sample`, action, action.sample))
      return misfit === undefined ? [] : [{ message: misfit, place: at('actions', name, 'sample') }]
    }),
    ...Object.entries(triggers).flatMap(([name, trigger]) =>
      trigger.kind !== 'event' && trigger.sample === undefined ? [missing('triggers', name)] : [],
    ),
  ]
}

/** Any type may be heard of, for playbooks and other plugins tell events as well; a letter or two beside one of the host is a slip. */
function unheard({ triggers }: Manifest, at: At): LintFinding[] {
  return Object.entries(triggers).flatMap(([name, trigger]) => {
    if (trigger.kind !== 'event' || EVENT_SCHEMAS.has(trigger.event)) return []
    const meant = didYouMean(trigger.event, EVENT_SCHEMAS.keys(), 2)
    if (meant === undefined) return []
    const message = `triggers.${name} hears of ${trigger.event}, which the host never tells. Did you mean ${meant}?`
    return [{ message, place: at('triggers', name, 'event') }]
  })
}

function misfitOf(check: () => unknown): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof TraeError && error.code === 'VALIDATION') return error.message
    throw error
  }
}

/**
 * The manifest itself is in English, so English needs only the texts that `ctx.t` gives; Portuguese needs the
 * titles as well, and what the plugin is.
 */
function languages(manifest: Manifest, bundle: string, at: At): LintFinding[] {
  const { messages, actions } = manifest
  const [en, pt] = [messages['en'] ?? {}, messages['pt-BR'] ?? {}]
  const described = ['plugin.title', 'plugin.description', ...Object.keys(actions).map(name => `actions.${name}.title`)]
  const isTitle = (key: string) => described.includes(key) || /^(plugin|actions|triggers)\./.test(key)
  const asked = Array.from(bundle.matchAll(/\bt\(\s*["'`]([^"'`$]+)["'`]/g), ([, key]) => key!)
  const texts = [...new Set([...asked, ...Object.keys(en), ...Object.keys(pt)])].filter(key => !isTitle(key))
  const lacking = (language: string, has: Readonly<Record<string, string>>, wanted: readonly string[]) => {
    const lacks = wanted.filter(key => !Object.hasOwn(has, key))
    if (lacks.length === 0) return []
    const known = Object.hasOwn(messages, language)
    const shown = `${lacks.slice(0, 4).join(', ')}${lacks.length > 4 ? ` and ${lacks.length - 4} more` : ''}`
    return [
      {
        message: known
          ? `the messages in ${language} lack ${shown}.`
          : `there are no messages in ${language}; it needs ${shown}.`,
        place: at('messages'),
      },
    ]
  }
  return [...lacking('en', en, texts), ...lacking('pt-BR', pt, [...described, ...texts])]
}

function lengths({ description, actions, triggers }: Manifest, at: At): LintFinding[] {
  const long = (text: string, most: number, ...key: string[]) =>
    text.length <= most
      ? []
      : [
          {
            message: `${key.join('.')} has ${text.length} characters; from ${most} on nobody reads it to its end. Put the rest into a README.`,
            place: at(...key),
          },
        ]
  return [
    ...long(description, LONG_PLUGIN, 'description'),
    ...Object.entries(actions).flatMap(([name, each]) =>
      long(each.description, LONG_ACTION, 'actions', name, 'description'),
    ),
    ...Object.entries(triggers).flatMap(([name, each]) =>
      long(each.description, LONG_ACTION, 'triggers', name, 'description'),
    ),
  ]
}
