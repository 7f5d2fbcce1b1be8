import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../graphql/schema.ts'

const types = (of: GraphQLSchema) =>
  Object.values(of.getTypeMap()).filter(type => !isIntrospectionType(type) && !isSpecifiedScalarType(type))

describe('the schema', () => {
  it('is the one that is printed in graphql/schema.graphql (write it anew with `vitest run test/graphql/schema.test.ts -u`)', async () => {
    await expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toMatchFileSnapshot(
      '../../graphql/schema.graphql',
    )
  })

  it('breaks nothing that the last release had, but for what was reviewed', () => {
    const folder = join(import.meta.dirname, '../../graphql')
    const released = buildSchema(readFileSync(join(folder, 'released.graphql'), 'utf8'))
    const reviewed = JSON.parse(readFileSync(join(folder, 'reviewed-changes.json'), 'utf8')) as Record<string, string>
    const found = findBreakingChanges(released, schema).map(({ description }) => description)
    const said =
      'Deprecate before you remove; a change that must be goes into graphql/reviewed-changes.json with its reason'
    expect(
      found.filter(change => !reviewed[change]),
      said,
    ).toEqual([])
    expect(
      Object.keys(reviewed).filter(change => !found.includes(change)),
      'reviewed, but not there',
    ).toEqual([])
  })

  it('describes every type, field, argument, input field and enum value', () => {
    const silent: string[] = []
    const look = (name: string, { description }: { description?: string | null | undefined }) => {
      if (!description?.trim()) silent.push(name)
    }
    for (const type of types(schema)) {
      look(type.name, type)
      if (isObjectType(type) || isInterfaceType(type))
        for (const field of Object.values(type.getFields())) {
          look(`${type.name}.${field.name}`, field)
          for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name})`, argument)
        }
      if (isInputObjectType(type))
        for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field)
      if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value)
    }
    expect(silent).toEqual([])
  })

  it('says of every root field what it needs', () => {
    for (const root of [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!])
      for (const field of Object.values(root.getFields()))
        expect(field.description, `${root.name}.${field.name}`).toMatch(/Needs `\w+:\w+`: [A-Z]+ and above\./)
  })

  it('keeps the rules of API.md', () => {
    const broken: string[] = []
    for (const type of types(schema)) {
      if (/(Type|Enum|Interface)$/.test(type.name)) broken.push(`${type.name}: suffix`)
      if (isEnumType(type))
        for (const { name } of type.getValues())
          if (!/^[A-Z][A-Z_]*$/.test(name)) broken.push(`${type.name}.${name}: not SCREAMING_SNAKE`)
      if (!isObjectType(type)) continue
      for (const { name, type: output, args } of Object.values(type.getFields())) {
        if (!/^[a-z][A-Za-z]*$/.test(name) || /^(get|list)[A-Z]/.test(name)) broken.push(`${type.name}.${name}: name`)
        if (/password|secret|token/i.test(name) && !/^(?:webhookRotateSecret|passwordChange)$/.test(name))
          broken.push(`${type.name}.${name}: a secret`)
        const list = isNonNullType(output) ? output.ofType : output
        if (
          isListType(list) &&
          !(isNonNullType(output) && (isNonNullType(list.ofType) || name === 'nodes')) &&
          `${type.name}.${name}` !== 'UserError.field'
        )
          broken.push(`${type.name}.${name}: nullable list`)
        if (String(list) === 'Boolean' && !isNonNullType(output)) broken.push(`${type.name}.${name}: nullable boolean`)
        if (
          String(list).endsWith('Connection') &&
          !['first', 'after'].every(want => args.some(has => has.name === want))
        )
          broken.push(`${type.name}.${name}: no page`)
      }
      if (
        type.name.endsWith('Payload') &&
        Object.keys(schema.getMutationType()!.getFields()).some(
          field => type.name.toLowerCase() === `${field.toLowerCase()}payload`,
        )
      )
        if (!type.getFields()['userErrors']) broken.push(`${type.name}: no userErrors`)
    }
    for (const type of types(schema).filter(isInputObjectType))
      for (const name of ['workspaceId', 'createdAt', 'createdBy', 'ownerId'])
        if (type.getFields()[name]) broken.push(`${type.name}.${name}: the server's own`)
    expect(broken).toEqual([])
  })
})
