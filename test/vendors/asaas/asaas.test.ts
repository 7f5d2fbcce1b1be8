import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { registrationsOf } from '../../../core/plugins/registrations.ts'
import { archivePlaybook } from '../../../core/publishing/playbook-status.ts'
import { publishPlaybook } from '../../../core/publishing/publish-playbook.ts'
import { keepRegistrations } from '../../../core/triggers/keep-registrations.ts'
import { openVendorWorld, ORIGIN, type VendorWorld } from '../vendor-world.ts'
import { ACCOUNT, Asaas, refusal, SANDBOX_ACCOUNT } from './asaas.ts'

const HOSTS = ['api.asaas.com', 'api-sandbox.asaas.com']
const asaas = new Asaas()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('asaas', HOSTS, asaas.answer)
  await world.connect('asaas', ACCOUNT)
})
afterAll(() => world?.close())
afterEach(() => {
  expect(asaas.problems.splice(0)).toEqual([])
  expect(asaas.instead.splice(0)).toEqual([])
  asaas.asked.length = 0
})

let people = 0
/** Somebody whom Asaas has never heard of. */
const somebody = () => {
  const number = String(++people).padStart(8, '0')
  return {
    name: 'Ana Souza',
    email: `ana${number}@acme.com.br`,
    phone: '+55 11 98765-4321',
    document: `${number}/0001-95`,
  }
}
const bill = (more: Record<string, unknown> = {}) => ({
  amount: 19_990,
  currency: 'BRL',
  description: 'Plano mensal',
  dueOn: '2030-03-10',
  customer: somebody(),
  ...more,
})
const operations = () => asaas.asked.map(({ operation }) => operation)

describe('a charge', () => {
  test('is made for a new customer, by Pix with its code, under the key of the step', async () => {
    const leadId = await world.capture({})
    const key = randomUUID()
    const made = await world.call('create-charge', bill({ leadId, method: 'PIX' }), key)
    const payment = asaas.payments.at(-1)!
    expect(made).toEqual({
      id: payment.id,
      status: 'PENDING',
      amount: 19_990,
      currency: 'BRL',
      paidAt: null,
      url: payment['invoiceUrl'],
      pixCode: `00020126-${payment.id}`,
      asaasStatus: 'PENDING',
    })
    expect(payment).toMatchObject({
      value: 199.9,
      billingType: 'PIX',
      dueDate: '2030-03-10',
      externalReference: key,
    })
    expect(asaas.customers.at(-1)).toMatchObject({
      id: payment['customer'],
      externalReference: leadId,
      mobilePhone: '11987654321',
      cpfCnpj: expect.stringMatching(/^\d{14}$/),
    })
    expect(asaas.asked.every(({ host }) => host === 'api.asaas.com')).toBe(true)
  })

  test('is made for the customer who is there: as this lead, by CPF or CNPJ, or by address', async () => {
    const leadId = await world.capture({ email: 'known@acme.com.br' })
    const customer = somebody()
    await world.call('create-charge', bill({ leadId, customer }))
    const { id } = asaas.customers.at(-1)!
    const before = asaas.customers.length
    await world.call('create-charge', bill({ leadId, customer: { name: 'Ana' } }))
    await world.call('create-charge', bill({ customer: { name: 'Acme', document: customer.document } }))
    await world.call('create-charge', bill({ customer: { name: 'Ana', email: customer.email } }))
    expect(asaas.customers).toHaveLength(before)
    expect(asaas.payments.slice(-3).map(({ customer: of }) => of)).toEqual([id, id, id])
  })

  test('is made for the company whose CNPJ it says, though the lead is a customer themselves', async () => {
    const leadId = await world.capture({ email: 'two@acme.com.br' })
    await world.call('create-charge', bill({ leadId }))
    const own = asaas.customers.at(-1)!
    await world.call('create-charge', bill({ leadId }))
    expect(asaas.customers.at(-1)!.id).not.toBe(own.id)
    expect(asaas.payments.at(-1)!['customer']).toBe(asaas.customers.at(-1)!.id)
  })

  test.each([
    ['ANY', 'UNDEFINED'],
    ['BOLETO', 'BOLETO'],
    ['CARD', 'CREDIT_CARD'],
  ])('by %s is %s at Asaas, and has no code of Pix', async (method, billingType) => {
    expect(await world.call('create-charge', bill({ method }))).toMatchObject({ pixCode: null, status: 'PENDING' })
    expect(asaas.payments.at(-1)).toMatchObject({ billingType })
    expect(operations()).not.toContain('get-qr-code-for-pix-payments')
  })

  test('without a last day may be paid for three days, by the calendar of the workspace', async () => {
    await world.call('create-charge', bill({ dueOn: undefined }))
    const then = new Date(world.core.clock.now().getTime() + 3 * 86_400_000)
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Sao_Paulo' }).format(then)
    expect(asaas.payments.at(-1)).toMatchObject({ dueDate: day })
  })

  test.each([
    ['in another currency', { currency: 'USD' }, /BRL only/],
    ['by transfer', { method: 'TRANSFER' }, /no transfers/],
    ['for somebody new without CPF or CNPJ', { customer: { name: 'Eva' } }, /customer\.document/],
  ])('%s is refused before anything is made', async (_what, more, message) => {
    const before = [asaas.customers.length, asaas.payments.length]
    await expect(world.call('create-charge', bill(more))).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringMatching(message),
    })
    expect([asaas.customers.length, asaas.payments.length]).toEqual(before)
  })

  test('whose code of Pix cannot be read is there all the same, and is read with it later', async () => {
    const customer = somebody()
    await world.call('create-charge', bill({ customer }))
    const nothing = { status: 200, body: { object: 'list', hasMore: false, totalCount: 0, limit: 10, offset: 0, data: asaas.customers.slice(-1) } } // prettier-ignore
    const made = { status: 200, body: { id: 'pay_x', status: 'PENDING', billingType: 'PIX', value: 1 } }
    asaas.instead.push(nothing, made, { status: 503 })
    expect(await world.call('create-charge', bill({ customer, method: 'PIX' }))).toMatchObject({ id: 'pay_x', pixCode: null }) // prettier-ignore
  })
})

describe('a charge whose answer was lost', () => {
  test('is found by its key, and made once', async () => {
    const [key, charge] = [randomUUID(), bill({ method: 'PIX' })]
    await world.call('create-charge', { ...charge }) // the very same of another step
    asaas.asked.length = 0
    asaas.instead.push(ofList([asaas.customers.at(-1)!]), { after: 'lost' })
    await expect(world.call('create-charge', charge, key)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true }) // prettier-ignore
    const { id } = asaas.payments.at(-1)!
    const before = asaas.payments.length
    expect(await world.lookup('create-charge', charge, key)).toMatchObject({
      found: true,
      output: { id, status: 'PENDING', pixCode: `00020126-${id}` },
    })
    expect(asaas.payments).toHaveLength(before)
  })

  test('that never arrived is not found, nor one that nobody tried', async () => {
    const [key, charge] = [randomUUID(), bill()]
    expect(await world.lookup('create-charge', charge, key)).toEqual({ found: false })
    asaas.instead.push(ofList([{ id: 'cus_1', cpfCnpj: charge.customer.document.replace(/\D/g, '') }]), { status: 502 })
    await expect(world.call('create-charge', charge, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await world.lookup('create-charge', charge, key)).toEqual({ found: false })
  })

  test('after its customer was made makes no second customer', async () => {
    const charge = bill()
    asaas.instead.push(ofList([]), { after: 'lost' })
    await expect(world.call('create-charge', charge)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const before = asaas.customers.length
    await world.call('create-charge', charge)
    expect(asaas.customers).toHaveLength(before)
  })
})

describe('how a charge stands', () => {
  test.each([
    ['PENDING', 'PENDING'],
    ['AWAITING_RISK_ANALYSIS', 'PENDING'],
    ['CONFIRMED', 'PAID'],
    ['RECEIVED', 'PAID'],
    ['RECEIVED_IN_CASH', 'PAID'],
    ['OVERDUE', 'OVERDUE'],
    ['REFUNDED', 'REFUNDED'],
    ['CHARGEBACK_REQUESTED', 'FAILED'],
  ])('%s is %s', async (status, here) => {
    const { id } = await world.call('create-charge', bill())
    Object.assign(asaas.payments.at(-1)!, { status, clientPaymentDate: '2030-03-09', paymentDate: '2030-03-10' })
    const paidAt = here === 'PAID' ? '2030-03-09T00:00:00-03:00' : null
    expect(await world.call('get-charge', { id })).toMatchObject({ status: here, asaasStatus: status, paidAt })
  })

  test('is cancelled once, and not when it is paid', async () => {
    const { id } = await world.call('create-charge', bill())
    for (let i = 0; i < 2; i++) expect(await world.call('cancel-charge', { id })).toMatchObject({ status: 'CANCELLED' })
    expect(operations().filter(one => one === 'delete-payment')).toHaveLength(1)
    expect(await world.call('get-charge', { id })).toMatchObject({ status: 'CANCELLED' })
    const paid = await world.call('create-charge', bill())
    asaas.payments.at(-1)!['status'] = 'RECEIVED'
    await expect(world.call('cancel-charge', { id: paid['id'] })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(world.call('get-charge', { id: 'pay_0' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'Asaas has no charge pay_0.',
    })
  })
})

describe('what Asaas refuses', () => {
  const ask = () => world.call('get-charge', { id: 'pay_1' })

  test('because of too much is asked again as late as it says', async () => {
    asaas.instead.push({ status: 429, headers: { 'ratelimit-reset': '17' }, body: {} })
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfter: 17 })
  })

  test('is said in its words, with what to do', async () => {
    asaas.instead.push(refusal(400, 'invalid_dueDate', 'A data de vencimento já passou.'))
    await expect(ask()).rejects.toMatchObject({
      code: 'VALIDATION',
      message: 'Asaas: A data de vencimento já passou. (invalid_dueDate)',
    })
    asaas.instead.push({ status: 403 })
    await expect(ask()).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('address of this host') }) // prettier-ignore
    await world.connect('asaas', { ...ACCOUNT, apiKey: SANDBOX_ACCOUNT.apiKey })
    await expect(ask()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(
        /não pertence a este ambiente.*\(invalid_environment\)\. The key is one of the other/,
      ),
    })
    await world.connect('asaas', ACCOUNT)
  })
})

describe('Asaas posts', () => {
  let playbookId: string
  const hookPath = async () => (await world.trigger('charge-changed')).path!
  beforeAll(async () => {
    const source = `id: late\nname: Late\nmodule: vendas\ntriggers: [ { event: asaas.charge-changed } ]\nsteps: [ { set: { seen: true } } ]\n`
    playbookId = (await publishPlaybook(world.core, world.core.workspaceId, source)).playbookId
    asaas.instead.push(ofList([]), { after: 'lost' })
    await keepRegistrations(world.core)
    world.core.clock.advance(60_000)
    await keepRegistrations(world.core)
  })
  const post = async (body: Record<string, unknown>, token = asaas.webhooks[0]!.authToken) => {
    const response = await fetch(world.host.url + (await hookPath()), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'asaas-access-token': token },
      body: JSON.stringify(body),
    })
    return response.status
  }
  let count = 0
  const tell = (event: string, payment: object, token?: string) =>
    post({ id: `evt_${++count}`, event, dateCreated: '2030-03-09 12:00:00', payment }, token)
  const received = async (chargeId: unknown) =>
    (await world.events('payment.received')).filter(event => event['chargeId'] === chargeId)
  const changed = async (chargeId: unknown) =>
    (await world.events('asaas.charge-changed')).filter(event => event['chargeId'] === chargeId)

  test('to the address that it was told, once, with a secret of that address alone', async () => {
    expect(asaas.webhooks).toMatchObject([
      { url: `${ORIGIN}${await hookPath()}`, email: ACCOUNT.email, enabled: true, sendType: 'SEQUENTIALLY' },
    ])
    expect(asaas.webhooks[0]!.authToken.length).toBeGreaterThanOrEqual(32)
    const [row] = [...(await registrationsOf(world.core, world.installation.id)).values()]
    expect(row).toMatchObject({ registeredAt: expect.any(Date), lastError: null })
  })

  test('that a charge was paid: told to playbooks as the built-in charges do, once', async () => {
    const leadId = await world.capture({ email: 'payer@acme.com.br' })
    const { id } = await world.call('create-charge', bill({ leadId, method: 'CARD' }))
    const payment = { ...asaas.payments.at(-1)!, status: 'CONFIRMED' }
    expect(await tell('PAYMENT_CONFIRMED', payment, 'x'.repeat(40))).toBe(401)
    expect(await received(id)).toEqual([])
    const confirmed = { id: 'evt_same', event: 'PAYMENT_CONFIRMED', payment }
    expect([await post(confirmed), await post(confirmed)]).toEqual([200, 200])
    expect(await tell('PAYMENT_RECEIVED', { ...payment, status: 'RECEIVED' })).toBe(200)
    expect(await received(id)).toEqual([
      { leadId, chargeId: id, amount: 19_990, currency: 'BRL', description: 'Plano mensal' },
    ])
    expect(await changed(id)).toMatchObject([
      { kind: 'PAYMENT_CONFIRMED', status: 'PAID', leadId },
      { kind: 'PAYMENT_RECEIVED', status: 'PAID', leadId },
    ])
  })

  test('that one is late, was refunded or deleted', async () => {
    const { id } = await world.call('create-charge', bill())
    const payment = asaas.payments.at(-1)!
    await tell('PAYMENT_OVERDUE', { ...payment, status: 'OVERDUE' })
    await tell('PAYMENT_REFUNDED', { ...payment, status: 'REFUNDED' })
    await tell('PAYMENT_DELETED', { ...payment, deleted: true })
    expect((await changed(id)).map(({ status }) => status)).toEqual(['OVERDUE', 'REFUNDED', 'CANCELLED'])
    expect(await received(id)).toEqual([])
  })

  test('of a charge that a person made there for one of our leads, and of one that is none of ours', async () => {
    const leadId = await world.capture({ email: 'by-hand@acme.com.br' })
    await world.call('create-charge', bill({ leadId }))
    const ours = asaas.customers.at(-1)!.id
    asaas.customers.push({ id: 'cus_other', cpfCnpj: '1', externalReference: 'ERP-7' }, { id: 'cus_gone', externalReference: randomUUID() }) // prettier-ignore
    const byHand = (id: string, customer: string) => ({ id, customer, value: 50, status: 'RECEIVED', billingType: 'PIX' }) // prettier-ignore
    await tell('PAYMENT_RECEIVED', byHand('pay_by_hand', ours))
    await tell('PAYMENT_RECEIVED', byHand('pay_other', 'cus_other'))
    await tell('PAYMENT_RECEIVED', byHand('pay_gone', 'cus_gone'))
    expect(await received('pay_by_hand')).toMatchObject([{ leadId, amount: 5000 }])
    expect([...(await received('pay_other')), ...(await received('pay_gone'))]).toEqual([])
    expect(await changed('pay_other')).toMatchObject([{ leadId: null, status: 'PAID' }])
  })

  test('of something else than charges tells nothing', async () => {
    expect(await post({ id: 'evt_sub', event: 'SUBSCRIPTION_CREATED', subscription: { id: 'sub_1' } })).toBe(200)
    expect((await world.events('asaas.charge-changed')).filter(({ chargeId }) => chargeId === undefined)).toEqual([])
  })

  test('no longer once nobody listens', async () => {
    await archivePlaybook(world.core, world.core.workspaceId, playbookId)
    await keepRegistrations(world.core)
    expect(asaas.webhooks).toEqual([])
  })
})

test('without an account the test environment is asked, where that is connected', async () => {
  const another = await openVendorWorld('asaas', HOSTS, asaas.answer)
  try {
    await expect(another.call('create-charge', bill())).rejects.toMatchObject({ code: 'CREDENTIAL' })
    await another.connect('sandbox', SANDBOX_ACCOUNT)
    asaas.asked.length = 0
    await another.call('create-charge', bill())
    expect(new Set(asaas.asked.map(({ host }) => host))).toEqual(new Set(['api-sandbox.asaas.com']))
  } finally {
    await another.close()
  }
})

test('it fills the service payment', () => {
  const { manifest } = world.installation
  expect(Object.keys(manifest.provides)).toEqual(['payment'])
  expect(manifest.permissions.events.map(({ name }) => name)).toEqual(['emit:payment.received'])
})

/** What a list answers. */
function ofList(data: readonly object[]) {
  return { status: 200, body: { object: 'list', hasMore: false, totalCount: data.length, limit: 100, offset: 0, data } }
}
