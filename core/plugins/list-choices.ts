import type { ChoiceSource } from '../credentials/choice-source.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { didYouMean } from '../did-you-mean.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { fold } from '../words.ts'
import { type ActionCall, callAction, type CallCore } from './call-action.ts'
import type { Installation } from './registry.ts'
import { requireAccounts } from './known-accounts.ts'
import { resolveAction } from './resolve-action.ts'

/** What may be given as an input: `value` is what a playbook says. */
export interface Choice {
  readonly value: string
  readonly label: string
  readonly note: string | null
}

export type ChoicesCore = CallCore & Pick<Core, 'clock' | 'plugins'>

/** How long an answer of a vendor is good for. */
const FRESH_MS = 60_000
/** More than a person reads; of what a vendor has beyond that, a search tells. */
const MOST = 2000
const MOST_PAGES = 20
const MOST_KEPT = 100

/**
 * The choices of an input of an action (`hubspot/get-contact`, `properties[]`), as the vendor has them now, in the plugin's default account where none is named; `search` leaves
 * those whose label or value has these letters. Throws `NOT_FOUND` for an action or place without choices, `BAD_USER_INPUT` for an account that is not there, and what the
 * plugin says, `CREDENTIAL` where no account is connected.
 */
export async function actionChoices(
  core: ChoicesCore,
  workspaceId: WorkspaceId,
  {
    uses,
    field,
    search,
    account,
  }: {
    readonly uses: string
    readonly field: string
    readonly search?: string | undefined
    readonly account?: string | undefined
  },
): Promise<readonly Choice[]> {
  const { pluginId, action, manifest, name } = resolveAction(core, workspaceId, uses)
  const options = manifest.actions[action]!.options ?? {}
  const source = Object.hasOwn(options, field) ? options[field]! : undefined
  if (!source) {
    const known = Object.keys(options)
    const meant = didYouMean(field, known)
    throw new TraeError(
      'NOT_FOUND',
      `${name} offers no choices for ${JSON.stringify(field)}. ${meant ? `Did you mean ${meant}?` : `It does for ${known.join(', ') || 'nothing'}.`}`,
    )
  }
  await requireAccounts(core, workspaceId, [{ pluginId, account: account ?? null, condition: null }])
  return sourceChoices(core, workspaceId, { pluginId, account }, source, search)
}

/** The choices of a field of an account that is connected already, by the account itself. Throws as `actionChoices`. */
export async function fieldChoices(
  core: ChoicesCore,
  { workspaceId, pluginId, manifest }: Pick<Installation, 'workspaceId' | 'pluginId' | 'manifest'>,
  {
    template,
    account,
    field,
    search,
  }: {
    readonly template: string
    readonly account: string
    readonly field: string
    readonly search?: string | undefined
  },
): Promise<readonly Choice[]> {
  const source = manifest.credentials[template]?.fields[field]?.options
  if (source) return sourceChoices(core, workspaceId, { pluginId, account }, source, search)
  throw new TraeError('NOT_FOUND', `The field ${JSON.stringify(field)} of ${pluginId} ${template} offers no choices.`)
}

interface Kept {
  readonly until: number
  readonly choices: Promise<readonly Choice[]>
}

async function sourceChoices(
  core: ChoicesCore,
  workspaceId: WorkspaceId,
  { pluginId, account }: { readonly pluginId: string; readonly account: string | undefined },
  source: ChoiceSource,
  search: string | undefined,
): Promise<readonly Choice[]> {
  const action = resolveAction(core, workspaceId, `${pluginId}/${source.action}`)
  const asks = action.manifest.actions[source.action]!.input.properties ?? {}
  const words = search?.trim() || undefined
  const asked = asks['search'] === undefined ? undefined : words
  const now = core.clock.now().getTime()
  const kept = core.plugins.memo(workspaceId, 'choices', () => new Map<string, Kept>()) // forgotten when a plugin changes
  const key = JSON.stringify([pluginId, account, source, asked])
  let found = kept.get(key)
  if (!found || found.until <= now) {
    if (kept.size >= MOST_KEPT) kept.clear()
    found = { until: now + FRESH_MS, choices: readAll(core, { workspaceId, action, account }, source, asks, asked) }
    kept.set(key, found)
    const mine = found
    mine.choices.catch(() => kept.get(key) === mine && kept.delete(key)) // an error is no answer to keep
  }
  const choices = await found.choices
  if (!words || asked !== undefined) return choices
  const folded = fold(words)
  return choices.filter(({ value, label }) => fold(`${label}\n${value}`).includes(folded))
}

async function readAll(
  core: ChoicesCore,
  call: Pick<ActionCall, 'workspaceId' | 'action' | 'account'>,
  source: ChoiceSource,
  asks: Readonly<Record<string, unknown>>,
  search: string | undefined,
): Promise<readonly Choice[]> {
  const choices = new Map<string, Choice>()
  let after: unknown
  for (let page = 0; page < MOST_PAGES && choices.size < MOST; page++) {
    const { output } = await callAction(core, {
      ...call,
      input: { ...source.with, ...(search === undefined ? {} : { search }), ...(after === undefined ? {} : { after }) },
      run: { id: '', path: 'choices', attempt: 1, key: newId(), playbookId: '' },
      locale: 'en',
      timeZone: 'UTC',
    })
    const answer = output as Readonly<Record<string, unknown>>
    for (const entry of answer[source.list] as readonly Readonly<Record<string, unknown>>[]) {
      const text = (key: string | undefined) => (key === undefined || entry[key] == null ? '' : String(entry[key]))
      const value = text(source.value)
      if (value !== '' && choices.size < MOST)
        choices.set(value, { value, label: text(source.label) || value, note: text(source.note) || null })
    }
    after = asks['after'] === undefined ? undefined : (answer['after'] ?? undefined)
    if (after === undefined) break
  }
  return [...choices.values()]
}
