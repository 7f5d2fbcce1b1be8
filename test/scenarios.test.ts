import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestBench, type TestBench } from './rehearsal/rehearse.ts'

/**
 * What the control words of the CNCF Serverless Workflow DSL mean (https://serverlessworkflow.io), as scenarios of our
 * own, each a playbook with its tests. docs/coming-from.md says which of its words is which of ours.
 */
const folder = join(import.meta.dirname, 'scenarios')
const names = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .sort()

describe('a behaviour that our language shares with Serverless Workflow', () => {
  let bench: TestBench
  beforeAll(async () => void (bench = await openTestBench()))
  afterAll(() => bench?.close())

  it.each(names)('%s', async name => {
    const report = await bench.rehearse(readFileSync(join(folder, name), 'utf8'))
    const failures = report.results.flatMap(result =>
      result.failures.map(failure => `${result.name}: ${failure.message}`),
    )
    expect(failures).toEqual([])
    expect(report.results.length).toBeGreaterThan(0)
  })

  it('has its row in the page for those who come from elsewhere', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/coming-from.md'), 'utf8')
    for (const name of names) expect(page).toContain(`](../test/scenarios/${name})`)
  })
})
