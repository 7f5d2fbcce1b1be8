import { relative } from 'node:path'
import { expect, it } from 'vitest'
import { type Declaration, exportsOf } from './declarations.ts'

const ROOT = new URL('../../../', import.meta.url).pathname

/** Files in the order in which an author meets them, each under what it is about. */
const PARTS: Readonly<Record<string, string>> = {
  'core/sdk/sdk.ts': 'A plugin and its actions',
  'core/sdk/context.ts': 'What an action is given',
  'core/sdk/plugin-error.ts': 'Errors',
  'core/sdk/vendor-error.ts': 'Errors',
  'core/sdk/credential.ts': 'Accounts at vendors',
  'core/sdk/trigger.ts': 'Triggers',
  'core/sdk/contracts/': 'Services',
  'core/sdk/records.ts': 'Records',
  'core/sdk/figures.ts': 'Figures',
  'core/sdk/figures-in-words.ts': 'Figures in words',
  'core/sdk/model.ts': 'The language model',
  'core/sdk/shared-memory.ts': 'Memory',
  'core/sdk/schedule.ts': 'Calls for later',
  'core/sdk/findings.ts': 'What is known, and from where',
  'core/sdk/': 'Helpers',
  'core/testing/testing.ts': 'Tests: trae-os/sdk/testing',
  'core/testing/': 'Tests: trae-os/sdk/testing',
  'core/credentials/egress.ts': 'Tests: trae-os/sdk/testing',
  'core/plugins/call-trigger.ts': 'Tests: trae-os/sdk/testing',
}
const partOf = ({ file }: Declaration) => {
  const path = relative(ROOT, file)
  const key = PARTS[path] ?? Object.entries(PARTS).find(([start]) => start.endsWith('/') && path.startsWith(start))?.[1]
  if (key === undefined) throw new Error(`${path} stands under no part of docs/sdk.md; give it one here`)
  return key
}

const declared = ['core/sdk/sdk.ts', 'core/testing/testing.ts'].flatMap(path => exportsOf(`${ROOT}${path}`))

it('every name that an author imports says what it is', () => {
  expect(declared.length).toBeGreaterThan(80)
  expect(declared.filter(({ doc }) => doc === '').map(({ name, file }) => `${name} (${relative(ROOT, file)})`)).toEqual(
    [],
  )
})

it('docs/sdk.md has all of them, with their docstrings', async () => {
  const byPart = Map.groupBy(declared, partOf)
  const sections = [...new Set(Object.values(PARTS))].flatMap(part => [
    `## ${part}`,
    '',
    ...(byPart.get(part) ?? []).flatMap(({ name, doc, signature }) => [
      `### ${name}`,
      '',
      doc,
      '',
      ...(signature === '' ? [] : ['```ts', signature, '```', '']),
    ]),
  ])
  const page = [
    '<!-- Made from the docstrings of core/sdk and core/testing: npx vitest run test/plugins/sdk-reference -u -->',
    '',
    '# The SDK',
    '',
    'Everything that a plugin imports from `trae-os/sdk`, and its tests from `trae-os/sdk/testing`. How a plugin comes to be, from the first',
    'file to a release, stands in [plugins.md](plugins.md); the web standards that its code finds, in [plugins-guest.md](plugins-guest.md).',
    '',
    ...sections,
  ].join('\n')
  await expect(page).toMatchFileSnapshot('../../../docs/sdk.md')
})
