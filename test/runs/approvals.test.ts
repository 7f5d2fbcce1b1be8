import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import type { Approval } from '../../core/runs/approvals/approval.ts'
import { tokenHash } from '../../core/runs/approvals/approval-link.ts'
import { decideApproval, type DecideApproval } from '../../core/runs/approvals/decide-approval.ts'
import { countOpenApprovals, listApprovals } from '../../core/runs/approvals/read-approvals.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { listMessages } from '../../core/sales/messages.ts'
import { startByHand } from '../../core/triggers/start-by-hand.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const DAY = 24 * 60 * 60_000
const [ANA, BIA, CAIO] = ['ana@acme.com', 'bia@acme.com', 'caio@acme.com'] as const

describe.each(DATABASE_KINDS)('Promise 7, approvals on %s', kind => {
  let engine: Engine
  let folder: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-mailbox-'))
    await buildPlugin(join(import.meta.dirname, '../../plugins/mailbox'), folder)
    const from = { kind: 'built-in', path: folder } as const
    await installPlugin(engine, { workspaceId: engine.workspaceId, from, grant: 'all-declared' })
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(() => engine.wipe())

  /** Publishes a playbook that asks, starts a run and waits until nothing is left to do now. */
  async function ask(approval: string, before = ''): Promise<Approval> {
    await engine.publish(`
id: test
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:${before}
  - id: ok
    approval: ${approval}
outputs: { answer: '\${{ steps.ok.output }}' }
`)
    await engine.capture()
    await engine.settled()
    return (await approvals())[0]!
  }
  const approvals = async () =>
    (await listApprovals(engine, engine.workspaceId, { first: 50 })).items.map(item => item.node)
  const decide = (approval: Approval, email: string, decision: DecideApproval['decision'], rest = {}) =>
    decideApproval(engine, engine.workspaceId, { approvalId: approval.id, email, decision, ...rest })
  const answer = async () => ((await engine.run()).output as { answer: Record<string, unknown> } | null)?.answer
  async function restart(): Promise<void> {
    await engine.brain.stop()
    await engine.brain.start()
    await engine.settled()
  }

  test('a run waits for people, over restarts, and goes on with what they decide and fill in', async () => {
    const asked = await ask(
      `{ title: 'Desconto para \${{ lead.name }}', of: [${ANA}], timeout: 2d, form: { percent: { type: number, required: true } } }`,
    )
    expect(asked).toMatchObject({ title: 'Desconto para Ana Souza', status: 'open', required: 1 })
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'APPROVAL' } })
    expect((await engine.steps(run.id))['ok']).toMatchObject({ status: 'waiting', reason: { code: 'APPROVAL' } })
    expect(await countOpenApprovals(engine, engine.workspaceId, ANA)).toBe(1)
    await restart()
    await expect(decide(asked, ANA, 'approved', { form: { percent: 'ten' } })).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('"percent" must be a number'),
    })
    await expect(decide(asked, BIA, 'approved')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await approvals())[0]).toMatchObject({ status: 'open', votes: [{ decision: null }] })
    await decide(asked, ANA, 'approved', { form: { percent: 10 }, comment: ' até sexta ' })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect(await answer()).toMatchObject({
      approved: true,
      decision: 'approved',
      comment: 'até sexta',
      form: { percent: 10 },
      by: [{ email: ANA, decision: 'approved' }],
    })
    await expect(decide(asked, ANA, 'rejected')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('You have decided already: approved at'),
    })
    expect(await countOpenApprovals(engine, engine.workspaceId, ANA)).toBe(0)
  })

  test('it takes as many approvals as are required, and ends as soon as they can not be reached', async () => {
    const two = await ask(`{ title: Two, of: [${ANA}, ${BIA}, ${CAIO}], required: 2, timeout: 2d }`)
    await decide(two, ANA, 'rejected')
    await decide(two, BIA, 'approved')
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await decide(two, CAIO, 'approved')
    await engine.settled()
    expect(await answer()).toMatchObject({ approved: true, by: [{ email: ANA }, { email: BIA }, { email: CAIO }] })
    await engine.wipe()
    const lost = await ask(`{ title: Two, of: [${ANA}, ${BIA}, ${CAIO}], required: 2, timeout: 2d }`)
    await decide(lost, ANA, 'rejected')
    await decide(lost, BIA, 'rejected', { comment: 'não' })
    await engine.settled()
    expect(await answer()).toMatchObject({ approved: false, decision: 'rejected', comment: 'não' })
    await expect(decide(lost, CAIO, 'approved')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`rejected by ${ANA}, ${BIA} at`),
    })
  })

  test('with a veto the first rejection decides', async () => {
    const asked = await ask(`{ title: Veto, of: [${ANA}, ${BIA}], veto: true, timeout: 2d }`)
    await decide(asked, BIA, 'rejected')
    await engine.settled()
    expect(await answer()).toMatchObject({ approved: false, decision: 'rejected' })
  })

  test.each([
    ['approve', { status: 'completed', answer: { approved: true, decision: 'timedOut', by: [{ email: ANA }] } }],
    ['reject', { status: 'completed', answer: { approved: false, decision: 'timedOut' } }],
    ['fail', { status: 'failed', error: { code: 'TIMEOUT', path: 'ok' } }],
  ])('when time is up, onTimeout %s says what it means', async (onTimeout, expected) => {
    const asked = await ask(`{ title: Late, of: [${ANA}, ${BIA}], required: 2, timeout: 2d, onTimeout: ${onTimeout} }`)
    await decide(asked, ANA, 'approved')
    await engine.advance(2 * DAY)
    const run = await engine.run()
    expect({ ...run, answer: await answer() }).toMatchObject(expected)
    expect((await approvals())[0]).toMatchObject({ status: 'timedOut' })
    await expect(decide(asked, BIA, 'approved')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('time was up'),
    })
  })

  test('of ten people who decide in the same moment as time is up, exactly one side wins', async () => {
    const people = Array.from({ length: 10 }, (_, index) => `p${index}@acme.com`)
    const asked = await ask(`{ title: Race, of: [${people.join(', ')}], timeout: 2d, onTimeout: reject }`)
    engine.clock.advance(2 * DAY)
    const votes = await Promise.allSettled(people.map(email => decide(asked, email, 'approved')))
    await engine.settled()
    const [after] = await approvals()
    const accepted = votes.filter(vote => vote.status === 'fulfilled').length
    expect(accepted).toBe(after!.status === 'approved' ? 1 : 0)
    expect(after!.votes.filter(vote => vote.decision !== null)).toHaveLength(accepted)
    expect(await answer()).toMatchObject({ decision: after!.status })
    expect(await engine.count('waits', `status in ('answered', 'due')`)).toBe(1)
  })

  test('everybody is told once, by e-mail, with a link of their own of which only the hash is stored', async () => {
    const asked = await ask(`{ title: Mail, message: 'Quem decide?', of: [${ANA}, ${BIA}], timeout: 2d }`)
    await restart()
    const mails = (await listMessages(engine, engine.workspaceId, { first: 50 })).items.map(item => item.node)
    expect(mails.map(mail => mail.to).toSorted()).toEqual([ANA, BIA])
    const links = mails.map(mail => /\/approvals\/([\w-]{43})/.exec(mail.body)![1]!)
    expect(new Set(links).size).toBe(2)
    const stored = await engine.sql.query<{ token_hash: string }>({
      name: '',
      text: 'select token_hash from approval_votes',
    })
    expect(stored.map(row => row.token_hash).toSorted()).toEqual(links.map(tokenHash).toSorted())
    expect(asked.votes.map(vote => vote.email)).toEqual([ANA, BIA])
    expect(mails[0]!.body).toContain('Quem decide?')
  })

  test('a cancelled run, and a branch that is not needed, withdraw what they asked', async () => {
    const asked = await ask(`{ title: Gone, of: [${ANA}], timeout: 2d }`)
    await cancelRun(engine, engine.workspaceId, (await engine.run()).id, { by: 'test' })
    await engine.settled()
    expect((await approvals())[0]).toMatchObject({ status: 'withdrawn' })
    await expect(decide(asked, ANA, 'approved')).rejects.toMatchObject({ code: 'CONFLICT' })
    await engine.wipe()
    await engine.publish(`
id: race
name: Race
module: pre_vendas
triggers: [{ event: lead.captured }]
steps:
  - parallel:
      mode: race
      branches:
        people: [{ approval: { title: Race, of: ${ANA}, timeout: 2d } }]
        time: [{ wait: 1h }]
`)
    await engine.capture()
    await engine.settled()
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect((await approvals())[0]).toMatchObject({ status: 'withdrawn' })
  })

  test('whoever started the run by hand does not decide on it, unless that is allowed', async () => {
    const [dora, email] = [newId<UserId>(), 'dora@acme.com']
    await engine.sql.query(
      {
        name: '',
        text: `insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, 'Dora', 'x', 'en', now())`,
      },
      [dora, email],
    )
    await engine.sql.query(
      {
        name: '',
        text: `insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, 'EDITOR', now())`,
      },
      [engine.workspaceId, dora],
    )
    const source = (rest: string) => `
id: own
name: Own
module: pre_vendas
triggers: [{ manual: true }]
steps:
  - approval: { title: Own, of: ['role:EDITOR', ${ANA}], timeout: 2d${rest} }
`
    await engine.publish(source(''))
    await startByHand(engine, engine.workspaceId, { playbook: 'own', inputs: {}, by: dora })
    await engine.settled()
    const [own] = await approvals()
    expect(own!.votes.map(vote => vote.email)).toEqual([ANA])
    await expect(decide(own!, email, 'approved')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await engine.publish(source(', selfApproval: true'))
    await startByHand(engine, engine.workspaceId, { playbook: 'own', inputs: {}, by: dora })
    await engine.settled()
    const [allowed] = await approvals()
    expect(allowed!.votes).toMatchObject([{ email: ANA }, { email, name: 'Dora', userId: dora }])
    await decide(allowed!, email, 'approved')
    await engine.settled()
    expect(await engine.runs()).toMatchObject([{ status: 'completed' }, { status: 'waiting' }])
  })

  test('what names nobody, or fewer people than are required, is an error of the step', async () => {
    await ask(`{ title: Nobody, of: '\${{ ["somebody"] }}', timeout: 2d }`)
    expect(await engine.run()).toMatchObject({
      status: 'failed',
      error: { code: 'VALIDATION', message: expect.stringContaining('"somebody"') },
    })
    await engine.wipe()
    await ask(`{ title: Few, of: '\${{ ["${ANA}"] }}', required: 2, timeout: 2d }`)
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'VALIDATION' } })
    expect(await approvals()).toEqual([])
  })
})
