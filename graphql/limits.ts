import { type DocumentNode, type FragmentDefinitionNode, GraphQLError, type SelectionSetNode, visit } from 'graphql'
import { unstorable } from '../core/http/json-body.ts'

/** Of one operation with its fragments spread out. */
export const LIMITS = { tokens: 2000, depth: 15, aliases: 30, fields: 400, directives: 50, operations: 20 } as const

interface Size {
  readonly depth: number
  readonly aliases: number
  readonly fields: number
  readonly directives: number
}

const EMPTY: Size = { depth: 0, aliases: 0, fields: 0, directives: 0 }

/**
 * Why a document is refused before it is validated; undefined where it may go on. Fragments are measured once each and
 * added up by number, so a document that multiplies itself costs no more to refuse than to read.
 */
export function refuseDocument(document: DocumentNode): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition)
  const measured = new Map<string, Size>()

  const measureFragment = (name: string): Size => {
    const known = measured.get(name)
    if (known) return known
    measured.set(name, EMPTY) // a fragment inside itself is refused by validation; here it only must end
    const fragment = fragments.get(name)
    const size = fragment
      ? add(measure(fragment.selectionSet), { ...EMPTY, directives: fragment.directives?.length ?? 0 })
      : EMPTY
    measured.set(name, size)
    return size
  }
  const measure = (set: SelectionSetNode): Size => {
    let size = EMPTY
    for (const selection of set.selections) {
      const directives = selection.directives?.length ?? 0
      if (selection.kind === 'Field') {
        const inner = selection.selectionSet ? measure(selection.selectionSet) : EMPTY
        size = add(size, {
          depth: inner.depth + 1,
          aliases: inner.aliases + (selection.alias ? 1 : 0),
          fields: inner.fields + 1,
          directives: inner.directives + directives,
        })
      } else {
        const inner =
          selection.kind === 'InlineFragment' ? measure(selection.selectionSet) : measureFragment(selection.name.value)
        size = add(size, { ...inner, directives: inner.directives + directives })
      }
    }
    return size
  }

  const operations = document.definitions.filter(definition => definition.kind === 'OperationDefinition')
  if (operations.length > LIMITS.operations) return tooComplex('operations', operations.length)
  for (const operation of operations) {
    const size = add(measure(operation.selectionSet), { ...EMPTY, directives: operation.directives?.length ?? 0 })
    for (const what of ['depth', 'aliases', 'fields', 'directives'] as const)
      if (size[what] > LIMITS[what]) return tooComplex(what, size[what])
  }
  return unstorableText(document)
}

/** 400 whatever the client accepts: it was never run. */
const REFUSED = { status: 400, spec: false }

const add = (a: Size, b: Size): Size => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  fields: a.fields + b.fields,
  directives: a.directives + b.directives,
})

export const tooComplex = (what: string, found: number, limit: number = LIMITS[what as keyof typeof LIMITS]) =>
  new GraphQLError(
    `This operation is too large: ${what} ${found > 1e9 ? 'beyond counting' : found}, at most ${limit}. Ask for less at once.`,
    {
      extensions: { code: 'QUERY_TOO_COMPLEX', http: REFUSED },
    },
  )

/** Texts in the document that no database can store; those in variables are looked at when the body is read. */
function unstorableText(document: DocumentNode): GraphQLError | undefined {
  let fault: string | undefined
  visit(document, {
    StringValue(node) {
      fault ??= unstorable(node.value)
    },
  })
  return fault === undefined
    ? undefined
    : new GraphQLError(fault, { extensions: { code: 'BAD_USER_INPUT', http: REFUSED } })
}
