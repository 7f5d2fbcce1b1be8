import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { default as plugin } from '@graphql-eslint/eslint-plugin'
import { Linter } from 'eslint'
import { isInterfaceType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../graphql/schema.ts'

const FILE = join(import.meta.dirname, '../../graphql/schema.graphql')

/** What has no id of its own: a value, a page, a payload. Whatever can be asked for by id is a `Node`. */
const values = Object.values(schema.getTypeMap()).flatMap(type =>
  isObjectType(type) && !type.getInterfaces().some(({ name }) => name === 'Node') ? [type.name] : [],
)

function lint(text: string): string[] {
  const config = {
    files: ['**/*.graphql'],
    languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema: FILE } } },
    plugins: { '@graphql-eslint': plugin },
    rules: {
      ...plugin.configs['flat/schema-recommended'].rules,
      ...plugin.configs['flat/schema-relay'].rules,
      '@graphql-eslint/strict-id-in-types': ['error', { exceptions: { types: values } }],
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }], // pages go forward only
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  }
  const findings = new Linter({ configType: 'flat' }).verify(text, config as unknown as Linter.Config, {
    filename: FILE,
  })
  return findings.map(({ line, ruleId, message }) => `${line} ${ruleId} ${message}`)
}

describe('the printed schema', () => {
  const text = readFileSync(FILE, 'utf8')
  it('keeps the rules of graphql-eslint, recommended and Relay', () => {
    expect(lint(text)).toEqual([])
  })
  it('would be told', () => {
    expect(
      lint(
        text
          .replace('type Lead implements Node {\n', 'type Lead implements Node {\n  getLeadThing: Int\n')
          .replace('type LeadEdge', 'type LeadSide'),
      ).join('\n'),
    ).toMatch(/LeadSide|relay/)
    expect(lint(`${text}\ntype bad_name {\n  x: Int\n}\n`).length).toBeGreaterThan(1)
  })
  it('knows its values from its nodes', () => {
    expect(values).not.toContain('Lead')
    expect(values).toContain('LeadConnection')
    expect(isInterfaceType(schema.getType('Node'))).toBe(true)
  })
})
