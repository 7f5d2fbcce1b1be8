import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isObjectType,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** The most that one operation may cost. */
export const COST_LIMIT = 2000

/**
 * What an operation costs before it is run: 1 for each object, a list as many times its children as `first` (or `ids`)
 * says. Fields without children are free. Fragments are counted once for each type they stand on.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): number {
  const variables = { ...defaultsOf(operation), ...given }
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition)
  const known = new Map<SelectionSetNode, Map<string, number>>()

  const costOf = (set: SelectionSetNode, type: GraphQLNamedType, page: number): number => {
    const key = `${type.name} ${page}`
    const counted = known.get(set)?.get(key)
    if (counted !== undefined) return counted
    let cost = 0
    for (const selection of set.selections) {
      if (selection.kind === 'Field') cost += fieldCost(selection, type, page)
      else {
        const fragment = selection.kind === 'InlineFragment' ? selection : fragments.get(selection.name.value)
        const on = fragment?.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type
        if (fragment && on) cost += costOf(fragment.selectionSet, on, page)
      }
    }
    const byKey = known.get(set) ?? new Map<string, number>()
    known.set(set, byKey.set(key, cost))
    return cost
  }

  /** `page`: how many edges the connection around this field may have. */
  const fieldCost = (node: FieldNode, parent: GraphQLNamedType, page: number): number => {
    if (!node.selectionSet) return 0
    const field =
      isObjectType(parent) || isAbstractType(parent)
        ? 'getFields' in parent
          ? parent.getFields()[node.name.value]
          : undefined
        : undefined
    if (!field) return 0 // __schema and __type: bounded by depth and fields
    const type = getNamedType(field.type)
    if (!isCompositeType(type)) return 0
    const first = argument(node, 'first', variables) ?? field.args.find(({ name }) => name === 'first')?.default?.value
    const own = typeof first === 'number' ? Math.max(0, first) : 1
    const ids = argument(node, 'ids', variables)
    const times = node.name.value === 'edges' ? page : Array.isArray(ids) ? ids.length : 1
    return times * (1 + costOf(node.selectionSet, type, own))
  }

  const root = schema.getRootType(operation.operation)
  return root ? costOf(operation.selectionSet, root, 1) : 0
}

/** What the operation itself says its variables are where none is given. */
function defaultsOf(operation: OperationDefinitionNode): Record<string, unknown> {
  const numbers = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === 'IntValue' ? [[variable.name.value, Number(defaultValue.value)]] : [],
  )
  return Object.fromEntries(numbers)
}

function argument(node: FieldNode, name: string, variables: Readonly<Record<string, unknown>>): unknown {
  const value = node.arguments?.find(argument => argument.name.value === name)?.value
  switch (value?.kind) {
    case 'IntValue':
      return Number(value.value)
    case 'ListValue':
      return value.values
    case 'Variable':
      return variables[value.name.value]
    default:
      return undefined
  }
}
