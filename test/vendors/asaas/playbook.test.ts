import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishPlaybook } from '../../../core/publishing/publish-playbook.ts'
import { listSteps } from '../../../core/runs/list-steps.ts'
import { listRuns } from '../../../core/runs/read-runs.ts'
import { keepRegistrations } from '../../../core/triggers/keep-registrations.ts'
import { openVendorWorld, type VendorWorld } from '../vendor-world.ts'
import { ACCOUNT, Asaas } from './asaas.ts'

/** It names no vendor: with the built-in charges a person confirms the money, with Asaas the bank does. */
const CHARGE = `id: charge
name: Charge
module: vendas
triggers: [{ event: lead.captured }]
steps:
  - id: charge
    uses: payment/create-charge
    with:
      leadId: \${{ lead.id }}
      amount: 19900
      currency: BRL
      description: Plano mensal
      customer: { name: '\${{ lead.name }}', email: '\${{ lead.email }}', document: 529.982.247-25 }
      method: PIX
    retry: { maxAttempts: 5, delay: 1s }
  - id: paid
    waitFor:
      one: { event: payment.received, correlate: { chargeId: '\${{ steps.charge.output.id }}' } }
      timeout: 30d
outputs: { amount: '\${{ steps.paid.output.data.amount }}' }
`
const PATIENCE = { timeout: 20_000, interval: 50 }
const asaas = new Asaas()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('asaas', ['api.asaas.com', 'api-sandbox.asaas.com'], asaas.answer)
  await world.connect('asaas', ACCOUNT)
  await publishPlaybook(world.core, world.core.workspaceId, CHARGE)
  await keepRegistrations(world.core) // nobody listens to asaas.charge-changed, but somebody waits for what it tells of
  await world.core.brain.start()
})
afterAll(async () => {
  await world?.core.brain.stop()
  await world?.close()
})

const runOf = async (leadId: string) =>
  (await listRuns(world.core, world.core.workspaceId, { first: 100 })).items
    .map(({ node }) => node)
    .find(run => run.subjectId === leadId)
const stepOf = async (leadId: string, path: string) => {
  const run = await runOf(leadId)
  return run && (await listSteps(world.core, world.core.workspaceId, run.id)).find(step => step.path === path)
}

test('a playbook charges once though the answer was lost, and goes on when Asaas says that it was paid', async () => {
  asaas.customers.push({ id: 'cus_known', cpfCnpj: '52998224725' })
  const data = asaas.customers.slice(-1)
  const found = { status: 200, body: { object: 'list', hasMore: false, totalCount: 1, limit: 100, offset: 0, data } }
  // nobody as this lead, one with this CPF; then the charge is made, and the host never hears of it
  asaas.instead.push({ status: 200, body: { ...found.body, totalCount: 0, data: [] } }, found, { after: 'lost' })
  const leadId = await world.capture({ email: 'lost@acme.com.br' })
  await expect.poll(async () => (await stepOf(leadId, 'charge'))?.status, PATIENCE).toBe('retrying')
  expect(asaas.payments).toHaveLength(1)
  world.core.clock.advance(10_000)
  await expect.poll(async () => (await stepOf(leadId, 'charge'))?.status, PATIENCE).toBe('completed')
  expect(asaas.payments).toHaveLength(1)
  const payment = asaas.payments[0]!
  const step = (await stepOf(leadId, 'charge'))!
  expect(step).toMatchObject({ action: 'asaas@1.0.0/create-charge', account: 'main', output: { id: payment.id } })
  expect(payment['externalReference']).toBe(step.effectKey)

  const { path } = await world.trigger('charge-changed')
  const body = { id: 'evt_1', event: 'PAYMENT_RECEIVED', payment: { ...payment, status: 'RECEIVED' } }
  const { status } = await fetch(world.host.url + path!, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'asaas-access-token': asaas.webhooks[0]!.authToken },
    body: JSON.stringify(body),
  })
  expect(status).toBe(200)
  await expect.poll(async () => (await runOf(leadId))?.status, PATIENCE).toBe('completed')
  expect((await runOf(leadId))!.output).toEqual({ amount: 19_900 })
  expect(asaas.problems).toEqual([])
})
