import { afterAll, describe, expect, test } from 'vitest'
import { jsonSchemaOf } from '../../core/plugins/json-schema.ts'
import { closeTests } from '../../core/testing/testing.ts'
import { ACTIONS, PLUGINS } from '../content/catalog.ts'
import { skill } from './agent.ts'
import { CASES } from './cases.ts'

afterAll(closeTests)

const skills = PLUGINS.filter(({ module }) => module !== undefined).flatMap(({ id, actions }) =>
  Object.keys(actions).map(name => `${id}/${name}`),
)
/** Where a statement may be from, beside the input: records, the workspace, a memory, ids of facts. */
const ELSEWHERE =
  /^(lead|leads|deal|deals|customer|customers|messages|meetings|activities|campaigns|workspace|objectives|F\d+|\d{4}-\d\d-\d\d)\b/

describe('the eight agents', { timeout: 60_000 }, () => {
  test('have a case for every skill', () => {
    expect(new Set(PLUGINS.map(({ module }) => module).filter(Boolean)).size).toBe(8)
    expect(Object.keys(CASES).sort()).toEqual([...skills].sort())
  })

  test.each(skills)('%s says of what it states where that is known from', async uses => {
    const [plugin, action] = uses.split('/') as [string, string]
    const { input, effect } = ACTIONS.get(uses)!.action
    const inputs = Object.keys((jsonSchemaOf(input, 'input') as { properties: object }).properties)
    // What reads nothing knows what it was given, and who it works for
    const elsewhere = effect === 'none' ? /^(F\d+|workspace)$/ : ELSEWHERE
    const { output } = await skill<object>(plugin, action, CASES[uses]!.test('pt-BR'))
    const statements = sourcedIn(output)
    expect(statements).not.toEqual([])
    for (const { source, from } of statements) {
      expect(source).not.toBe('')
      if (source === 'given') expect(from).toMatch(/^input/)
      for (const part of from.split(', ')) {
        const [, field] = /^input\.?(\w*)/.exec(part) ?? []
        if (field === undefined) expect(part).toMatch(elsewhere)
        else if (field !== '') expect(inputs, part).toContain(field)
      }
    }
  })
})

/** Everything with a source, however deep. */
function sourcedIn(value: unknown): { source: string; from: string }[] {
  if (typeof value !== 'object' || value === null) return []
  const { source, from } = value as { source?: unknown; from?: unknown }
  const own = typeof source === 'string' && typeof from === 'string' ? [{ source, from }] : []
  return [...own, ...Object.values(value).flatMap(sourcedIn)]
}
