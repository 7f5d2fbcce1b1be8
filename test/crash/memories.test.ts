import { describe, expect, it, onTestFinished } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { makeHome } from './home.ts'

const POINTS: readonly CrashPoint[] = ['memory.stored', 'diagnosis.remembered', 'context.remembered']

interface Books {
  readonly entries: readonly { readonly key: string; readonly content: string }[]
  readonly told: readonly object[]
}

describe.each(DATABASE_KINDS)('A host that is killed while it remembers, on %s', kind => {
  it(
    'has remembered the diagnosis and the modules once in the end, wherever it dies',
    { timeout: 120_000 },
    async () => {
      const home = await makeHome(kind, {})
      onTestFinished(() => home.remove())
      for (const point of POINTS) {
        const life = home.begin('memories-process.ts', { TRAE_CRASH_AT: point })
        onTestFinished(() => life.kill())
        expect([point, (await life.ready()) ? await life.ask<Books>({}, 'books') : 'dead']).toEqual([point, 'dead'])
        expect(life.signal).toBe('SIGKILL')
      }
      const life = home.begin('memories-process.ts')
      onTestFinished(() => life.kill())
      await life.ready()
      const { entries, told } = (await life.ask<Books>({}, 'books')) as Books
      expect(entries.map(({ key }) => key)).toEqual(['context_gestao', expect.stringMatching(/^diagnostic_/)])
      expect(told).toEqual([{ diagnosis: true, context: true }])
    },
  )
})
