import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../canonical-json.ts'
import { TraeError } from '../errors.ts'
import type { JsonSchema } from '../playbooks/catalog.ts'
import { didYouMean } from '../did-you-mean.ts'
import { MODULE_KEYS } from '../playbooks/playbook.ts'
import { parseDuration } from '../playbooks/duration.ts'
import { choiceSource } from '../credentials/choice-source.ts'
import { credentialTemplate, fieldsOf, hostsNamed } from '../credentials/template.ts'
import { webhookProof } from '../credentials/webhook-proof.ts'
import { FORBIDDEN_NAMES, schemaProblems } from './action-schema.ts'
import { placeProblem, sourceProblems } from './choice-problems.ts'
import { credentialHosts, EVENT_TYPE, hostAllowed, permissions } from './permissions.ts'
import { templates, templateTexts } from './template-texts.ts'
import { skill } from './read-skill.ts'
import { RESERVED_IDS, SERVICES } from './services.ts'
import { isVersion, isVersionRange } from '../version-range.ts'

/** What an operator's host gives at most. */
export const CEILINGS = {
  memoryMb: 256,
  cpuMs: 30_000,
  wallMs: 15 * 60_000,
  /** Calls of a plugin for one workspace that run at once in a process. */
  concurrency: 8,
  bundleBytes: 5 * 1024 * 1024,
  manifestBytes: 512 * 1024,
} as const

const name = (what: string) =>
  z
    .string()
    .max(60)
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, `${what} is written in lower case letters, digits and single hyphens`)
    .refine(text => !FORBIDDEN_NAMES.has(text), 'this name is not allowed')
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}]*$/u, 'must be plain text in one line')
const messages = z.record(
  z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag as en or pt-BR'),
  z.record(z.string().max(100), z.string().max(20_000)),
)
const schema = z.custom<JsonSchema>().superRefine((value, context) => {
  for (const problem of schemaProblems(value, '')) {
    const end = problem.indexOf(': ')
    context.addIssue({
      code: 'custom',
      path: problem.slice(0, end).split('.').filter(Boolean),
      message: problem.slice(end + 2),
      params: { quiet: true },
    })
  }
})

const action = z.strictObject({
  title: line(100),
  description: z.string().trim().min(1).max(1000),
  effect: z.enum(['none', 'read', 'write', 'send']),
  idempotency: z.enum(['key', 'lookup', 'none']),
  hasLookup: z.boolean(),
  timeout: z
    .string()
    .refine(text => (parseDuration(text) ?? 0) > 0, 'must be a duration as 10s, 2m or PT30S')
    .optional(),
  input: schema,
  output: schema,
  sample: z.unknown().optional(),
  /** Where the choices of its inputs come from, by their place. */
  options: z.record(z.string().max(200), choiceSource).optional(),
})

/** Firings of the triggers of playbooks. */
const FOR_ONE_PLAYBOOK = new Set(['schedule.fired', 'webhook.received', 'manual.started'])

const described = {
  title: line(100),
  description: z.string().trim().min(1).max(1000),
  /** Of the data of its events. */
  output: schema,
  sample: z.unknown().optional(),
  /** It tells its vendor where to post, and that it shall no longer. */
  registers: z.boolean().default(false),
}
const proven = {
  verify: webhookProof,
  /** What proves the sender: a field of a credential, or a secret that the host makes for this address alone. */
  secret: z.union([z.literal('own'), z.strictObject({ credential: z.string().max(60), field: z.string().max(40) })]),
}
const trigger = z.discriminatedUnion('kind', [
  /** A vendor posts to an address of ours. */
  z.strictObject({
    kind: z.literal('webhook'),
    ...described,
    ...proven,
  }),
  /** We ask a vendor what is new. */
  z.strictObject({
    kind: z.literal('poll'),
    ...described,
    every: z
      .string()
      .refine(text => (parseDuration(text) ?? 0) >= 10_000, 'must be a duration of 10s or more, as 5m')
      .refine(text => (parseDuration(text) ?? 0) <= 86_400_000, 'must be a day at most'),
    /** It is not asked while this is not connected. */
    credential: z.string().max(60).optional(),
    /** The vendor rings at an address of ours, and then it is asked at once. */
    push: z.strictObject(proven).optional(),
  }),
  /** The host tells of what happened here. */
  z.strictObject({
    kind: z.literal('event'),
    title: described.title,
    description: described.description,
    event: z
      .string()
      .max(100)
      .regex(EVENT_TYPE, 'must be an event type, as `deal.won`')
      .refine(
        type => !FOR_ONE_PLAYBOOK.has(type),
        'is for one playbook alone, so nobody else hears it; choose another event',
      ),
    registers: z.literal(false).default(false),
  }),
])
export type ManifestTrigger = z.infer<typeof trigger>
/** One that has an address or asks, and so tells events of its own. */
export type TellingTrigger = Exclude<ManifestTrigger, { kind: 'event' }>

/** `plugin.json`: all that the host reads before it runs anything. Unknown keys are refused. */
export const manifestSchema = z
  .strictObject({
    manifestVersion: z.literal(1),
    id: name('an id').refine(id => !RESERVED_IDS.has(id), 'is the name of a service; choose another id'),
    version: z.string().max(64).refine(isVersion, 'must be a semantic version as 1.2.3'),
    kind: z.enum(['integration', 'skill']),
    /** Whose agent it is: its actions are offered as tasks of this module. */
    module: z.enum(MODULE_KEYS, 'must be one of the eight modules, as pre_vendas').optional(),
    engine: z.string().max(64).refine(isVersionRange, 'must be a range of versions of TRAE OS as ^0 or >=1.2 <2'),
    title: line(100),
    description: line(500),
    publisher: line(100),
    license: line(100),
    permissions,
    limits: z
      .strictObject({
        memoryMb: z.int().min(8).max(CEILINGS.memoryMb).default(64),
        cpuMs: z.int().min(10).max(CEILINGS.cpuMs).default(1000),
        wallMs: z.int().min(100).max(CEILINGS.wallMs).default(30_000),
        concurrency: z.int().min(1).max(CEILINGS.concurrency).optional(),
      })
      .default({ memoryMb: 64, cpuMs: 1000, wallMs: 30_000 }),
    isolation: z.enum(['workspace', 'call']).default('workspace'),
    credentials: z.record(name('a credential'), credentialTemplate).default({}),
    provides: z.record(z.string(), z.record(z.string(), z.string())).default({}),
    actions: z
      .record(name('an action'), action)
      .refine(actions => Object.keys(actions).length <= 200, 'at most 200 actions'),
    triggers: z
      .record(name('a trigger'), trigger)
      .refine(triggers => Object.keys(triggers).length <= 50, 'at most 50 triggers')
      .default({}),
    messages: messages.default({}),
    /** Of its `SKILL.md`: given to the model with each question. */
    skill: skill.optional(),
    /** Templates of playbooks that it ships, by their `id`. */
    playbooks: templates.optional(),
    playbookTexts: templateTexts.optional(),
    bundle: z.strictObject({
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
      bytes: z.int().min(1).max(CEILINGS.bundleBytes),
    }),
  })
  .superRefine((manifest, context) => {
    const refuse = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message, params: { quiet: true } })
    if (manifest.skill && manifest.skill.name !== manifest.id)
      refuse(['skill', 'name'], `must be the id of the plugin, ${manifest.id}`)
    if (manifest.skill && !manifest.permissions.llm)
      refuse(['skill'], 'speaks to the model, and permissions.llm does not ask for one')
    for (const [name, { idempotency, hasLookup }] of Object.entries(manifest.actions))
      if (idempotency === 'lookup' && !hasLookup)
        refuse(['actions', name, 'idempotency'], 'says lookup, but the action has no lookup function')
    for (const [name, { input, options }] of Object.entries(manifest.actions))
      for (const [place, source] of Object.entries(options ?? {})) {
        const missing = placeProblem(input, place)
        if (missing) refuse(['actions', name, 'options', place], missing)
        for (const problem of sourceProblems(manifest.actions, source))
          refuse(['actions', name, 'options', place], problem)
      }
    for (const [name, { fields }] of Object.entries(manifest.credentials))
      for (const [key, { options, secret }] of Object.entries(fields)) {
        if (options && secret) refuse(['credentials', name, 'fields', key], 'is a secret, which nobody is offered')
        for (const problem of options ? sourceProblems(manifest.actions, options) : [])
          refuse(['credentials', name, 'fields', key, 'options'], problem)
      }
    const asked = new Set(manifest.permissions.credentials.map(({ name: credential }) => credential))
    for (const [credential, template] of Object.entries(manifest.credentials)) {
      if (!asked.has(credential)) {
        refuse(['credentials', credential], 'is not among permissions.credentials, so it could not be used')
        continue
      }
      const hosts = credentialHosts(manifest.permissions, credential)
      for (const { host, port } of hostsNamed(template))
        if (!hostAllowed(hosts, host, port))
          refuse(
            ['credentials', credential],
            `sends its secret to ${host}${port === 443 ? '' : `:${port}`}, which is not among the hosts of permissions.credentials`,
          )
    }
    for (const credential of asked)
      if (!Object.hasOwn(manifest.credentials, credential))
        refuse(
          ['permissions', 'credentials'],
          `asks for ${JSON.stringify(credential)}, and credentials does not describe it${hint(credential, Object.keys(manifest.credentials))}`,
        )
    for (const [name, trigger] of Object.entries(manifest.triggers)) {
      if (trigger.kind === 'event') {
        const { event } = trigger
        if (!manifest.permissions.events.some(entry => entry.name === `on:${event}`))
          refuse(
            ['triggers', name, 'event'],
            `hears of ${event}, and permissions.events does not ask for "on:${event}"; say there why`,
          )
        if (
          manifest.permissions.events.some(entry => entry.name === `emit:${event}`) ||
          event.startsWith(`${manifest.id}.`)
        )
          refuse(['triggers', name, 'event'], `is told by the plugin itself, which would hear itself for ever`)
        continue
      }
      const proof = trigger.kind === 'webhook' ? trigger : trigger.push
      if (trigger.registers && !proof)
        refuse(['triggers', name, 'registers'], 'has no address that it could register: describe its push')
      const secret = proof && proof.secret !== 'own' ? proof.secret : undefined
      const templateOf = (needs: string) => {
        if (Object.hasOwn(manifest.credentials, needs)) return manifest.credentials[needs]
        refuse(
          ['triggers', name],
          `needs the credential ${JSON.stringify(needs)}, which is not described${hint(needs, Object.keys(manifest.credentials))}`,
        )
        return undefined
      }
      if (trigger.kind === 'poll' && trigger.credential !== undefined) templateOf(trigger.credential)
      const template = secret && templateOf(secret.credential)
      if (secret && template && !Object.hasOwn(fieldsOf(template), secret.field))
        refuse(
          ['triggers', name, 'secret', 'field'],
          `is no field of the credential ${secret.credential}${hint(secret.field, Object.keys(fieldsOf(template)))}`,
        )
    }
    for (const [service, mapping] of Object.entries(manifest.provides)) {
      const contracts = SERVICES.get(service)?.actions
      if (!contracts) refuse(['provides', service], `is not a service${hint(service, [...SERVICES.keys()])}`)
      for (const [name, own] of Object.entries(mapping)) {
        if (contracts && !Object.hasOwn(contracts, name))
          refuse(
            ['provides', service, name],
            `is not an action of the service ${service}${hint(name, Object.keys(contracts))}`,
          )
        if (!Object.hasOwn(manifest.actions, own))
          refuse(
            ['provides', service, name],
            `the plugin has no action ${JSON.stringify(own)}${hint(own, Object.keys(manifest.actions))}`,
          )
      }
    }
  })

export type Manifest = z.infer<typeof manifestSchema>
export type ManifestAction = Manifest['actions'][string]

function hint(written: string, known: readonly string[]): string {
  const meant = didYouMean(written, known)
  return meant
    ? `; did you mean ${JSON.stringify(meant)}?`
    : `; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`
}

/**
 * Reads a manifest from its JSON value. Throws `MANIFEST` with one line per problem: file, key, what was found, what is
 * wanted; the lines are in `details.problems` as well.
 */
export function parseManifest(value: unknown, file: string): Manifest {
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(issue => {
    const key = issue.path.map(String).join('.') || 'the file'
    const found =
      issue.code === 'unrecognized_keys' || (issue.code === 'custom' && issue.params?.['quiet'] === true)
        ? ''
        : ` (found ${show(at(value, issue.path))})`
    return `${file}: ${key}: ${issue.message}${found}`
  })
  throw new TraeError('MANIFEST', problems.join('\n'), { details: { problems } })
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/**
 * The name of a package by its content: SHA-256, in hexadecimal, of the manifest as canonical JSON (keys sorted, no
 * spaces). The manifest names the SHA-256 of the bundle, so that nothing of the package can change under one digest,
 * and the stored manifest can be checked again though the database keeps no key order.
 */
export function packageDigest(manifest: unknown): string {
  return sha256(canonicalJson(manifest))
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
