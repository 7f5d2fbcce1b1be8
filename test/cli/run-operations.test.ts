import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { startByHand } from '../../core/triggers/start-by-hand.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { type Fate, standBetween } from './between.ts'
import { type Ended, startTrae, trae } from './trae.ts'

const waiting = (id: string) => `id: ${id}
name: ${id}
module: vendas
inputs: { more: { type: boolean, default: false } }
triggers: [{ manual: true }]
steps:
  - id: before
    set: { a: 1 }
  - if: \${{ inputs.more }}
    then:
      - id: extra
        set: { b: 1 }
  - id: pause
    wait: 1d
  - id: note
    uses: local-crm/add-note
    with: { leadId: '\${{ lead.id }}', text: oi }
`
const SLUGS = ['one', 'several', 'listed', 'many', 'lost', 'grown', 'branches', 'asked', 'stuck']

describe('trae run …', { timeout: 240_000 }, () => {
  let folder: string
  let host: TestHost
  let env: Record<string, string>
  /** The id of the owner. */
  let by: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-run-'))
    for (const slug of SLUGS) await writeFile(join(folder, `${slug}.yaml`), waiting(slug))
    host = await startHost({ TRAE_PLAYBOOKS_DIR: folder })
    by = (await rows<{ id: string }>('select id from users'))[0]!.id
    env = { TRAE_URL: host.url, TRAE_EMAIL: host.email, TRAE_PASSWORD: host.password }
  }, 120_000)
  afterAll(async () => {
    await host?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (...args: string[]) => trae(['run', ...args], { env })
  /** `trae run …` as a message writes it. */
  const told = (text: string) =>
    /^ {2}trae (run .*)$/m
      .exec(text)![1]!
      .split(' ')
      .map(word => word.replace(/^'(.*)'$/, '$1'))
  const rows = <Row>(text: string, parameters: unknown[] = []) =>
    host.host.core.sql.query<Row & object>({ name: '', text }, parameters)
  const begin = async (playbook: string, count: number, inputs: Record<string, unknown> = {}) => {
    const { core, workspaceId } = host.host
    const started: string[] = []
    for (let n = 0; n < count; n++) started.push((await startByHand(core, workspaceId, { playbook, inputs, by })).id)
    await until(playbook, 'waiting', count)
    return started
  }
  const statuses = async (playbook: string) =>
    Object.fromEntries(
      (
        await rows<{ status: string; n: number }>(
          `select r.status, count(*)::int as n from runs r join playbooks p on p.id = r.playbook_id where p.slug = $1 group by 1`,
          [playbook],
        )
      ).map(row => [row.status, row.n]),
    )
  const until = (playbook: string, status: string, count: number) =>
    expect.poll(async () => (await statuses(playbook))[status] ?? 0, { timeout: 120_000 }).toBe(count)
  const json = (ended: Ended) => JSON.parse(ended.stdout.trim().split('\n').at(-1)!)

  it('list: by every part of the filter, in pages, for people and for programs', async () => {
    const { core, workspaceId } = host.host
    const lead = leadInput.parse({ name: 'Ana\u001b[31m Souza', email: 'ana@example.com' })
    const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
    await begin('listed', 2)
    const { id } = await startByHand(core, workspaceId, { playbook: 'listed', inputs: {}, leadId, by })
    await until('listed', 'waiting', 3)

    const all = await run('list', '--playbook', 'listed')
    expect(all).toMatchObject({ code: 0, stderr: '' })
    expect(all.stdout.trim().split('\n')).toHaveLength(3)
    expect(all.stdout).toMatch(/^\S+ {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}waiting {6}listed, Ana.*Souza, TIME$/m)
    expect(all.stdout).not.toContain('\u001b')

    for (const [flags, found] of [
      [['--status', 'waiting,failed'], 3],
      [['--status', 'FAILED', '--status', 'cancelled'], 0],
      [['--lead', 'ANA@example.com'], 1],
      [['--reason-code', 'time'], 3],
      [['--reason-code', 'QUARANTINE'], 0],
      [['--created-after', '1d'], 3],
      [['--created-before', '1d'], 0],
      [['--created-before', '2020-01-01'], 0],
      [['--playbook-version', '1'], 3],
      [['--sla', 'breached', '--sla', 'due-soon'], 0],
    ] as const) {
      const listed = await run('list', '--playbook', 'listed', ...flags, '--json')
      expect(listed.code, listed.stdout).toBe(0)
      expect(json(listed).runs.length, flags.join(' ')).toBe(found)
    }
    const first = json(await run('list', '--playbook', 'listed', '--limit', '2', '--json'))
    expect(first.runs[0].id).toBe(Buffer.from(`Run:${id}`).toString('base64url'))
    const rest = json(await run('list', '--playbook', 'listed', '--after', first.next, '--json'))
    expect(rest.next).toBe(null)
    expect(new Set([...first.runs, ...rest.runs].map(one => one.id)).size).toBe(3)
    expect((await run('list', '--playbook', 'listed', '--limit', '2')).stdout).toContain(`add --after ${first.next}`)
  })

  it.each([
    [['list', '--status', 'faild'], '--status knows no "faild"; did you mean failed?'],
    [['list', '--sla', 'late'], '--sla knows no "late"'],
    [['list', '--reason-code', 'X'], '--reason-code knows no "X"'],
    [['list', '--created-after', 'yesterday'], '--created-after is a time such as'],
    [['list', '--created-after', '2026-13-40'], '--created-after is a time such as'],
    [['list', '--limit', '0'], '--limit must be a whole number'],
    [['list', '--playbook-version', '1'], 'with one --playbook'],
    [['cancel'], 'Say which: an id, a filter'],
    [['cancel', 'an-id', '--all'], 'ids or a filter, not both'],
    [['replay', 'an-id'], '--from <step path>'],
    [['restart', 'an-id', '--reason', 'x'], 'knows no --reason'],
    [['decide', 'an-id', 'snet'], 'did you mean sent?'],
    [['decide', 'an-id', 'failed', '--output', '{}'], '--output goes with sent'],
    [['decide', 'an-id', 'sent', '--output', '{'], '--output is not JSON'],
  ])('%j is told as typed wrongly, with what was meant', async (args, message) => {
    const ended = await run(...args)
    expect(ended.stderr).toContain(message)
    expect(ended.code).toBe(2)
  })

  it('one run: cancelled with a reason that is shown, restarted, cancelled, replayed; refusals say why', async () => {
    const [uuid] = await begin('one', 1)
    const id = Buffer.from(`Run:${uuid}`).toString('base64url')
    expect(await run('restart', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('is waiting; only one') })
    expect(await run('cancel', id, '--reason', 'a mistake')).toMatchObject({
      code: 0,
      stdout: `one was asked to stop: ${host.url}/admin/runs/${id}\n`,
    })
    await until('one', 'cancelled', 1)
    const shown = await run('show', `${host.url}/admin/runs/${id}`)
    expect(shown.stdout).toContain(`Asked by ${host.email}: a mistake`)
    expect(await run('cancel', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('is cancelled; only') })

    expect(await run('restart', uuid!)).toMatchObject({ code: 0, stdout: expect.stringContaining('one goes on: ') })
    await until('one', 'waiting', 1)
    expect((await run('replay', id, '--from', 'pause')).code).toBe(1)
    await run('cancel', id)
    await until('one', 'cancelled', 1)
    const nowhere = await run('replay', id, '--from', 'nowhere')
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('It can be replayed from') })
    const replayed = await run('replay', id, '--from', 'pause', '--current', '--json')
    expect(json(replayed)).toMatchObject({ operation: 'replay', done: [{ playbook: { slug: 'one' } }], refused: [] })
    await until('one', 'waiting', 1)
    expect(await run('cancel', 'nothing')).toMatchObject({ code: 1, stderr: expect.stringContaining('no Run with') })
    expect(json(await run('release', id, '--json'))).toMatchObject({ error: { code: 'CONFLICT' } })
  })

  it('several ids: each by itself, the refused with why, exit code 1', async () => {
    const [first, second] = await begin('several', 2)
    await run('cancel', first!)
    await until('several', 'cancelled', 1)
    const ended = await run('cancel', first!, second!)
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('1 cancelled, 1 refused.')
    expect(ended.stderr).toContain(`Run ${first} is cancelled`)
    await until('several', 'cancelled', 2)
  })

  it('quarantine: released by filter; an effect is decided first, at the step that has it', async () => {
    const [released, decided] = await begin('stuck', 2)
    const quarantine = (id: string, code: string) =>
      rows(
        `update runs set status = 'quarantined', due_at = null, finished_at = now(), reason = jsonb_build_object('code', $2::text, 'message', 'as told') where id = $1`,
        [id, code],
      )
    await quarantine(released!, 'QUARANTINE')
    await quarantine(decided!, 'UNKNOWN_EFFECT')
    expect(await run('decide', decided!, 'sent')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no effect'),
    })
    await rows(
      `insert into journal (run_id, seq, workspace_id, kind, path, attempt, data, at)
       select id, 900, workspace_id, 'step.started', 'note', 1, '{"key": "k"}', now() from runs where id = $1`,
      [decided],
    )
    await rows(
      `insert into effects (workspace_id, key, run_id, path, action, status, intended_at)
       select workspace_id, id || '/note', id, 'note', 'local-crm/add-note', 'unknown', now() from runs where id = $1`,
      [decided],
    )
    const release = await run('release', '--status', 'quarantined', '--yes')
    expect(release).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 released from quarantine, 0 refused.'),
    })
    await until('stuck', 'waiting', 1)
    expect((await run('release', decided!)).stderr).toContain('Decide that first')
    const done = await run('decide', decided!, 'sent', '--output', '{"id": 7}')
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('note arrived: the run goes on after it.') })
    const [entry] = await rows<{ data: unknown }>(
      `select data from journal where run_id = $1 and kind = 'step.completed' and path = 'note'`,
      [decided],
    )
    expect(entry!.data).toEqual({ output: { id: 7 } })
  })

  it('many by a filter: nothing without a yes; Ctrl-C stops after what is under way and says how to go on', async () => {
    await begin('many', 230)
    const asked = await run('cancel', '--playbook', 'many')
    expect(asked).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('230 runs can be cancelled. They begin no further step'),
      stderr: expect.stringContaining('say --yes if so. Nothing was done.'),
    })
    expect((await run('cancel', '--playbook', 'many', '--json')).code).toBe(2)
    expect(await statuses('many')).toEqual({ waiting: 230 })

    const url = await standBetween(host.url, 'RunsOperateInput', count => {
      if (count === 2) child.process.kill('SIGINT')
      return 'pass'
    })
    const child = startTrae(['run', 'cancel', '--playbook', 'many', '--reason', "it's a test", '--yes'], {
      env: { ...env, TRAE_URL: url },
    })
    const ended = await child.ended
    expect(ended).toMatchObject({ code: 130, stderr: '' })
    expect(ended.stdout).toContain('100 done, 130 left')
    expect(ended.stdout).toContain('200 cancelled, 0 refused, 30 left.\nGo on with:\n  trae run cancel --playbook many')
    expect(ended.stdout).toContain(`--reason 'it'\\''s a test'`)
    await until('many', 'cancelled', 200)

    const lines = (await run('cancel', '--playbook', 'many', '--yes', '--json')).stdout.trim().split('\n')
    expect(lines.map(line => JSON.parse(line))).toEqual([
      { done: 30, refused: [], remaining: 0, after: null },
      { summary: { operation: 'cancel', count: 30, done: 30, refused: [], left: 0, goOn: null } },
    ])
    await until('many', 'cancelled', 230)
    expect(await run('cancel', '--playbook', 'many')).toMatchObject({
      code: 0,
      stdout: 'No run that fits can be cancelled.\n',
    })
  })

  it('an answer that is lost: what it says to go on with does the rest, and nothing twice', async () => {
    await begin('lost', 120)
    await run('cancel', '--playbook', 'lost', '--yes')
    await until('lost', 'cancelled', 120)
    const url = await standBetween(host.url, 'RunsOperateInput', count => (count === 1 ? 'lose' : 'pass'))
    const args = ['run', 'replay', '--playbook', 'lost', '--from', 'pause', '--yes']
    const ended = await trae(args, { env: { ...env, TRAE_URL: url } })
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('0 of 120 were replayed before that.') })
    const again = await trae([...told(ended.stderr), '--yes'], { env })
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('20 replayed, 0 refused.') })
    const replays = await rows<{ n: number }>(
      `select count(*)::int as n from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'lost' and origin_run_id is not null group by origin_run_id`,
    )
    expect(replays.map(row => row.n)).toEqual(Array.from({ length: 120 }, () => 1))
  })

  it('what comes or goes meanwhile: new runs are left alone, runs that are over are left out', async () => {
    const ids = await begin('grown', 130)
    const url = await standBetween(host.url, 'RunsOperateInput', async (count): Promise<Fate> => {
      if (count === 1)
        await startByHand(host.host.core, host.host.workspaceId, {
          playbook: 'grown',
          inputs: {},
          by,
        })
      if (count === 2)
        await rows(`update runs set status = 'completed', finished_at = now(), due_at = null where id = $1`, [
          ids.at(-1),
        ])
      return 'pass'
    })
    const ended = await trae(['run', 'cancel', '--playbook', 'grown', '--yes'], { env: { ...env, TRAE_URL: url } })
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('129 cancelled, 0 refused.') })
    await until('grown', 'cancelled', 129)
    expect(await statuses('grown')).toEqual({ cancelled: 129, completed: 1, waiting: 1 })
  })

  it('those that it cannot be done to are listed with why, and the exit code is 1', async () => {
    await begin('branches', 2)
    await run('cancel', '--playbook', 'branches', '--yes')
    await until('branches', 'cancelled', 2)
    await begin('branches', 1, { more: true })
    await run('cancel', '--playbook', 'branches', '--yes')
    await until('branches', 'cancelled', 3)
    const ended = await run('replay', '--playbook', 'branches', '--from', '1.then.extra', '--yes')
    expect(ended.code, ended.stdout + ended.stderr).toBe(1)
    expect(ended.stdout).toMatch(
      /1 replayed, 2 refused\.\n( {2}\S+ {2}from: "1\.then\.extra" is no step that this run has begun.*\n){2}$/,
    )
  })

  it('asks at a terminal: no is what Enter says', async () => {
    await begin('asked', 1)
    const atTerminal = async (answer: string) => {
      const command = `${process.execPath} core/cli/launch.js run cancel --playbook asked`
      const { spawn } = await import('node:child_process')
      const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...env, TERM: 'dumb' } })
      let said = ''
      child.stdout.setEncoding('utf8').on('data', text => {
        if (!said.includes('[y/N]') && (said + text).includes('[y/N]')) child.stdin.write(answer)
        said += text
      })
      const code = await new Promise<number | null>(resolve => child.on('close', resolve))
      return { code, said }
    }
    expect(await atTerminal('\r')).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was done.') })
    expect(await atTerminal('\u0003')).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was done.') })
    expect(await statuses('asked')).toEqual({ waiting: 1 })
    expect(await atTerminal('y\r')).toMatchObject({ code: 0, said: expect.stringContaining('1 cancelled, 0 refused.') })
    await until('asked', 'cancelled', 1)
  })
})
