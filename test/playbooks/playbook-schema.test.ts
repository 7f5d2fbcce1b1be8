import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { playbookSchema, playbookSchemaText } from '../../core/playbooks/playbook-schema.ts'
import { testFileSchemaText } from '../../core/playbooks/tests/test-file.ts'
import { CUSTOMER_SCHEMA, DEAL_SCHEMA, LEAD_SCHEMA } from '../../core/playbooks/record-schemas.ts'
import { customerOf } from '../../core/sales/customer.ts'
import { dealOf } from '../../core/sales/deal.ts'
import { type LeadRow, leadOf } from '../../core/sales/lead.ts'

const root = join(import.meta.dirname, '../..')
const fixtures = join(import.meta.dirname, 'fixtures')
const committed = join(root, 'playbooks/playbook.schema.json')

describe('the schema for editors', () => {
  const validate = new Ajv2020({ strict: false }).compile(playbookSchema())
  const valid = (file: string): boolean => validate(parse(readFileSync(file, 'utf8')))

  it('is committed as it is generated; WRITE_SCHEMA=1 writes it again', () => {
    if (process.env['WRITE_SCHEMA']) writeFileSync(committed, playbookSchemaText())
    expect(
      readFileSync(committed, 'utf8') === playbookSchemaText(),
      'playbooks/playbook.schema.json is out of date',
    ).toBe(true)
  })

  it('is there for files of tests too', () => {
    const file = join(root, 'playbooks/playbook-test.schema.json')
    if (process.env['WRITE_SCHEMA']) writeFileSync(file, testFileSchemaText())
    expect(readFileSync(file, 'utf8') === testFileSchemaText(), `${file} is out of date`).toBe(true)
    const validTests = new Ajv2020({ strict: false }).compile(JSON.parse(testFileSchemaText()))
    const tests = readdirSync(join(root, 'playbooks')).filter(name => name.endsWith('.test.yaml'))
    expect(tests.length).toBeGreaterThan(2)
    for (const name of tests) {
      const source = readFileSync(join(root, 'playbooks', name), 'utf8')
      expect(validTests(parse(source)), `${name} ${JSON.stringify(validTests.errors)}`).toBe(true)
      expect(validTests(parse(source.replace('effects:', 'efects:'))), name).toBe(false)
    }
  })

  it('accepts what is right', () => {
    for (const file of readdirSync(join(fixtures, 'good'))) expect(valid(join(fixtures, 'good', file)), file).toBe(true)
  })

  it('sees the simple mistakes while they are typed', () => {
    for (const name of [
      'bad-ids',
      'bad-steps',
      'unknown-top-key',
      'wrong-types',
      'wrong-enums-and-ranges',
      'half-steps',
      'unknown-step-key',
    ])
      expect(valid(join(fixtures, 'broken', `${name}.yaml`)), name).toBe(false)
  })
})

describe('lead in expressions', () => {
  it('has exactly the fields of the record', () => {
    const row: LeadRow = {
      id: 'l1', name: 'Ana', email: null, phone: null, company: null, job_title: null, source: 'API', locale: 'en', status: 'NEW', score: null,
      score_factors: [], data: {}, utm: {}, consent: {}, unsubscribed_at: null,
      email_bounced_at: null,
          phone_opted_out_at: null, created_at: new Date(), updated_at: new Date(),
    } // prettier-ignore
    expect(Object.keys(LEAD_SCHEMA.properties!).toSorted()).toEqual(Object.keys(leadOf(row)).toSorted())
  })

  it('so have deal and customer', () => {
    const at = new Date()
    const deal = dealOf({
      id: 'd1', lead_id: 'l1', title: 'One', stage: 'WON', amount: null, currency: 'BRL', probability: 100, expected_close_on: null,
      closed_at: null, lost_reason: null, run_id: null, created_at: at, updated_at: at,
    }) // prettier-ignore
    const customer = customerOf({
      id: 'c1', lead_id: 'l1', deal_id: null, name: 'Acme', status: 'ACTIVE', plan: null, mrr: null, currency: 'BRL', facts: {}, health: null,
      health_factors: [], health_at: null, last_heard_at: null, started_at: at, churned_at: null, updated_at: at,
    }) // prettier-ignore
    expect(Object.keys(DEAL_SCHEMA.properties!).toSorted()).toEqual(Object.keys(deal).toSorted())
    expect(Object.keys(CUSTOMER_SCHEMA.properties!).toSorted()).toEqual(Object.keys(customer).toSorted())
  })
})
