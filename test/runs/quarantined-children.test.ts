import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ActiveRun } from '../../core/runs/active-run.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { claimRuns } from '../../core/runs/claim-runs.ts'
import { decideEffect } from '../../core/runs/decide-effect.ts'
import { Journal } from '../../core/runs/journal.ts'
import { operateRuns } from '../../core/runs/operate-runs.ts'
import type { RunRecord } from '../../core/runs/read-runs.ts'
import { releaseRun } from '../../core/runs/release-run.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const BY = { by: '0190a000-0000-7000-8000-000000000001' }
const HOUR = 3_600_000
const RISKY = `- wait: 1h
- id: risky
  uses: probe/unrepeatable
  with: { leadId: '\${{ lead.id }}', text: risky }`
const DEADLY = '- wait: 1h\n- id: deadly\n  uses: probe/echo'

describe.each(DATABASE_KINDS)('quarantine of a run that another has started, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(async () => {
    await engine.wipe()
    await engine.brain.start()
  })

  async function waiting(childSteps: string, step: string): Promise<void> {
    await engine.publish(
      `id: child\nname: Child\nmodule: pre_vendas\ntriggers: []\noutputs: { done: true }\nsteps:\n${childSteps.replace(/^/gm, '  ')}`,
    )
    await engine.publish(playbook(step, `outputs: { sub: '\${{ steps.sub.output }}' }`))
    await engine.capture()
    await engine.settled()
    await engine.brain.stop()
  }
  const runs = async (): Promise<{ parent: RunRecord; child: RunRecord }> => {
    const [newest, oldest, ...more] = await engine.runs()
    expect(more).toEqual([])
    return { parent: oldest!, child: newest! }
  }
  const sql = (text: string, parameters: unknown[] = []) => engine.sql.query({ name: '', text }, parameters)
  const marks = () => engine.count('activities', `kind = 'NOTE'`)

  /** The child's worker died while its effect was under way, and nobody can ask whether it arrived. */
  async function diedInFlight(): Promise<void> {
    const { child } = await runs()
    await sql(
      `insert into journal (run_id, seq, workspace_id, kind, path, attempt, data, at)
       select id, 900, workspace_id, 'step.started', 'risky', 1, '{}', $2 from runs where id = $1`,
      [child.id, engine.clock.now()],
    )
    engine.clock.advance(HOUR)
    await engine.brain.start()
    await engine.settled()
  }

  /** The child takes its worker down, again and again. */
  async function diesAgainAndAgain(): Promise<void> {
    engine.clock.advance(HOUR)
    for (let death = 1; death <= 7; death++) {
      const owner = randomUUID()
      const { leases } = await claimRuns(engine, owner, { limit: 1, leaseMs: 1000 })
      const core = { ...engine, journal: new Journal(engine, owner) }
      const dead = new ActiveRun(core, leases[0]!, await engine.playbooks.get(leases[0]!.versionId))
      if (leases[0]!.recovered) await dead.write([{ kind: 'run.recovered' }])
      if (dead.memory.fruitlessRecoveries > 3) await dead.write([{ kind: 'run.suspected' }])
      engine.clock.advance(1001)
    }
    await engine.brain.start()
    await engine.settled()
  }

  test('is an error of the step that waits for it, which names the run', async () => {
    await waiting(RISKY, '- id: sub\n  uses: playbook/child')
    await diedInFlight()
    const { parent, child } = await runs()
    expect(child).toMatchObject({ status: 'quarantined', reason: { code: 'UNKNOWN_EFFECT' }, parentRunId: parent.id })
    expect(parent).toMatchObject({ status: 'failed', error: { code: 'CONFLICT', path: 'sub', retryable: false } })
    expect(parent.error!.message).toContain(`playbook/child: run ${child.id} is in quarantine: `)
  })

  test('the parent goes on where its playbook catches that; the child stays where it is', async () => {
    await waiting(RISKY, '- id: sub\n  uses: playbook/child\n  onError: continue\n- id: next\n  set: { a: 1 }')
    await diedInFlight()
    expect(await runs()).toMatchObject({ parent: { status: 'completed' }, child: { status: 'quarantined' } })
    expect(await marks()).toBe(0)
  })

  test('a restart of the parent restarts no child in quarantine: the step fails again', async () => {
    await waiting(RISKY, '- id: sub\n  uses: playbook/child')
    await diedInFlight()
    const before = await runs()
    await restartRun(engine, engine.workspaceId, before.parent.id, BY)
    await engine.settled()
    const { parent, child } = await runs()
    expect(parent).toMatchObject({ status: 'failed', error: before.parent.error })
    expect(child).toEqual(before.child)
    expect(await marks()).toBe(0)
  })

  test('once its effect is decided it comes to its end, and a restarted parent takes what it came to', async () => {
    await waiting(RISKY, '- id: sub\n  uses: playbook/child')
    await diedInFlight()
    const { parent, child } = await runs()
    await expect(releaseRun(engine, engine.workspaceId, child.id, BY)).rejects.toThrow(/Decide that first/)
    await decideEffect(engine, engine.workspaceId, child.id, 'risky', { decision: 'notSent', ...BY })
    await engine.settled()
    expect(await runs()).toMatchObject({ parent: { status: 'failed' }, child: { status: 'completed' } })
    expect(await marks()).toBe(1)
    await restartRun(engine, engine.workspaceId, parent.id, BY)
    await engine.settled()
    expect(await runs()).toMatchObject({ parent: { status: 'completed', output: { sub: { done: true } } } })
    expect(await marks()).toBe(1)
  })

  test('that takes its worker down: its parent hears of it, it is released by filter, and goes on', async () => {
    await waiting(DEADLY, '- id: sub\n  uses: playbook/child')
    await diesAgainAndAgain()
    const { parent, child } = await runs()
    expect(child).toMatchObject({ status: 'quarantined', reason: { code: 'QUARANTINE' } })
    expect(parent).toMatchObject({ status: 'failed', error: { path: 'sub' } })
    const order = { operation: 'release', filter: { statuses: ['quarantined'] }, expectedCount: 1, ...BY } as const
    expect(await operateRuns(engine, engine.workspaceId, order)).toMatchObject({ done: 1, refused: [] })
    await engine.settled()
    expect(await runs()).toMatchObject({ parent: { status: 'failed' }, child: { status: 'completed' } })
  })

  test('a parent that does not wait for it hears nothing', async () => {
    await waiting(RISKY, '- id: sub\n  uses: playbook/child\n  await: false')
    await diedInFlight()
    expect(await runs()).toMatchObject({ parent: { status: 'completed' }, child: { status: 'quarantined' } })
  })

  test('in one branch of several: cancelling the parent leaves it in quarantine', async () => {
    await waiting(
      RISKY,
      `- parallel:
    mode: settled
    branches:
      a:
        - id: sub
          uses: playbook/child
      b:
        - wait: 5h`,
    )
    await diedInFlight()
    const { parent } = await runs()
    expect(parent.status).toBe('waiting')
    await cancelRun(engine, engine.workspaceId, parent.id, BY)
    await engine.settled()
    expect(await runs()).toMatchObject({
      parent: { status: 'cancelled' },
      child: { status: 'quarantined', cancellation: null },
    })
  })
})
