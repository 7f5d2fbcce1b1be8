import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../admin-ui/src/i18n/en.ts'
import { ptBR } from '../../admin-ui/src/i18n/pt-BR.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { REASON_CODES, REASONS } from '../../core/runs/reason.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const CORE = resolve(import.meta.dirname, '../../core')

describe('reasons', () => {
  test('have a text and one next action each, in the API and in both languages of the UI', () => {
    for (const code of REASON_CODES) {
      for (const text of [REASONS[code].about, REASONS[code].next]) expect(text, code).toMatch(/^\S.+\.$/)
      for (const { run } of [en, ptBR]) {
        expect(run.reasons[code], code).toMatch(/^\S.{8}/)
        expect(run.reasonNext[code], code).toMatch(/^\S.+\.$/)
      }
      expect(ptBR.run.reasonNext[code]).not.toBe(en.run.reasonNext[code])
    }
    for (const { run } of [en, ptBR]) expect(Object.keys(run.reasons).sort()).toEqual([...REASON_CODES].sort())
  })

  test('that SQL writes are known ones', async () => {
    const files = (await readdir(CORE, { recursive: true })).filter(file => file.endsWith('.ts'))
    const texts = await Promise.all(files.map(file => readFile(join(CORE, file), 'utf8')))
    const codes = texts.flatMap(text =>
      [...text.matchAll(/reason = [^;]*?jsonb_build_object\('code', '(\w+)'/g)].map(([, code]) => code!),
    )
    expect(codes.length).toBeGreaterThanOrEqual(3)
    expect(REASON_CODES).toEqual(expect.arrayContaining(codes))
  })

  test('every line of a journal has words in both languages', async () => {
    const source = await readFile(join(CORE, 'runs/journal.ts'), 'utf8')
    const kinds = [...source.matchAll(/^ {2}\| '([a-z]+\.?[a-z]*)'/gm)].map(([, kind]) => kind!)
    expect(kinds).toContain('effect.decided')
    for (const kind of kinds.filter(kind => kind !== 'log'))
      for (const { run } of [en, ptBR]) expect(run.journalKinds, kind).toHaveProperty([kind])
  })
})

describe.each(DATABASE_KINDS)('Promise 12, every state has a name: a run says why it stands, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  test('while the brain is stopped, and when it was asked to stop', async () => {
    await engine.publish(playbook('- wait: 1h'))
    await engine.brain.stop()
    await engine.capture()
    await dispatchEvents(engine)
    expect((await engine.run()).reason).toMatchObject({ code: 'BRAIN_STOPPED' })
    await engine.brain.start()
    await engine.settled()
    const { id, reason } = await engine.run()
    expect(reason).toMatchObject({ code: 'TIME' })
    await engine.brain.stop()
    await cancelRun(engine, engine.workspaceId, id, { by: 'a test' })
    expect((await engine.run()).reason).toMatchObject({ code: 'BRAIN_STOPPED' })
    await engine.brain.start()
    await engine.settled()
    expect((await engine.run()).reason).toMatchObject({ code: 'CANCELLED' })
  })
})
