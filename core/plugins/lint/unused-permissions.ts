import { proofOf } from '../described-trigger.ts'
import type { Manifest } from '../manifest.ts'

export interface UnusedPermission {
  /** As a sentence names it. */
  readonly permission: string
  /** What to look for in the source. */
  readonly written: string
}

/**
 * Permissions that the text of the bundle shows no use of. Text only: a name that is put together while it runs is not seen,
 * so whatever could be a use counts as one, and what is found is a hint.
 */
export function unusedPermissions(
  { permissions, credentials, triggers }: Manifest,
  bundle: string,
): UnusedPermission[] {
  const { hosts, records, events, storage, llm, memory, schedule } = permissions
  const declared = JSON.stringify({ permissions, credentials })
  // Used is what is written more often than it is asked for; not written in its place at all: it comes from a constant
  const unused = (text: string, literal: RegExp) =>
    literal.test(bundle) && occurrences(bundle, text) <= occurrences(declared, text)
  const verified = Object.values(triggers).flatMap(each => {
    const secret = proofOf(each)?.secret ?? 'own'
    return [
      ...(each.kind === 'poll' && each.credential !== undefined ? [each.credential] : []),
      ...(secret === 'own' ? [] : [secret.credential]),
    ]
  })
  const hears = new Set(Object.values(triggers).map(each => (each.kind === 'event' ? `on:${each.event}` : '')))
  return [
    ...hosts
      .filter(({ host }) => unused(host.replace(/^\*/, ''), asked('host', host)))
      .map(({ host }) => ({ permission: `the host ${host}`, written: host })),
    ...permissions.credentials
      .filter(({ name }) => !verified.includes(name) && !/\bcredential\b/.test(withoutDefinition(bundle)))
      .map(({ name }) => ({ permission: `the credential ${name}`, written: name })),
    ...records
      .filter(({ name }) => !new RegExp(`\\b${name.split(':')[0]}\\b(?!:(?:read|write))`).test(bundle))
      .map(({ name }) => ({ permission: name, written: name })),
    ...events
      .filter(({ name }) => !hears.has(name) && unused(name.slice(name.indexOf(':') + 1), asked('name', name)))
      .map(({ name }) => ({ permission: name, written: name })),
    ...(storage && !/\bstorage\b(?!\s*:\s*\{\s*(?:bytes|reason)\b)/.test(bundle)
      ? [{ permission: 'storage', written: 'storage' }]
      : []),
    ...(llm && !/\bllm\b(?!\s*:\s*\{\s*(?:models|tokensPer|reason))/.test(bundle)
      ? [{ permission: 'the model', written: 'llm' }]
      : []),
    ...(memory?.length && !/\bmemory\b(?!\s*:\s*\[)/.test(bundle)
      ? [{ permission: 'the memory', written: 'memory' }]
      : []),
    ...(schedule && !/\bschedule\b(?!\s*:\s*\{\s*(?:calls|reason)\b)/.test(bundle)
      ? [{ permission: 'the schedule', written: 'schedule' }]
      : []),
  ]
}

/** Without keys and reasons of the definition: `credential` as an option of a call is written `credential:` or by itself. */
const withoutDefinition = (bundle: string) => bundle.replace(/\bcredentials\b/g, '')

/** As the definition itself writes it; where a constant stands there, that may be used anywhere. */
const asked = (key: string, text: string) => new RegExp(`\\b${key}:\\s*["'\`]${text.replace(/[^\w-]/g, '\\$&')}["'\`]`)
const occurrences = (text: string, part: string) => text.split(part).length - 1
