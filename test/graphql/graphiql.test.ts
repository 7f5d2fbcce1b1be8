import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { TABS } from '../../graphql/graphiql-tabs.ts'
import { refuseDocument } from '../../graphql/limits.ts'
import { schema } from '../../graphql/schema.ts'

describe('the examples of GraphiQL', () => {
  it.each(TABS.map(tab => [/\b(?:query|mutation|subscription) (\w+)/.exec(tab.query)![1], tab] as const))(
    '%s fits the schema and the limits',
    (_name, { query, variables }) => {
      const document = parse(query)
      expect(validate(schema, document)).toEqual([])
      expect(refuseDocument(document)).toBeUndefined()
      const declared = document.definitions.flatMap(one =>
        one.kind === 'OperationDefinition'
          ? (one.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
          : [],
      )
      expect(Object.keys(JSON.parse(variables ?? '{}') as object)).toEqual(declared)
    },
  )
})
