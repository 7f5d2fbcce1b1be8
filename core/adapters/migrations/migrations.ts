import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Migration } from '@mikro-orm/migrations'

const FILES = [
  '001-corridor',
  '002-flow',
  '003-admission',
  '004-triggers',
  '005-publishing',
  '007-people',
  '008-operations',
  '009-children',
  '011-people-operate',
  '012-sla',
  '013-large-values',
  '014-revision',
  '015-run-lists',
  '016-late-runs',
  '017-credentials',
  '018-plugin-life',
  '019-plugin-state',
  '021-plugin-triggers',
  '020-required-tests',
  '022-source-maps',
  '031-decisions',
  '029-idempotent-requests',
  '025-data-keys',
  '026-privacy',
  '027-identity',
  '023-services',
  '032-brain',
  '033-next-steps',
  '024-trigger-registrations',
  '034-deals',
  '038-correspondence',
  '023-service-records',
  '028-identities',
  '030-memory',
  '039-landing-pages',
  '036-list-orders',
  '036-list-orders-walled',
  '040-proposal-answers',
  '041-calls',
  '048-metrics',
  '049-objectives',
  '042-accounts',
  '050-lead-search',
  '051-what-an-event-did',
  '052-storage-ends',
  '053-planned-calls',
  '058-meeting-answers',
  '059-calls-of-deals',
  '061-sample-leads',
  '068-remembered-decisions',
  '069-audited-requests',
  '044-alerts',
  '046-mailbox',
  '045-scaling',
  '043-account-triggers',
  '047-calendars',
  '056-waits-of-accounts',
  '057-left-behind',
  '066-stolen-sessions',
  '067-what-the-host-remembers',
  '072-corrected-outcomes',
  '062-plugin-events',
  '063-kill-list',
  '073-phones-that-said-stop',
  '074-checked-files',
  '075-plugin-traffic',
  '076-closed-meetings',
  '070-backups',
  '079-reasoned-steps',
  '077-working-hours',
  '081-options-that-forget',
  '078-decided-steps',
  '064-lead-aliases',
  '084-provider-meetings',
] as const

/** The SQL of every migration, in order, for both databases. */
export const migrations: readonly {
  name: string
  text: string
  /** The same, one by one. */
  statements: readonly string[]
  class: new (...args: ConstructorParameters<typeof Migration>) => Migration
}[] = FILES.map(name => {
  const text = readFileSync(new URL(`${name}.sql`, import.meta.url), 'utf8')
  return {
    name,
    text,
    get statements() {
      return splitStatements(text)
    },
    class: class extends Migration {
      override up(): void {
        for (const statement of splitStatements(text)) this.addSql(statement)
      }
    },
  }
})

/** Changes whenever a migration does: names the prepared database that was made from them. */
export const migrationsHash = createHash('sha256')
  .update(migrations.map(m => m.text).join('\n'))
  .digest('hex')
  .slice(0, 16)

/** PGlite takes one statement a query. Our files hold plain DDL: a semicolon at a line's end always ends a statement. */
function splitStatements(text: string): string[] {
  return text
    .replace(/--.*$/gm, '')
    .split(/;\s*$/m)
    .map(part => part.trim())
    .filter(part => part !== '')
}
