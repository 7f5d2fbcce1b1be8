import type { ASTNode } from '@marcbachmann/cel-js'
import type { JsonSchema } from '../catalog.ts'
import { type CompileContext, type ExpressionPlace, lentKey } from '../compile-context.ts'
import type { DiagnosticCode } from '../diagnostic.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { unknownEventField } from './check-event-field.ts'
import { itemName } from '../expressions/compile-expression.ts'
import { childrenOf, ROOTS } from '../expressions/environment.ts'
import { argumentFault } from '../expressions/functions.ts'
import { patternFault } from '../expressions/regular-expression.ts'
import { LEAD_SCHEMA, RECORD_SCHEMAS, RUN_ENDING, RUN_SCHEMA, stepScopeSchema } from '../record-schemas.ts'
import { fieldOf, itemOf, resolveSchema, type TypedSchema } from '../schema-fields.ts'
import { FINALLY, isInside, outOfLoops, standingOf } from '../step-index.ts'

/** A finding inside an expression; offsets are in its source. */
export interface ReferenceFinding {
  readonly code: DiagnosticCode
  readonly message: string
  readonly start: number
  readonly end: number
  readonly suggestion?: string | undefined
}

type Locals = ReadonlyMap<string, TypedSchema | undefined>

/** Names of CEL itself: types, and the namespace of optional values. */
const CEL_NAMES: ReadonlySet<string> = new Set([
  'string',
  'bool',
  'int',
  'uint',
  'double',
  'map',
  'list',
  'bytes',
  'null_type',
  'type',
  'optional',
])

/**
 * Every name in an expression: roots, steps (does it exist, does it come before), fields of what is known. It follows
 * the schemas as far as they go, through lists and their macros, and says nothing of what they do not say. Answers the
 * schema of the whole where it is known.
 */
export function checkReferences(
  ast: ASTNode,
  place: ExpressionPlace,
  context: CompileContext,
  report: (finding: ReferenceFinding) => void,
): TypedSchema | undefined {
  return schemaOf(ast, new Map())

  function schemaOf(node: ASTNode, locals: Locals): TypedSchema | undefined {
    switch (node.op) {
      case 'id':
        return nameOf(node, locals)
      case '.':
      case '.?':
        return member(node, node.args[0], node.args[1], locals)
      case '[]':
      case '[?]': {
        const [object, index] = node.args
        if (index.op === 'value' && typeof index.args === 'string') return member(node, object, index.args, locals)
        const list = schemaOf(object, locals)
        schemaOf(index, locals)
        return list && itemOf(list)
      }
      case 'rcall':
        return method(node, locals)
      case '==':
      case '!=': {
        const [left, right] = node.args
        const schemas = [schemaOf(left, locals), schemaOf(right, locals)]
        checkWord(left, schemas[1])
        checkWord(right, schemas[0])
        return undefined
      }
      case 'in': {
        const [value, list] = node.args
        const schema = schemaOf(value, locals)
        schemaOf(list, locals)
        if (list.op === 'list') for (const item of list.args) checkWord(item, schema)
        return undefined
      }
      case 'call':
        checkArguments(node.args[0], node.args[1])
        for (const argument of node.args[1]) schemaOf(argument, locals)
        return undefined
      case '?:': {
        const [, yes, no] = childrenOf(node).map(child => schemaOf(child, locals))
        return yes && no && yes.schema === no.schema ? yes : undefined
      }
      default:
        for (const child of childrenOf(node)) schemaOf(child, locals)
        return undefined
    }
  }

  function nameOf(node: ASTNode & { readonly op: 'id' }, locals: Locals): TypedSchema | undefined {
    const name = node.args
    if (locals.has(name)) return locals.get(name)
    if ((place.roots as readonly string[]).includes(name)) return rootSchema(name)
    if (!CEL_NAMES.has(name)) report({ code: 'UNKNOWN_NAME', ...unknownName(name, locals), ...rangeOf(node) })
    return undefined
  }

  function rootSchema(name: string): TypedSchema | undefined {
    const schemas: Readonly<Record<string, JsonSchema | undefined>> = {
      ...RECORD_SCHEMAS,
      run: RUN_SCHEMA,
      subject: LEAD_SCHEMA,
      event: place.event,
      inputs: context.inputs.schema,
    }
    const schema = schemas[name]
    return schema && { schema, root: schema }
  }

  function unknownName(name: string, locals: Locals): { message: string; suggestion?: string | undefined } {
    if (name === 'secrets')
      return {
        message: 'Secrets are never part of an expression; the plugin that needs one has it from its credential.',
      }
    if (context.index.steps.has(name))
      return { message: `"${name}" is a step; its result is steps.${name}.output.`, suggestion: `steps.${name}.output` }
    if ((ROOTS as readonly string[]).includes(name))
      return {
        message: `"${name}" is not there yet: before a run starts there is only ${place.roots.join(' and ')}.`,
        suggestion: name === 'lead' ? 'event.lead' : undefined,
      }
    const holder = ['vars', 'inputs', 'lead'].find(holder => isIn(holder, name))
    if (holder !== undefined)
      return {
        message: `"${name}" alone is not known here; it is part of ${holder}. Text is written in quotes.`,
        suggestion: `${holder}.${name}`,
      }
    const known = [...place.roots, ...locals.keys()]
    return {
      message: `"${name}" is not known; there are ${known.join(', ')}. Text is written in quotes.`,
      suggestion: didYouMean(name, known),
    }
  }

  /** Is it, here, what somebody may have left `vars.` off of? */
  function isIn(holder: string, name: string): boolean {
    if (!(place.roots as readonly string[]).includes(holder)) return false
    if (holder === 'vars')
      return (
        context.index.vars.has(name) || (context.index.lent.get(name) ?? []).some(list => isInside(place.address, list))
      )
    const { properties } = holder === 'inputs' ? context.inputs.schema : LEAD_SCHEMA
    return Object.hasOwn(properties!, name)
  }

  /** A text that is written out, and compared with what has a word of a list: is it one of them? */
  function checkWord(node: ASTNode, typed: TypedSchema | undefined): void {
    if (!typed || node.op !== 'value' || typeof node.args !== 'string') return
    const fault = unknownWord(node.args, typed)
    if (fault) report({ code: 'WRONG_VALUE', ...fault, ...rangeOf(node) })
  }

  function member(node: ASTNode, object: ASTNode, name: string, locals: Locals): TypedSchema | undefined {
    if (object.op === 'id' && !locals.has(object.args) && (place.roots as readonly string[]).includes(object.args)) {
      if (object.args === 'steps') return step(node, name)
      if (object.args === 'vars') return variable(node, name)
      if (object.args === 'run' && RUN_ENDING.has(name) && !isInside(place.address, FINALLY)) {
        const message = `run.${name} is there only in finally, once the run ends.`
        report({ code: 'UNKNOWN_FIELD', message, ...rangeOf(node) })
        return undefined
      }
    }
    const typed = schemaOf(object, locals)
    if (!typed) return undefined
    const list = typeOf(typed) === 'array'
    if (list || (name === 'length' && typeOf(typed) === 'string')) {
      const holder = textOf(object)
      const size = ['length', 'size', 'count'].includes(name)
      report({
        code: 'UNKNOWN_FIELD',
        message: size
          ? `The length of ${list ? 'a list' : 'a text'} is a function.`
          : `${holder} is a list; read an item of it, or the same field of each.`,
        suggestion: size ? `size(${holder})` : `${holder}[0].${name}, ${holder}.map(item, item.${name})`,
        ...rangeOf(node),
      })
      return undefined
    }
    const field = fieldOf(typed, name)
    if (field === 'unknown') {
      eventField(node, typed, name)
      return undefined
    }
    if ('schema' in field) return field
    if (node.op !== '.?' && node.op !== '[?]')
      report({ code: 'UNKNOWN_FIELD', ...unknownField(object, name, field.known), ...rangeOf(node) })
    return undefined
  }

  function unknownField(
    object: ASTNode,
    name: string,
    known: readonly string[],
  ): { message: string; suggestion?: string | undefined } {
    const holder = textOf(object)
    const stepId = /^steps\.(\w+)$/.exec(holder)?.[1]
    const output = stepId === undefined ? undefined : context.index.steps.get(stepId)?.output
    if (
      output &&
      typeof fieldOf({ schema: output, root: output }, name) === 'object' &&
      'schema' in (fieldOf({ schema: output, root: output }, name) as object)
    )
      return {
        message: `"${name}" is part of the output: ${holder}.output.${name}.`,
        suggestion: `${holder}.output.${name}`,
      }
    if (known.length === 0) return { message: `${holder} has no fields, so no "${name}".` }
    const list = known.length <= 12 ? ` It has ${known.join(', ')}.` : ''
    return { message: `${holder} has no field "${name}".${list}`, suggestion: didYouMean(name, known) }
  }

  function eventField(node: ASTNode, { schema }: TypedSchema, name: string): void {
    const finding = unknownEventField(schema, name)
    if (finding) report({ ...finding, ...rangeOf(node) })
  }

  function step(node: ASTNode, name: string): TypedSchema | undefined {
    const found = context.index.steps.get(name)
    const range = rangeOf(node)
    if (!found) {
      const known = [...context.index.steps.values()]
        .filter(other => standingOf(other.address, place.address) === 'before')
        .map(other => other.id)
      const list =
        known.length === 0
          ? ' No step before this one has an id.'
          : known.length <= 12
            ? ` Before this one there are ${known.join(', ')}.`
            : ''
      report({
        code: 'UNKNOWN_STEP',
        message: `There is no step "${name}".${list}`,
        suggestion: didYouMean(name, context.index.steps.keys()),
        ...range,
      })
      return undefined
    }
    const standing = standingOf(found.address, place.address)
    if (standing === 'iteration')
      report({
        code: 'INSIDE_LOOP',
        message: `Step "${name}" (line ${found.line}) runs once an iteration of a loop, and has an output only there; read the output of the loop instead.`,
        ...range,
      })
    else if (standing === 'sibling')
      report({
        code: 'SIBLING_BRANCH',
        message: `Step "${name}" (line ${found.line}) stands in another branch, which may not have run here.`,
        ...range,
      })
    else if (standing !== 'before')
      report({ code: 'LATER_STEP', message: `Step "${name}" (line ${found.line}) ${WHEN[standing]}.`, ...range })
    const schema = stepScopeSchema(found.output)
    return { schema, root: found.output ?? schema }
  }

  function variable(node: ASTNode, name: string): TypedSchema | undefined {
    const lists = context.index.lent.get(name) ?? []
    const around = lists.filter(list => isInside(place.address, list))
    if (around.length > 0) {
      const nearest = around.reduce((inner, list) => (list.length > inner.length ? list : inner))
      return context.lentSchemas.get(lentKey(name, nearest))
    }
    const places = context.index.vars.get(name)
    if (!places) {
      const lent = [...context.index.lent].filter(([, lists]) => lists.some(list => isInside(place.address, list)))
      const known = [...context.index.vars.keys(), ...lent.map(([lentName]) => lentName)]
      report({
        code: 'UNKNOWN_NAME',
        message:
          lists.length > 0
            ? `"${name}" is there only for the steps inside the loop or catch that names it.`
            : `No set step gives "${name}" a value.`,
        suggestion: didYouMean(name, known),
        ...rangeOf(node),
      })
      return undefined
    }
    // What a loop has set is there after it, unlike the outputs of its steps.
    const here = place.address && outOfLoops(place.address)
    const standings = new Set(places.map(address => standingOf(outOfLoops(address), here)))
    if (standings.has('before')) return undefined
    const sibling = standings.has('sibling')
    const message = sibling
      ? `"${name}" is set in another branch, which may not have run here.`
      : `"${name}" is not set before this step.`
    report({ code: sibling ? 'SIBLING_BRANCH' : 'LATER_STEP', message, ...rangeOf(node) })
    return undefined
  }

  /** Of texts that are written out: what would fail in every run. */
  function checkArguments(name: string, args: readonly ASTNode[]): void {
    for (const [position, argument] of args.entries()) {
      if (argument.op !== 'value' || typeof argument.args !== 'string') continue
      const fault = argumentFault(name, position, argument.args)
      if (fault) report({ code: 'EXPRESSION_TYPE', ...fault, ...rangeOf(argument) })
    }
  }

  function method(node: ASTNode & { readonly op: 'rcall' }, locals: Locals): TypedSchema | undefined {
    const [name, receiver, args] = node.args
    const item = itemName(node)
    const list = schemaOf(receiver, locals)
    if (item === undefined) {
      checkArguments(name, args)
      for (const argument of args) schemaOf(argument, locals)
      const pattern =
        name === '_matches' && args[0]?.op === 'value' && typeof args[0].args === 'string' ? args[0] : undefined
      const fault = pattern && patternFault(pattern.args as string)
      if (fault) report({ code: 'EXPRESSION_TYPE', message: `This pattern is refused: ${fault}.`, ...rangeOf(pattern) })
      return undefined
    }
    const inside = new Map(locals).set(item, list && itemOf(list))
    const bodies = args.slice(1).map(body => schemaOf(body, inside))
    if (name === 'filter') return list
    const last = name === 'map' ? bodies.at(-1) : undefined
    return last && { schema: { type: 'array', items: last.schema } satisfies JsonSchema, root: last.root }
  }
}

const WHEN = {
  later: 'comes later; only steps before this one have an output',
  itself: 'is this step; it has no output before it has run',
  around: 'stands around this one; it has no output yet',
}

/** The one type that it has where it is not null. */
function typeOf({ schema, root }: TypedSchema): string | undefined {
  const { type } = resolveSchema(schema, root)
  const known = typeof type === 'string' ? [type] : (type ?? []).filter(one => one !== 'null')
  return known.length === 1 ? known[0] : undefined
}

/** What is wrong with a word that a value is compared with; nothing where it is not known which it can have. */
export function unknownWord(
  word: string,
  { schema, root }: TypedSchema,
): { readonly message: string; readonly suggestion: string | undefined } | undefined {
  const words = resolveSchema(schema, root).enum?.map(String)
  if (!words || words.includes(word)) return undefined
  return {
    message: `This can never be ${JSON.stringify(word.slice(0, 40))}; it is one of ${words.join(', ')}.`,
    suggestion: didYouMean(word, words),
  }
}

function rangeOf(node: ASTNode): { start: number; end: number } {
  if (node.op === '[]' || node.op === '[?]') return rangeOf(node.args[1])
  return { start: node.pos, end: node.end }
}

function textOf(node: ASTNode): string {
  return node.input.slice(node.start, node.end)
}
