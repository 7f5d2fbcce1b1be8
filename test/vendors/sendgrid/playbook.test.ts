import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishPlaybook } from '../../../core/publishing/publish-playbook.ts'
import { decideEffect } from '../../../core/runs/decide-effect.ts'
import { listSteps } from '../../../core/runs/list-steps.ts'
import { listRuns } from '../../../core/runs/read-runs.ts'
import { thread } from '../../../core/sales/messages.ts'
import { keepRegistrations } from '../../../core/triggers/keep-registrations.ts'
import { openVendorWorld, type VendorWorld } from '../vendor-world.ts'
import { ACCOUNT, eventOf, HOSTS, postAsSendGrid, SendGrid } from './sendgrid.ts'

/** It names no vendor: by the built-in mailbox it goes the same way. */
const WRITE = `id: write
name: Write
module: vendas
triggers: [{ event: lead.captured }]
steps:
  - id: write
    uses: email/send
    with:
      leadId: \${{ lead.id }}
      to: \${{ lead.email }}
      subject: Olá
      body: Podemos conversar?
    retry: { maxAttempts: 5, delay: 1s }
  - id: back
    waitFor:
      one: { event: message.bounced, correlate: { messageId: '\${{ steps.write.output.id }}' } }
      timeout: 3d
outputs: { reason: '\${{ steps.back.output.data.reason }}' }
`
const PATIENCE = { timeout: 20_000, interval: 50 }
const sendgrid = new SendGrid()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('sendgrid', HOSTS, sendgrid.answer)
  await world.connect('sendgrid', ACCOUNT)
  await publishPlaybook(world.core, world.core.workspaceId, WRITE)
  await keepRegistrations(world.core) // nobody listens to sendgrid.letter-returned, but somebody waits for what it tells of
  await world.core.brain.start()
})
afterAll(async () => {
  await world?.core.brain.stop()
  await world?.close()
  expect(sendgrid.problems).toEqual([])
})

const runOf = async (leadId: string) =>
  (await listRuns(world.core, world.core.workspaceId, { first: 100 })).items
    .map(({ node }) => node)
    .find(run => run.subjectId === leadId)
const stepOf = async (leadId: string) => {
  const run = await runOf(leadId)
  return run && (await listSteps(world.core, world.core.workspaceId, run.id)).find(step => step.path === 'write')
}
/** The team is written to as well: of a run that waits for them. */
const mailsTo = (email: string) => sendgrid.mails.filter(({ personalizations: [one] }) => one!.to[0]!.email === email)
const bounce = (email: string) =>
  postAsSendGrid(
    world,
    [eventOf(mailsTo(email)[0]!, 'bounce', { type: 'bounce', reason: '550 no such user' })],
    sendgrid.webhooks[0]!.key!.privateKey,
  )

test('a playbook writes by SendGrid, and goes on when the e-mail comes back', async () => {
  const email = 'back@acme.com.br'
  const leadId = await world.capture({ email })
  await expect.poll(async () => (await stepOf(leadId))?.status, PATIENCE).toBe('completed')
  const [letter] = await thread(world.core, world.core.workspaceId, { leadId })
  const run = (await runOf(leadId))!
  expect(letter).toMatchObject({ state: 'sent', runId: run.id, body: 'Podemos conversar?' })
  expect(await stepOf(leadId)).toMatchObject({ action: 'sendgrid@1.0.0/send', output: { id: letter!.id } })
  await expect.poll(async () => (await runOf(leadId))?.status, PATIENCE).toBe('waiting')
  expect(await bounce(email)).toBe(200)
  await expect.poll(async () => (await runOf(leadId))?.status, PATIENCE).toBe('completed')
  expect((await runOf(leadId))!.output).toEqual({ reason: '550 no such user' })
})

test('one whose answer was lost is not repeated, whatever its retry says: a person looks and decides', async () => {
  const email = 'lost@acme.com.br'
  sendgrid.instead.push({ after: 'lost', to: email })
  const leadId = await world.capture({ email })
  await expect.poll(async () => (await stepOf(leadId))?.status, PATIENCE).toBe('unknown')
  world.core.clock.advance(60_000)
  const run = (await runOf(leadId))!
  expect(run.status).toBe('quarantined')
  const [letter] = await thread(world.core, world.core.workspaceId, { leadId })
  expect(letter).toMatchObject({ state: 'sending' })
  const { id } = letter!
  const decision = { decision: 'sent', output: { id }, by: 'ana' } as const
  await decideEffect(world.core, world.core.workspaceId, run.id, 'write', decision)
  await expect.poll(async () => (await runOf(leadId))?.status, PATIENCE).toBe('waiting')
  expect(mailsTo(email)).toHaveLength(1)
  expect(await bounce(email)).toBe(200)
  await expect.poll(async () => (await runOf(leadId))?.status, PATIENCE).toBe('completed')
})

test('one that SendGrid has refused for now is sent once, when it is time', async () => {
  const email = 'later@acme.com.br'
  sendgrid.instead.push({ status: 503, headers: { 'retry-after': '5' }, to: email })
  const leadId = await world.capture({ email })
  await expect.poll(async () => (await stepOf(leadId))?.status, PATIENCE).toBe('retrying')
  expect(await thread(world.core, world.core.workspaceId, { leadId })).toEqual([])
  world.core.clock.advance(10_000)
  await expect.poll(async () => (await stepOf(leadId))?.status, PATIENCE).toBe('completed')
  expect(mailsTo(email)).toHaveLength(1)
  expect(await thread(world.core, world.core.workspaceId, { leadId })).toMatchObject([{ state: 'sent' }])
})
