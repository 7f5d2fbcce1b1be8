import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { erasuresIn } from '../../core/backup/erasure-file.ts'
import { followBackups, isDue } from '../../core/backup/follow-backups.ts'
import { askForBackup, readBackupState } from '../../core/backup/backup-state.ts'
import { readFigures } from '../../core/brain/alerts/read-figures.ts'
import { businessMetrics } from '../../core/brain/business-metrics.ts'
import { Metrics } from '../../core/metrics.ts'
import { BackupWatch } from '../../core/brain/backup-watch.ts'
import { readAudit } from '../../core/access/audit.ts'
import type { UserId } from '../../core/ids.ts'
import { createRequest } from '../../core/privacy/requests.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const going = () => new AbortController().signal

describe.each(DATABASE_KINDS)('backups that the host takes by itself, on %s', { timeout: 400_000 }, kind => {
  let core: TestCore
  let folder: string
  let dir: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-nightly-'))
    dir = join(folder, 'backups')
    core = await openTestCore(kind, { TRAE_BACKUP_DIR: dir, TRAE_BACKUP_KEY: 'ba'.repeat(32) })
    // The drill is another process: it needs a directory of its own
    core = { ...core, config: { ...core.config, dataDir: join(folder, 'data') } }
  }, 300_000)
  afterAll(async () => {
    await core?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const follow = (signal = going()) => followBackups(core, dir, signal)
  const state = () => readBackupState(core)
  const backups = async () => (await readdir(dir)).filter(name => name.endsWith('.backup')).toSorted()
  const drilledNow = () =>
    core.sql.query({ name: '', text: 'update backup_state set drilled_at = $1' }, [core.clock.now()])
  const figure = async (rule: 'backup-late' | 'backup-untried') =>
    (await readFigures(core, core.workspaceId)).get(rule)?.map(({ value, detail }) => ({ value, detail }))

  /** As a process that leads tells them to Prometheus. */
  const ages = async () => {
    const metrics = new Metrics('0.0.0')
    businessMetrics({ ...core, metrics }, core.brain, () => true)
    const read = async (name: string) => (await metrics.registry.getSingleMetric(name)!.get()).values[0]?.value
    return { taken: await read('trae_backup_age_seconds'), drilled: await read('trae_backup_drill_age_seconds') }
  }

  it('are taken at once, and tried by restoring them', async () => {
    expect(await figure('backup-late')).toEqual([])
    expect(await ages()).toEqual({ taken: undefined, drilled: undefined })
    await follow()
    const now = core.clock.now()
    const [file] = await backups()
    expect(await state()).toMatchObject({ takenAt: now, file, drilledAt: now, drilledFile: file, problem: null })
    expect((await readdir(dir)).toSorted()).toEqual(['erasures.jsonl', file, `${file}.json`])
    await follow()
    expect(await backups()).toEqual([file]) // neither is due again
    core.clock.advance(90_000)
    expect(await ages()).toEqual({ taken: 90, drilled: 90 })
  })

  it('are taken every night and kept for 35 days; what a dead process left is taken away', async () => {
    await writeFile(join(dir, '.trae-2026-01-01T030000Z.backup.4194305.part'), 'half')
    await writeFile(join(dir, 'of-somebody-else'), 'stays')
    for (let night = 0; night < 40; night++) {
      core.clock.advance(DAY)
      await drilledNow()
      await follow()
    }
    const names = await backups()
    expect(names).toHaveLength(36) // of 35 days ago, and of each night since
    expect((await readdir(dir)).filter(name => name.endsWith('.part'))).toEqual([])
    expect(await readdir(dir)).toEqual(
      expect.arrayContaining(['of-somebody-else', ...names.map(name => `${name}.json`)]),
    )
    expect(await state()).toMatchObject({ takenAt: core.clock.now(), file: names.at(-1) })
  })

  it('are taken when somebody asks, once, and tell who it was', async () => {
    const before = await backups()
    const [owner] = await core.sql.query<{ id: UserId }>({ name: '', text: 'select id from users' })
    const ask = () => askForBackup(core, core.workspaceId, owner!.id)
    core.clock.advance(1000)
    const asked = await ask()
    expect(asked.wantedAt).toEqual(core.clock.now())
    core.clock.advance(1000)
    expect((await ask()).wantedAt).toEqual(asked.wantedAt) // it is the same one
    await drilledNow()
    await follow()
    expect(await state()).toMatchObject({ takenAt: core.clock.now(), wantedAt: null })
    await follow()
    expect((await backups()).filter(name => !before.includes(name))).toHaveLength(1)
    expect(await readAudit(core, core.workspaceId, 'host')).toMatchObject([
      { action: 'backup.asked', actor: `user:${owner!.id}` },
      { action: 'backup.asked' },
    ])
  })

  it('that cannot be taken are an alert and a metric, and leave the last one alone', async () => {
    const before = await backups()
    core.clock.advance(27 * HOUR)
    const broken = join(folder, 'a-file')
    await writeFile(broken, '')
    await followBackups(core, broken, going())
    expect(await state()).toMatchObject({
      file: before.at(-1),
      problem: expect.stringMatching(/^There is no directory .*: (?:EEXIST|ENOTDIR)/),
    })
    expect(await figure('backup-late')).toEqual([
      { value: 27, detail: expect.stringMatching(/^There is no directory .*: (?:EEXIST|ENOTDIR)/) },
    ])
    expect(await ages()).toMatchObject({ taken: 27 * 3600 })
    expect(await backups()).toEqual(before)
    await drilledNow()
    await follow()
    expect(await figure('backup-late')).toEqual([{ value: 0, detail: null }])
  })

  it('that cannot be restored are said so, and count as not tried', async () => {
    const path = join(dir, (await state())!.file!)
    const bytes = await readFile(path)
    const altered = Buffer.from(bytes)
    altered[altered.length - 40]! ^= 1
    await writeFile(path, altered)
    const drilledAt = (await state())!.drilledAt
    await core.sql.query({ name: '', text: `update backup_state set drilled_at = drilled_at - interval '9 days'` })
    await follow()
    expect((await state())!.problem).toMatch(/cannot be restored: .*is not as it was written/)
    expect((await ages()).drilled).toBeGreaterThanOrEqual(9 * 86_400)
    expect(await figure('backup-untried')).toEqual([
      { value: 9, detail: expect.stringContaining('cannot be restored') },
    ])
    await writeFile(path, bytes)
    await follow()
    expect(await state()).toMatchObject({ drilledAt, problem: null })
  })

  it('are broken off by a host that ends, with nothing left', async () => {
    const before = await readdir(dir)
    const taken = await state()
    core.clock.advance(2 * DAY)
    await follow(AbortSignal.abort())
    expect(await readdir(dir)).toEqual(before)
    expect(await state()).toEqual(taken)
  })

  it('have the list of erasures beside them, which forgets nobody', async () => {
    const { workspaceId } = core
    const listed = async () => (await readFile(erasuresIn(dir), 'utf8')).split('\n').filter(Boolean)
    for (const name of ['ana', 'bia']) {
      const lead = leadInput.parse({ name, email: `${name}@example.com` })
      await captureLead(core, workspaceId, lead, { source: 'test' })
      await createRequest(core, workspaceId, { kind: 'ERASURE', subject: lead.email! }, undefined)
      await drilledNow()
      await follow()
    }
    expect(await listed()).toHaveLength(2)
    await core.sql.query({ name: '', text: 'delete from data_subject_requests' }) // as after a restore
    await follow()
    expect(await listed()).toHaveLength(2)
    await writeFile(erasuresIn(dir), 'no list')
    await follow()
    expect((await state())!.problem).toMatch(/erasures.jsonl:1 is no line/)
    expect(await readFile(erasuresIn(dir), 'utf8')).toBe('no list')
  })

  it('that nobody wants any more alert nobody', async () => {
    expect(await state()).toBeDefined()
    const config = { ...core.config, backup: { ...core.config.backup, dir: undefined } }
    const watch = new BackupWatch({ ...core, config }, HOUR)
    watch.start()
    await expect.poll(state).toBeUndefined()
    await watch.stop()
    expect(await figure('backup-late')).toEqual([])
  })
})

it.each([
  [null, '2026-11-30T12:00:00Z', true],
  ['2026-11-29T03:00:00Z', '2026-11-30T02:59:59Z', false],
  ['2026-11-29T03:00:00Z', '2026-11-30T03:00:00Z', true],
  ['2026-11-30T03:00:01Z', '2026-11-30T23:00:00Z', false],
  ['2026-11-30T02:59:00Z', '2026-11-30T03:00:00Z', true],
  ['2026-10-01T03:00:00Z', '2026-11-30T01:00:00Z', true],
])('a backup of %s is followed by one at %s: %s', (taken, now, due) => {
  expect(isDue({ takenAt: taken === null ? null : new Date(taken), wantedAt: null }, new Date(now))).toBe(due)
})
