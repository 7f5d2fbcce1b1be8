import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql'

const known = new WeakMap<DocumentNode, readonly string[]>()

/** What a document uses that is to be removed one day, by its schema coordinates: `Query.notices(unread:)`. */
export function deprecatedUses(schema: GraphQLSchema, document: DocumentNode): readonly string[] {
  const before = known.get(document)
  if (before) return before
  const found = new Set<string>()
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field() {
        const field = types.getFieldDef()
        if (field?.deprecationReason !== undefined) found.add(`${types.getParentType()?.name}.${field.name}`)
      },
      Argument() {
        const argument = types.getArgument()
        if (argument?.deprecationReason === undefined) return
        found.add(`${types.getParentType()?.name}.${types.getFieldDef()?.name}(${argument.name}:)`)
      },
    }),
  )
  const uses = [...found]
  known.set(document, uses)
  return uses
}
