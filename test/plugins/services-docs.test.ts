import { expect, it } from 'vitest'
import type { JsonSchema } from '../../core/playbooks/catalog.ts'
import { SERVICES } from '../../core/plugins/services.ts'

/** What a schema says of a value, in a few words. */
function kindOf(schema: JsonSchema): string {
  const options = schema.anyOf ?? schema.oneOf
  if (options) return [...new Set(options.map(kindOf))].join(' or ')
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.enum) return schema.enum.map(value => `\`${String(value)}\``).join(', ')
  if (typeof schema.items === 'object') return `list of ${kindOf(schema.items)}`
  if (schema.properties) return 'object'
  const type = [schema.type ?? 'anything'].flat().join(' or ')
  return schema.format === undefined ? type : `${type} (${String(schema.format)})`
}

interface Row {
  readonly name: string
  readonly schema: JsonSchema
  readonly needed: boolean
}

/** Every field, those inside of objects and lists below their own. */
function fieldsOf(schema: JsonSchema, prefix = ''): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`
    const entry = typeof field.items === 'object' ? field.items : undefined
    return [
      { name, schema: field, needed: schema.required?.includes(key) ?? false },
      ...fieldsOf(field, `${name}.`),
      ...(entry ? fieldsOf(entry, `${name}[].`) : []),
    ]
  })
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function table(schema: JsonSchema, must: string): string[] {
  const rows = fieldsOf(schema)
  if (rows.length === 0) return ['Nothing.', '']
  return [
    `| field | what | ${must} | |`,
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ name, schema: { description = '', ...rest }, needed }) =>
        `| \`${name}\` | ${cell(kindOf(rest))} | ${needed ? 'yes' : ''} | ${cell(String(description))} |`,
    ),
    '',
  ]
}

/** docs/services.md, made from the contracts that plugins are held against. `npx vitest run test/plugins/services-docs.test.ts -u` writes it anew. */
it('the page of services in the docs says what the contracts say', async () => {
  const page = [
    '# Services',
    '',
    'What playbooks can ask for without naming a vendor: `uses: email/send`. Each workspace says who provides a service (page Services, `trae service bind`); a provider',
    'that needs no account is there for each. How a plugin provides one is in [plugins.md](plugins.md#providing-a-service).',
    '',
    ...[...SERVICES.values()].flatMap(({ id, version, title, description, actions }) => [
      `## ${title} (\`${id}\` ${version})`,
      '',
      description,
      '',
      ...Object.entries(actions).flatMap(([name, action]) => [
        `### \`${id}/${name}\`: ${action.title}`,
        '',
        `${action.description} Effect: ${action.effect}.`,
        '',
        'Takes:',
        '',
        ...table(action.input, 'needed'),
        'Gives at least:',
        '',
        ...table(action.output, 'always'),
        '```json',
        JSON.stringify(action.sample, null, 2),
        '```',
        '',
      ]),
    ]),
  ].join('\n')
  await expect(page).toMatchFileSnapshot('../../docs/services.md')
})

it('knows every service and every field of it', () => {
  expect(
    fieldsOf({ properties: { a: { items: { properties: { b: { type: 'string' } } } } }, required: ['a'] }),
  ).toEqual([
    { name: 'a', schema: expect.anything(), needed: true },
    { name: 'a[].b', schema: { type: 'string' }, needed: false },
  ])
  for (const { actions } of SERVICES.values())
    for (const { input, output } of Object.values(actions))
      for (const { name, schema } of [...fieldsOf(input), ...fieldsOf(output)])
        expect(kindOf(schema), name).not.toBe('')
})
