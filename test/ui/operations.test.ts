import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { lexicographicSortSchema, parse, printSchema, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { operationCost } from '../../graphql/operation-cost.ts'
import { schema } from '../../graphql/schema.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const SOURCES = join(ROOT, 'admin-ui/src')

/** Every gql`…` of the admin UI. Fragments stand in documents of their own, so all are known to all. */
async function documents(): Promise<{ file: string; text: string }[]> {
  const files = (await readdir(SOURCES, { recursive: true })).filter(file => /\.tsx?$/.test(file))
  const texts = await Promise.all(files.map(file => readFile(join(SOURCES, file), 'utf8')))
  return files.flatMap((file, index) =>
    [...texts[index]!.matchAll(/\bgql`([^`]*)`/g)].map(([, text]) => ({ file, text: text!.replace(/\$\{\w+\}/g, '') })),
  )
}

describe('the operations of the admin UI', () => {
  it('fit the schema, each and every one', async () => {
    const found = await documents()
    const parsed = found.map(({ file, text }) => ({ file, document: parse(text) }))
    const fragments = parsed.flatMap(({ document }) =>
      document.definitions.filter(({ kind }) => kind === 'FragmentDefinition'),
    )
    const operations = parsed.flatMap(({ file, document }) =>
      document.definitions.flatMap(definition =>
        definition.kind === 'OperationDefinition' ? [{ file, definition }] : [],
      ),
    )
    expect(operations.length).toBeGreaterThan(20)
    const wrong = operations.flatMap(({ file, definition }) =>
      validate(schema, { kind: parse('{a}').kind, definitions: [definition, ...fragments] })
        .map(({ message }) => message)
        .filter(message => !/^Fragment ".*" is never used\.$/.test(message))
        .map(message => `${file} ${definition.name?.value}: ${message}`),
    )
    expect(wrong).toEqual([])
  })

  it('cost less than half of what one operation may', async () => {
    const all = parse((await documents()).map(({ text }) => text).join('\n'))
    for (const definition of all.definitions) {
      if (definition.kind !== 'OperationDefinition') continue
      expect(operationCost(schema, all, definition, {}), definition.name?.value).toBeLessThan(1000)
    }
  })

  it('are typed by what the schema says today', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trae-types-'))
    await writeFile(join(folder, 'schema.graphql'), printSchema(lexicographicSortSchema(schema)))
    await promisify(execFile)(process.execPath, [
      join(ROOT, 'admin-ui/generate-types.ts'),
      join(folder, 'schema.graphql'),
      join(folder, 'schema.ts'),
    ])
    const [fresh, committed] = await Promise.all([
      readFile(join(folder, 'schema.ts'), 'utf8'),
      readFile(join(SOURCES, 'api/schema.ts'), 'utf8'),
    ])
    await rm(folder, { recursive: true })
    expect(committed, 'run `node admin-ui/generate-types.ts` and commit what it writes').toBe(fresh)
  })
})
