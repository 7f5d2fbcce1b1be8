import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { TraeError } from '../errors.ts'
import type { JsonSchema } from '../playbooks/catalog.ts'
import { boundedRegExp } from './bounded-regexp.ts'
import type { ManifestAction, TellingTrigger } from './manifest.ts'

interface Validators {
  readonly input: ValidateFunction
  readonly output: ValidateFunction
  readonly fillsIn: boolean
}

type Schemas = Pick<ManifestAction, 'input' | 'output'>

/** Compiled at the first call and kept as long as the manifest is. */
const compiled = new WeakMap<Schemas, Validators>()

/**
 * The input as the action gets it: checked, with the schema's defaults filled in (into a copy). Throws `VALIDATION`
 * naming action, place and what was found.
 */
export function checkInput(name: string, action: Schemas, input: unknown): unknown {
  const { input: validate, fillsIn } = validatorsOf(action)
  const checked = fillsIn ? structuredClone(input) : input
  if (!validate(checked)) throw invalid(`The input of ${name}`, validate.errors!, checked)
  return checked
}

/** Throws `VALIDATION` for an answer that the manifest does not promise: an error of the plugin, which no retry mends. */
export function checkOutput(name: string, action: Schemas, output: unknown): void {
  const { output: validate } = validatorsOf(action)
  if (!validate(output))
    throw invalid(`${name} gave an answer that does not fit its own schema:`, validate.errors!, output)
}

const eventValidators = new WeakMap<TellingTrigger, ValidateFunction>()

/** Throws `VALIDATION` for an event that is not as the manifest says. */
export function checkEventData(name: string, trigger: TellingTrigger, data: unknown): void {
  let validate = eventValidators.get(trigger)
  if (!validate) eventValidators.set(trigger, (validate = compile(trigger.output, false)))
  if (!validate(data)) throw invalid(`${name} gave an event that does not fit its own schema:`, validate.errors!, data)
}

function validatorsOf(action: Schemas): Validators {
  let found = compiled.get(action)
  if (!found) {
    const fillsIn = JSON.stringify(action.input).includes('"default":')
    found = { input: compile(action.input, fillsIn), output: compile(action.output, false), fillsIn }
    compiled.set(action, found)
  }
  return found
}

/** An ajv of its own per schema: one that is shared would keep every schema it ever saw. */
export function compile(schema: JsonSchema, useDefaults: boolean): ValidateFunction {
  const ajv = new Ajv2020({
    strict: false,
    validateSchema: false, // `schemaProblems` has read it, and more strictly
    meta: false,
    ownProperties: true,
    useDefaults,
    verbose: false,
    code: {
      regExp: Object.assign((pattern: string, flags: string) => boundedRegExp(pattern, flags) as RegExp, {
        code: 'boundedRegExp',
      }),
    },
  })
  addFormats.default(ajv)
  return ajv.compile(schema)
}

/** What did not fit at the last check, a sentence each, for whoever made the data. */
export function problemsOf({ errors }: ValidateFunction): string[] {
  return (errors ?? []).map(({ instancePath, message, params }) => {
    const extra = 'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : ''
    const allowed = 'allowedValues' in params ? ` (${(params['allowedValues'] as unknown[]).join(', ')})` : ''
    return `${instancePath || 'it'} ${message}${extra}${allowed}`
  })
}

function invalid(what: string, errors: readonly ErrorObject[], data: unknown): TraeError {
  const [first] = errors
  const { instancePath, message, params } = first!
  const keys = instancePath
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const place = keys.join('.') || 'it'
  const extra = 'additionalProperty' in params ? ` (found ${JSON.stringify(params['additionalProperty'])})` : ''
  const allowed =
    'allowedValues' in params
      ? `: ${(params['allowedValues'] as unknown[]).map(value => JSON.stringify(value)).join(', ')}`
      : ''
  const found = keys.length > 0 && !extra ? ` (found ${show(at(data, keys))})` : ''
  return new TraeError('VALIDATION', `${what} ${place} ${message}${allowed}${extra}${found}.`, {
    details: { path: keys },
  })
}

function at(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined),
    value,
  )
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
