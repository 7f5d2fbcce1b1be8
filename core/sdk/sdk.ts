/**
 * The author's side of TRAE OS, imported as `trae-os/sdk`. A plugin is one `definePlugin` with its actions:
 *
 * ```ts
 * import { defineAction, definePlugin, z } from 'trae-os/sdk'
 *
 * const greet = defineAction({
 *   title: 'Greet a lead',
 *   description: 'Says hello in the language of the lead.',
 *   input: z.object({ name: z.string() }),
 *   output: z.object({ text: z.string() }),
 *   effect: 'none',
 *   idempotency: 'none',
 *   sample: { name: 'Ana' },
 *   run: (input, ctx) => ({ text: ctx.t('greeting', { name: input.name }) }),
 * })
 *
 * export default definePlugin({
 *   id: 'hello', version: '1.0.0', kind: 'skill', engine: '^0', title: 'Hello', description: 'Says hello.',
 *   publisher: 'you', license: 'MIT', permissions: {}, actions: { greet },
 *   messages: { en: { greeting: 'Hello, {name}!' }, 'pt-BR': { greeting: 'Olá, {name}!' } },
 * })
 * ```
 */
import type { z } from 'zod'
import type { Context } from './context.ts'
import type { ChoiceSource, Credential } from './credential.ts'
import type { Trigger } from './trigger.ts'

export { z } from './schema.ts'
export { findSlots, type SlotRequest } from './find-slots.ts'
export { foldText } from './fold-text.ts'
export { companyName } from './company-name.ts'
export { type EmailKind, readEmail } from './read-email.ts'
export { type Department, DEPARTMENTS, readJobTitle, SENIORITIES, type Seniority } from './read-job-title.ts'
export { type KnownPerson, type ReadFrom, type ReadPerson, readPerson } from './read-person.ts'
export { type Handoff, noteHandoff } from './note-handoff.ts'
export { hasCode, PluginError, type PluginErrorCode } from './plugin-error.ts'
export { type VendorFault, vendorError } from './vendor-error.ts'
export type { ChoiceSource, Credential, CredentialField, CredentialPlace, SignedIn } from './credential.ts'
export { defineTrigger } from './trigger.ts'
export type {
  EventTrigger,
  Heard,
  Hook,
  HostEvent,
  PollTrigger,
  Registration,
  Trigger,
  WebhookProof,
  WebhookRequest,
  WebhookTrigger,
} from './trigger.ts'
export type { ActionContract, ServiceContract } from './contracts/contract.ts'
export { ads as adsService } from './contracts/ads.ts'
export { audience as audienceService } from './contracts/audience.ts'
export { calendar as calendarService } from './contracts/calendar.ts'
export { crm as crmService } from './contracts/crm.ts'
export { email as emailService } from './contracts/email.ts'
export { enrichment as enrichmentService } from './contracts/enrichment.ts'
export { notify as notifyService } from './contracts/notify.ts'
export { payment as paymentService } from './contracts/payment.ts'
export { proposal as proposalService } from './contracts/proposal.ts'
export { sms as smsService } from './contracts/sms.ts'
export { whatsapp as whatsappService } from './contracts/whatsapp.ts'
export type { Context, FetchInit, FetchResponse, Translate } from './context.ts'
export type { ModelAnswer, ModelQuestion } from './model.ts'
export type * from './records.ts'
export type * from './figures.ts'
export { lastDays, sayAmounts, sayMoney, sayPeriod, sayShare, shareOf } from './figures-in-words.ts'
export {
  cited,
  draft,
  type Draft,
  type Finding,
  Findings,
  findingsShape,
  inLanguage,
  type ModelTask,
  type Say,
  sayIn,
  sourced,
} from './findings.ts'
export { type Letter, letter, unfilled, writeLetter } from './letter.ts'
export type * from './schedule.ts'
export type * from './shared-memory.ts'

/**
 * What the outside world notices of an action: nothing (`none`: computes), a question (`read`), a change (`write`), a
 * message to a person (`send`). Effects `write` and `send` are journalled before they start and never repeated blindly.
 */
export type Effect = 'none' | 'read' | 'write' | 'send'

/**
 * What happens when the process dies in mid-call. `key`: call again, the far side knows `ctx.run.key` and does it once.
 * `lookup`: ask the action's `lookup` first whether it arrived. `none`: nobody can tell; a `read` or `none` action is
 * simply called again, a `write` or `send` is parked until a person decides.
 */
export type Idempotency = 'key' | 'lookup' | 'none'

/** One thing that a plugin can do, as playbooks and people find it. See `defineAction`. */
export interface Action<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** A few words, as a step is shown: `Score a lead`. Translated by the message `actions.<name>.title`, if there is one. */
  readonly title: string
  /** One or two sentences for who writes playbooks: what it needs, what it gives, what it never does. */
  readonly description: string
  /** The host checks input before the call and fills in defaults. Only what JSON Schema can say: no transforms. */
  readonly input: Input
  /** The host checks what `run` gives; an answer that does not fit is an error of the plugin. */
  readonly output: Output
  readonly effect: Effect
  readonly idempotency: Idempotency
  /** Wall clock for one call: `10s`, `2m`. The plugin's own limit where it is left out. */
  readonly timeout?: string
  /** An example input, for the editor, the documentation and `trae plugin test`. */
  readonly sample?: z.input<Input>
  /**
   * Where the choices of inputs come from, for editor and forms, by their place: `calendarId`, `filters[].property`; `properties.*`
   * are the keys of a map. What a playbook says is never held against them.
   */
  readonly options?: Readonly<Record<string, ChoiceSource>>
  /** Does it. Throw a `PluginError` to say what went wrong and whether another try makes sense. */
  run(input: z.output<Input>, ctx: Context): Answer<Output> | Promise<Answer<Output>>
  /** Did the call with this `ctx.run.key` arrive? Its output, or null. Needed with `idempotency: 'lookup'`. */
  lookup?(input: z.output<Input>, ctx: Context): Promise<Answer<Output> | null>
}

/** What `run` gives: anything that fits the schema, read-only lists and objects included. */
export type Answer<Output extends z.ZodType> = Immutable<z.input<Output>>
type Immutable<Value> = Value extends object ? { readonly [Key in keyof Value]: Immutable<Value[Key]> } : Value

/** An action, typed by its schemas: `run` is checked against `input` and `output`. */
export function defineAction<Input extends z.ZodType, Output extends z.ZodType>(
  action: Action<Input, Output>,
): Action<Input, Output> {
  return action
}

/** Something that is asked for, and why: the reason is shown to who installs, in plain words. */
export interface Reasoned<Name extends string = string> {
  readonly name: Name
  readonly reason: string
}

/** What a plugin may ask of the records: to read or to change one kind of them. */
export type RecordPermission =
  | 'leads:read'
  | 'leads:write'
  | 'messages:read'
  | 'messages:write'
  | 'messages:receive'
  | 'messages:report'
  | 'letters:report'
  | 'meetings:read'
  | 'meetings:write'
  | 'meetings:report'
  | 'activities:read'
  | 'activities:write'
  | 'deals:read'
  | 'deals:write'
  | 'customers:read'
  | 'customers:write'
  | 'team:read'
  | 'notices:write'
  | 'charges:read'
  | 'charges:write'
  | 'proposals:read'
  | 'proposals:write'
  | 'campaigns:read'
  | 'audiences:write'
  | 'figures:read'

/** All that a plugin may reach. What is not asked for is refused at the wall, so ask for little. */
export interface Permissions {
  /** Exact names, or `*.` and one label: `api.hubapi.com`, `*.zendesk.com`. https only. */
  readonly hosts?: readonly { readonly host: string; readonly port?: number; readonly reason: string }[]
  /**
   * Credentials of the plugin's own `credentials`, and every host that their secrets may be sent to, that of the token
   * endpoint included: `api.hubapi.com`. The plugin never sees the secret.
   */
  readonly credentials?: readonly (Reasoned & { readonly hosts: readonly string[] })[]
  readonly records?: readonly Reasoned<RecordPermission>[]
  /** `emit:lead.enriched` announces an event with `ctx.events.emit`, `on:deal.won` hears it with a trigger of kind `event`. */
  readonly events?: readonly Reasoned<`emit:${string}` | `on:${string}`>[]
  /** The quota of `ctx.storage`, in bytes of JSON. */
  readonly storage?: { readonly bytes: number; readonly reason: string }
  /** Models for `ctx.llm`, and the tokens, in and out, that it may spend in one run and in 24 hours. */
  readonly llm?: {
    readonly models: readonly ('small' | 'large')[]
    readonly tokensPerRun: number
    readonly tokensPerDay: number
    readonly reason: string
  }
  readonly memory?: readonly Reasoned<'read' | 'write'>[]
  /** How many calls of its own actions `ctx.schedule` may have planned at once: 10,000 at most. */
  readonly schedule?: { readonly calls: number; readonly reason: string }
}

/** A plugin: who made it, what it asks for and what it does. See `definePlugin`. */
export interface Plugin<Actions extends Readonly<Record<string, Action>> = Readonly<Record<string, Action>>> {
  /** Lower case and hyphens; the first half of `uses: <id>/<action>`. */
  readonly id: string
  /** Semantic version of the plugin. */
  readonly version: string
  /** An `integration` talks to somebody, a `skill` thinks. */
  readonly kind: 'integration' | 'skill'
  /** The module whose agent it is: its actions are offered as tasks there. */
  readonly module?:
    'diagnostico' | 'posicionamento' | 'oferta' | 'aquisicao' | 'pre_vendas' | 'vendas' | 'onboarding' | 'gestao'
  /** Which TRAE OS it was made for: `^0`. */
  readonly engine: string
  readonly title: string
  readonly description: string
  readonly publisher: string
  readonly license: string
  readonly permissions: Permissions
  /**
   * What one call may use at most, up to the host's own ceiling; `concurrency`: how many calls of a workspace run at once in a process of the
   * host, 8 at most and by default. The others wait.
   */
  readonly limits?: {
    readonly memoryMb?: number
    readonly cpuMs?: number
    readonly wallMs?: number
    readonly concurrency?: number
  }
  /**
   * How far the plugin's memory reaches: to later calls of the same workspace (`workspace`, the default), or not beyond the call (`call`), which
   * then costs some milliseconds more. The host may ask for the latter of every plugin.
   */
  readonly isolation?: 'workspace' | 'call'
  /** Accounts at vendors that somebody connects: `ctx.fetch(url, { credential: 'hubspot' })` uses one. */
  readonly credentials?: Readonly<Record<string, Credential>>
  /** Services that this plugin fills: service → its action → the plugin's action that does it. Some of its actions are enough. */
  readonly provides?: Readonly<Record<string, Readonly<Record<string, Extract<keyof Actions, string>>>>>
  readonly actions: Actions
  /** What it hears of at its vendor, each telling events of the type `<plugin>.<trigger>`, which start playbooks; and what it hears of here. */
  readonly triggers?: Readonly<Record<string, Trigger>>
  /** Texts by language and key, for `ctx.t`, and for `plugin.title`, `plugin.description`, `actions.<name>.title`. English is the fallback, so it should have every key. */
  readonly messages?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A plugin: the default export of its `index.ts`. */
export function definePlugin<const Actions extends Readonly<Record<string, Action>>>(
  plugin: Plugin<Actions>,
): Plugin<Actions> {
  return plugin
}
