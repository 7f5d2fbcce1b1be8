import type { Catalog, JsonSchema } from './catalog.ts'
import type { Findings } from './diagnostic.ts'
import type { Expressions } from './expressions/expressions.ts'
import { type Root, ROOTS } from './expressions/environment.ts'
import type { Inputs } from './inputs.ts'
import { join } from './parse-yaml.ts'
import type { TypedSchema } from './schema-fields.ts'
import type { Address, StepIndex } from './step-index.ts'
import type { YamlNode, YamlSpan } from './yaml-tree.ts'

/** What compiling shares while it goes down the file. Findings are its only output besides the values returned. */
export interface CompileContext {
  readonly findings: Findings
  /** Of the playbook. */
  readonly id: string
  /** Where playbooks are started: the steps' paths, and their places in the document. */
  readonly started: Map<string, { readonly path: string; readonly span: YamlSpan }>
  readonly catalog: Catalog
  readonly index: StepIndex
  /** Data of the events that start a run; undefined where they are not known. */
  readonly event: JsonSchema | undefined
  /** What the playbook takes at its start. */
  readonly inputs: Inputs
  /** Of the file; their types are checked knowing every step's output. */
  readonly expressions: Expressions
  /** CEL type of what stands in a scalar, for those that are or hold expressions. */
  readonly types: WeakMap<YamlNode, string>
  /** JSON Schema of what stands in a scalar, for those that are one expression of which it is known. */
  readonly schemas: WeakMap<YamlNode, TypedSchema>
  /** What a loop or a catch lends to the steps inside, by `lentKey`. */
  readonly lentSchemas: Map<string, TypedSchema>
}

/** Of a name that is lent to the list of steps at this address. */
export const lentKey = (name: string, inside: Address): string => `${name} ${inside.join('.')}`

/** Where an expression stands: that decides what it can see. */
export interface ExpressionPlace {
  /** In the document: `steps.2.with.email`. */
  readonly path: string
  /** Undefined at the end of the playbook, where every step is behind. */
  readonly address?: Address | undefined
  readonly roots: readonly Root[]
  readonly event: JsonSchema | undefined
}

export interface StepPlace {
  readonly path: string
  readonly stepPath: string
  readonly address: Address
}

/** Where an expression of a step stands: `below` is its path from the step, `waitFor.timeout`. */
export function placeIn(place: StepPlace, below: string, context: Pick<CompileContext, 'event'>): ExpressionPlace {
  return { path: join(place.path, below), address: place.address, roots: ROOTS, event: context.event }
}
