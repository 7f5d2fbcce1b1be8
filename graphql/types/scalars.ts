import { GraphQLError } from 'graphql'
import { builder } from '../builder.ts'

builder.scalarType('DateTime', {
  description: 'An instant in UTC, RFC 3339 with milliseconds.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: value => (value instanceof Date ? value.toISOString() : value),
  parseValue(value) {
    const date = typeof value === 'string' && RFC3339.test(value) ? new Date(value) : undefined
    if (date && !Number.isNaN(date.getTime())) return date
    throw new GraphQLError(`A DateTime must be as 2026-03-02T12:00:00.000Z, found ${JSON.stringify(value)}.`, {
      extensions: { code: 'BAD_USER_INPUT' },
    })
  },
})
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: value => value,
  parseValue: value => value,
})
