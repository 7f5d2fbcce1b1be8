import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addTask } from '../../core/brain/tasks/add-task.ts'
import { acceptTask, cancelTask, completeByHand, retryTask } from '../../core/brain/tasks/operate-task.ts'
import { getTask, listTasks } from '../../core/brain/tasks/read-tasks.ts'
import { type Task, taskInput } from '../../core/brain/tasks/task.ts'
import { listPlaybooks } from '../../core/publishing/read-playbooks.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const MINUTE = 60_000

describe.each(DATABASE_KINDS)('tasks on %s', kind => {
  let engine: Engine
  let user: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    const [owner] = await engine.sql.query<{ id: string }>({ name: '', text: 'select id from users' })
    user = owner!.id
    await engine.publish(`
id: greet
name: Greet
module: vendas
inputs: { name: { type: string, required: true } }
triggers: [{ manual: true }]
steps: [{ return: { text: 'Hello \${{ inputs.name }}' } }]`)
    await engine.publish(`
id: after-task
name: After a task
module: vendas
triggers: [{ event: task.completed, if: '\${{ event.action == "probe/mark" }}' }]
steps: [{ return: '\${{ event.result.key }}' }]`)
  })
  afterAll(() => engine.close())

  const add = (input: Record<string, unknown>, origin: Record<string, unknown> = {}) =>
    addTask(engine, engine.workspaceId, taskInput.parse({ module: 'pre_vendas', ...input }), {
      source: `user:${user}`,
      ...origin,
    })
  const read = (id: string) => getTask(engine, engine.workspaceId, { id })
  const over = async (id: string): Promise<Task> => {
    await expect.poll(async () => (await read(id)).finishedAt, { timeout: 20_000 }).not.toBeNull()
    return read(id)
  }
  const setPlaces = (n: number) => engine.sql.query({ name: '', text: `update workspaces set tasks_at_once = ${n}` })

  test('an action of a plugin is executed as a run, with result, and whoever waits for the end hears of it', async () => {
    const leadId = await engine.capture()
    const task = await add({ action: 'probe/mark', data: { leadId, text: 'by task' }, leadId, priority: 'high' })
    expect(task).toMatchObject({ status: 'queued', priority: 'high', module: 'pre_vendas', subjectId: leadId })
    const done = await over(task.id)
    expect(done).toMatchObject({ status: 'completed', attempts: 1, error: null })
    expect(done.result).toMatchObject({ key: `${done.runId}/act` })
    expect(await engine.count('activities', `summary = 'by task'`)).toBe(1)
    await expect.poll(() => engine.count('runs', `output = to_jsonb('${done.runId}/act'::text)`)).toBe(1)
    const playbooks = await listPlaybooks(engine, engine.workspaceId, { first: 100 })
    expect(playbooks.items.map(({ node }) => node.slug).toSorted()).toEqual(['after-task', 'greet'])
  })

  test('a playbook is executed with the data as its inputs', async () => {
    const { id } = await add({ module: 'vendas', action: 'greet', data: { name: 'Ana' } })
    expect(await over(id)).toMatchObject({ status: 'completed', result: { text: 'Hello Ana' } })
  })

  test('what cannot be done is refused at the door, and nothing is stored', async () => {
    const before = await engine.count('tasks')
    await expect(add({ action: 'probe/nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(add({ action: 'probe/flaky', data: { failures: 'many' } })).rejects.toMatchObject({
      code: 'VALIDATION',
    })
    await expect(add({ action: 'greet', data: {} })).rejects.toMatchObject({ code: 'VALIDATION' })
    await expect(add({ action: 'probe/echo', leadId: user })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await engine.count('tasks')).toBe(before)
  })

  test('the same key is one task', async () => {
    const first = await add({ action: 'probe/echo' }, { idempotencyKey: 'once' })
    expect((await add({ action: 'probe/echo' }, { idempotencyKey: 'once' })).id).toBe(first.id)
    await over(first.id)
  })

  test('urgent ones come first, and one that has waited an hour before an urgent one of now', async () => {
    await setPlaces(0)
    const patient = await add({ action: 'probe/echo', priority: 'low', data: { value: 'old' } })
    engine.clock.advance(61 * MINUTE)
    const ids: string[] = []
    for (const priority of ['low', 'medium', 'critical', 'high'])
      ids.push((await add({ action: 'probe/echo', priority, data: { value: priority } })).id)
    await setPlaces(1) // from now on each begins when the one before it is over
    await expect.poll(() => engine.count('tasks', `status in ('queued', 'running')`), { timeout: 20_000 }).toBe(0)
    const begun = await engine.sql.query<{ id: string }>({
      name: '',
      text: `select data->>'taskId' as id from events e where source like 'task:%' and type = 'manual.started' order by e.id desc limit 5`,
    })
    const [low, medium, critical, high] = ids
    expect(begun.map(row => row.id).toReversed()).toEqual([patient.id, critical, high, medium, low])
    await setPlaces(8)
  })

  test('one that is planned begins at its time', async () => {
    const at = new Date(engine.clock.now().getTime() + 10 * MINUTE)
    const { id } = await add({ action: 'probe/echo', scheduledFor: at.toISOString() })
    await engine.settled()
    expect(await read(id)).toMatchObject({ status: 'queued' })
    engine.clock.advance(10 * MINUTE)
    expect(await over(id)).toMatchObject({ status: 'completed' })
  })

  test('one that fails says why, is tried again as the same run, and tells of both ends', async () => {
    const { id } = await add({ action: 'probe/flaky', data: { failures: 1, code: 'VALIDATION' } })
    const failed = await over(id)
    expect(failed).toMatchObject({ status: 'failed', error: { message: expect.stringMatching('attempt 1 fails') } })
    await retryTask(engine, engine.workspaceId, id, user)
    const again = await over(id)
    expect(again).toMatchObject({ status: 'failed', attempts: 2, runId: failed.runId }) // attempts of a step begin anew
    await expect(
      retryTask(engine, engine.workspaceId, (await add({ action: 'probe/echo' })).id, user),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(await engine.count('events', `type = 'task.failed' and data->>'taskId' = '${id}'`)).toBe(2)
  })

  test('one that waits for its turn is cancelled at once, one that runs as soon as its run has stopped', async () => {
    const at = new Date(engine.clock.now().getTime() + MINUTE).toISOString()
    const planned = await add({ action: 'probe/echo', scheduledFor: at })
    expect(await cancelTask(engine, engine.workspaceId, planned.id, user)).toMatchObject({ status: 'cancelled' })
    await engine.publish(`
id: long
name: Long
module: vendas
triggers: [{ manual: true }]
steps: [{ wait: 5d }]`)
    const { id } = await add({ action: 'long' })
    await expect.poll(() => engine.count('runs', `status = 'waiting'`), { timeout: 20_000 }).toBe(1)
    await cancelTask(engine, engine.workspaceId, id, user)
    expect(await over(id)).toMatchObject({ status: 'cancelled', cancelRequested: true })
    await expect(cancelTask(engine, engine.workspaceId, id, user)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('a suggestion waits for a person', async () => {
    const { id } = await add({ action: 'probe/echo' }, { suggested: true })
    await engine.settled()
    expect(await read(id)).toMatchObject({ status: 'suggested' })
    await acceptTask(engine, engine.workspaceId, id)
    expect(await over(id)).toMatchObject({ status: 'completed' })
  })

  test('what a module has completed is suggested to the one that it feeds, once, or given to it at once, or not at all', async () => {
    await engine.publish(`
id: welcome
name: Welcome
module: onboarding
triggers: [{ manual: true }]
steps: [{ return: hello }]`)
    const next = (id: string) => engine.count('tasks', `source = 'next-steps:${id}' and module = 'onboarding'`)
    const leadId = await engine.capture({ email: 'next@acme.com.br' })
    for (const [mode, status, n] of [
      ['suggest', 'suggested', 1],
      ['automatic', 'completed', 1],
      ['off', '', 0],
    ] as const) {
      await engine.sql.query({ name: '', text: `update workspaces set next_steps = '${mode}'` })
      const { id } = await add({ module: 'vendas', action: 'greet', data: { name: 'Ana' }, leadId })
      await over(id)
      await expect.poll(() => engine.count('tasks', `id = '${id}' and followed`), { timeout: 20_000 }).toBe(1)
      expect(await next(id)).toBe(n)
      if (n > 0)
        await expect
          .poll(
            () =>
              engine.count(
                'tasks',
                `source = 'next-steps:${id}' and status = '${status}' and subject_id = '${leadId}'`,
              ),
            { timeout: 20_000 },
          )
          .toBe(1)
    }
    await engine.sql.query({ name: '', text: `update workspaces set next_steps = 'suggest'` })
  })

  test('only what is in the inbox is done by hand', async () => {
    const { id } = await add({ action: 'probe/echo' }, { suggested: true })
    await expect(completeByHand(engine, engine.workspaceId, id, { by: user, result: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  test('the list is filtered, newest first, and counts what fits', async () => {
    const page = await listTasks(engine, engine.workspaceId, {
      first: 2,
      filter: { statuses: ['completed'], modules: ['pre_vendas'], search: 'ECHO' },
    })
    expect(page.items).toHaveLength(2)
    expect(await page.totalCount()).toBe(await engine.count('tasks', `status = 'completed' and action = 'probe/echo'`))
    const next = await listTasks(engine, engine.workspaceId, { first: 2, after: page.items[1]!.cursor })
    expect(next.hasPreviousPage).toBe(true)
  })
})
