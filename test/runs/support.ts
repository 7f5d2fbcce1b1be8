import type { OpenCore } from '../../core/core.ts'
import type { Statement } from '../../core/sql.ts'

/** A playbook `test` that a captured lead starts, with other keys at the top of the file. */
export const playbook = (steps: string, rest = '') => `
id: test
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:
${steps.replace(/^/gm, '  ')}
${rest}`

/** A core whose dispatcher finds one of the undispatched events only: the others are not there yet when it looks. */
export function seeingOnly(event: number, core: OpenCore): OpenCore {
  const sql: OpenCore['sql'] = {
    ...core.sql,
    async query<Row>(statement: Statement, parameters?: readonly unknown[]) {
      const rows = await core.sql.query<Row>(statement, parameters)
      return statement.name === 'pending-events' ? rows.slice(event, event + 1) : rows
    },
  }
  return { ...core, sql }
}
