import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../core/playbooks/diagnostic.ts'
import { publishImpact } from '../../core/publishing/publish-impact.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const source = (value: string) => `id: echo
name: Echo
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: hello
    uses: probe/echo@^1
    with: { value: ${value} }
outputs: { said: '\${{ steps.hello.output.value }}' }
`

describe.each(DATABASE_KINDS)('a plugin that is disabled, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  const publish = (text: string) => publishPlaybook(engine, engine.workspaceId, text)
  const setStatus = async (status: string, reason: string | null) => {
    await engine.sql.query(SET_STATUS, [status, reason])
    await engine.plugins.invalidate(engine.workspaceId)
  }

  test('its actions are no unknown ones: the check says why they cannot be called, and nothing is published until it is enabled', async () => {
    const { number, playbookId } = await publish(source('one'))
    await setStatus('DISABLED', 'it crashed three times')
    const refusal: unknown = await publish(source('two')).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'PLAYBOOK' })
    const { diagnostics } = (refusal as { details: { diagnostics: Diagnostic[] } }).details
    const finding = {
      code: 'PLUGIN_DISABLED',
      severity: 'error',
      path: 'steps.0.uses',
      line: 8,
      column: 11,
      endLine: 8,
      endColumn: 24,
      message:
        'probe/echo cannot be called: probe is disabled in this workspace: it crashed three times. Enable probe, or use another action.',
      docs: 'docs/playbooks.md#plugin-disabled',
    }
    expect(diagnostics).toEqual([expect.objectContaining(finding)])
    const impact = await publishImpact(engine, engine.workspaceId, playbookId, source('two'))
    expect(impact.diagnostics).toEqual([expect.objectContaining(finding)])

    // the version that is published meets it at its step, and waits there
    await engine.capture({ email: 'one@acme.com.br' })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'waiting', reason: { code: 'PLUGIN_DISABLED' } })

    await setStatus('ENABLED', null)
    expect(await publish(source('two'))).toMatchObject({ number: number + 1, changed: true, diagnostics: [] })
    await engine.capture({ email: 'two@acme.com.br' })
    await engine.settled()
    expect((await engine.runs()).map(run => run.output)).toContainEqual({ said: 'two' })
  })
})

const SET_STATUS = statement('test-set-status', `update installations set status = $1, status_reason = $2`)
