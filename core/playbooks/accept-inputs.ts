import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import { INPUT_WORDS, type Inputs } from './inputs.ts'

/** Compiled at the first start and kept as long as the version is. */
const validators = new WeakMap<Inputs, ValidateFunction>()

/**
 * What a run of the playbook begins with: every input that is declared, with its default, or null, where none is given.
 * Throws `VALIDATION` naming every input that is wrong, what was found and what is wanted; `details.errors` lists them.
 */
export function acceptInputs(playbook: string, inputs: Inputs, given: unknown): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TraeError('VALIDATION', `The inputs of ${playbook} must be a map, found ${show(given)}.`)
  const accepted: Record<string, unknown> = structuredClone({ ...given })
  for (const { name, required, default: standard } of inputs.declared)
    if (accepted[name] === undefined || (accepted[name] === null && standard !== undefined)) {
      if (standard !== undefined) accepted[name] = structuredClone(standard)
      else if (!required) accepted[name] = null
    }
  const validate = validatorOf(inputs)
  if (validate(accepted)) return accepted
  const faults = new Map(validate.errors!.map(error => faultOf(error, inputs, accepted)))
  throw new TraeError(
    'VALIDATION',
    `The inputs of ${playbook} cannot be accepted: ${[...faults.values()].join('; ')}.`,
    { details: { errors: Array.from(faults, ([name, detail]) => ({ pointer: `/${name}`, detail })) } },
  )
}

function validatorOf(inputs: Inputs): ValidateFunction {
  let found = validators.get(inputs)
  if (!found) {
    const ajv = new Ajv2020({ strict: false, allErrors: true, ownProperties: true, meta: false, validateSchema: false })
    addFormats.default(ajv)
    found = ajv.compile(inputs.schema)
    validators.set(inputs, found)
  }
  return found
}

function faultOf(error: ErrorObject, inputs: Inputs, accepted: Record<string, unknown>): [name: string, fault: string] {
  const { additionalProperty, missingProperty } = error.params as Record<string, string | undefined>
  const names = inputs.declared.map(input => input.name)
  if (additionalProperty !== undefined) {
    const meant = didYouMean(additionalProperty, names)
    const rest = meant ? `did you mean "${meant}"?` : `it takes ${names.join(', ') || 'none'}`
    return [additionalProperty, `there is no input "${additionalProperty}"; ${rest}`]
  }
  const name = missingProperty ?? error.instancePath.slice(1)
  const input = inputs.declared.find(input => input.name === name)!
  const wanted = input.enum
    ? `one of ${input.enum.map(word => JSON.stringify(word)).join(', ')}`
    : INPUT_WORDS[input.type]
  if (missingProperty !== undefined) return [name, `"${name}" is missing, it must be ${wanted}`]
  return [name, `"${name}" must be ${wanted}, found ${show(accepted[name])}`]
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
