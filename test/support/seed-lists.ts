import type { TestCore } from './core.ts'
import { newId } from '../../core/ids.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { statement } from '../../core/sql.ts'

/** How many of everything that can be listed. */
export const SEEDED = 12

/**
 * Rows of every kind that can be listed, `SEEDED` of each: by twos of the same moment, amount and name, and without a value
 * where there need be none. Each belongs to a lead, a run and a playbook of its own where it belongs to any.
 */
export async function seedLists(core: TestCore): Promise<void> {
  const { workspaceId } = core
  const insert = async (table: string, rows: readonly Record<string, unknown>[]) => {
    const columns = Object.keys(rows[0]!).join(', ')
    const text = `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`
    await core.sql.query(statement('', text), [JSON.stringify(rows)])
  }
  const start = core.clock.now().getTime()
  const numbers = Array.from({ length: SEEDED }, (_, n) => n)
  /** The same for two; `every` third has none. */
  const at = (n: number) => new Date(start - Math.floor(n / 2) * 60_000).toISOString()
  const day = (n: number) => (n % 3 === 0 ? null : `2030-01-${String(10 + Math.floor(n / 2))}`)
  const value = (n: number) => (n % 3 === 0 ? null : Math.floor(n / 2) * 10)
  const ids = (what: string) => numbers.map(n => uuid(what, n))
  const rows = (make: (n: number) => Record<string, unknown>) =>
    numbers.map(n => ({ workspace_id: workspaceId, ...make(n) }))
  const [leads, runs] = [ids('1'), ids('2')]

  const published: { playbookId: string; versionId: string }[] = []
  for (const n of numbers) {
    const text = `id: quiet-${n}\nname: Quiet ${Math.floor(n / 2)}\nmodule: vendas\ntriggers:\n  - event: never.happens\nsteps:\n  - id: one\n    wait: 1d\n`
    published.push(await publishPlaybook(core, workspaceId, text))
  }
  await insert(
    'leads',
    rows(n => ({
      id: leads[n],
      name: n % 2 ? `Ana ${n}` : 'bia',
      email: `l${n}@example.com`,
      company: 'Acme',
      source: n % 2 ? 'API' : 'WEBSITE',
      locale: 'en',
      status: n % 2 ? 'NEW' : 'QUALIFIED',
      score: value(n),
      unsubscribed_at: n === 3 ? at(n) : null,
      created_at: at(n),
      updated_at: at(n),
    })),
  )
  await insert(
    'runs',
    rows(n => ({
      id: runs[n],
      playbook_id: published[n]!.playbookId,
      version_id: published[n]!.versionId,
      subject_id: leads[n],
      origin_run_id: n % 2 ? runs[n - 1] : null,
      origin_path: n % 2 ? 'one' : null,
      parent_run_id: n % 2 ? runs[n - 1] : null,
      status: n % 3 === 0 ? 'waiting' : 'failed',
      reason: n % 3 === 0 ? { code: 'WAIT', message: 'waits' } : null,
      sla_due_at: n % 4 === 0 ? null : at(n),
      sla_state: n % 4 === 0 ? null : n === 1 ? 'breached' : 'open',
      finished_at: n % 3 === 0 ? null : at(n),
      created_at: at(n),
      updated_at: at(n),
    })),
  )
  await insert(
    'journal',
    rows(n => ({ run_id: runs[n], seq: 1, kind: 'step.started', path: 'one', attempt: 1, at: at(n) })),
  )
  const about = (n: number) => ({ lead_id: leads[n], run_id: runs[n] })
  await insert(
    'messages',
    rows(n => ({
      id: ids('3')[n],
      ...about(n),
      direction: n % 2 ? 'in' : 'out',
      channel: n % 2 ? 'sms' : 'email',
      from_address: 'a@example.com',
      to_address: 'b@example.com',
      subject: `about ${n}`,
      body: 'text',
      in_reply_to: n % 2 ? ids('3')[n - 1] : null,
      state: n % 4 === 0 ? 'to-send' : 'sent',
      created_at: at(n),
    })),
  )
  await insert(
    'meetings',
    rows(n => ({
      id: ids('4')[n],
      ...about(n),
      title: `Call ${n}`,
      status: n % 2 ? 'SCHEDULED' : 'COMPLETED',
      starts_at: at(n),
      ends_at: at(n),
      attendees: [],
      briefing: n % 2 ? { text: 'x' } : null,
      created_at: at(SEEDED - n),
    })),
  )
  await insert(
    'calls',
    rows(n => ({ id: uuid('c', n), lead_id: leads[n], status: n % 2 ? 'OPEN' : 'ENDED', started_at: at(n) })),
  )
  await insert(
    'activities',
    rows(n => ({ id: ids('5')[n], ...about(n), kind: 'NOTE', summary: `note ${n}`, data: {}, occurred_at: at(n) })),
  )
  await insert(
    'notices',
    rows(n => ({ id: ids('6')[n], ...about(n), title: `notice ${n}`, urgent: n % 2 === 0, created_at: at(n) })),
  )
  await insert(
    'charges',
    rows(n => ({
      id: ids('7')[n],
      ...about(n),
      status: n % 2 ? 'PENDING' : 'PAID',
      amount: Math.floor(n / 2),
      currency: 'BRL',
      description: `fee ${n}`,
      due_on: day(n),
      customer: { name: 'x' },
      method: 'PIX',
      created_at: at(n),
      updated_at: at(n),
    })),
  )
  await insert(
    'proposals',
    rows(n => ({
      id: ids('8')[n],
      ...about(n),
      number: n + 1,
      status: n % 2 ? 'DRAFT' : 'SENT',
      title: `offer ${n}`,
      items: [],
      currency: 'BRL',
      total: Math.floor(n / 2),
      valid_until: day(n),
      created_at: at(n),
      updated_at: at(n),
    })),
  )
  await insert(
    'deals',
    rows(n => ({
      id: ids('9')[n],
      ...about(n),
      title: `deal ${n}`,
      stage: n % 2 ? 'PROPOSAL' : 'WON',
      amount: value(n),
      currency: 'BRL',
      probability: 50,
      expected_close_on: day(n),
      closed_at: n % 2 ? null : at(n),
      created_at: at(n),
      updated_at: at(SEEDED - n),
    })),
  )
  await insert(
    'customers',
    rows(n => ({
      id: ids('a')[n],
      lead_id: leads[n],
      deal_id: ids('9')[n],
      name: n % 2 ? `Zoe ${n}` : 'acme',
      status: 'ACTIVE',
      mrr: value(n),
      currency: 'BRL',
      facts: {},
      health: value(n),
      health_factors: [],
      started_at: at(n),
      churned_at: at(n),
      updated_at: at(SEEDED - n),
    })),
  )
  const [writer] = await core.sql.query<{ id: string }>(
    statement('', 'select user_id as id from memberships where workspace_id = $1'),
    [workspaceId],
  )
  await insert(
    'objectives',
    rows(n => ({
      id: ids('e')[n],
      title: `Objective ${Math.floor(n / 2)}`,
      owner_id: writer!.id,
      starts_on: '2030-01-01',
      due_on: `2030-02-${String(10 + Math.floor(n / 2))}`,
      status: n % 2 ? 'OPEN' : 'CLOSED',
      created_at: at(n),
      updated_at: at(n),
    })),
  )
  await insert(
    'tasks',
    rows(n => ({
      id: ids('b')[n],
      module: 'vendas',
      action: 'sales/score',
      priority: n % 2 ? 'high' : 'low',
      status: 'completed',
      data: {},
      subject_id: leads[n],
      run_id: runs[n],
      source: 'graphql',
      scheduled_for: at(SEEDED - n),
      turn_at: at(n),
      created_at: at(n),
      updated_at: at(n),
    })),
  )
  await insert(
    'incidents',
    rows(n => ({
      id: ids('c')[n],
      module: 'vendas',
      status: 'resolved',
      summary: `error ${n}`,
      failures: Math.floor(n / 2),
      failures_from: at(n),
      opened_at: at(n),
      resolved_at: at(n),
      resolved_by: 'healing',
      updated_at: at(n),
    })),
  )
  await insert(
    'alerts',
    rows(n => ({
      id: ids('a1')[n],
      rule: n % 2 ? 'brain-health' : 'no-leads',
      subject: '',
      severity: n % 2 ? 'CRITICAL' : 'WARNING',
      status: 'RESOLVED',
      value: n,
      threshold: 80,
      started_at: at(n),
      resolved_at: at(n),
      updated_at: at(SEEDED - n),
    })),
  )
  await insert(
    'alert_deliveries',
    rows(n => ({
      id: ids('a2')[n],
      alert_id: ids('a1')[n],
      seq: n + 1,
      kind: 'FIRED',
      channel: n % 2 ? 'NOTICE' : 'WEBHOOK',
      status: n % 2 ? 'DELIVERED' : 'FAILED',
      attempts: 1,
      created_at: at(n),
    })),
  )
  await insert(
    'approvals',
    rows(n => ({
      id: ids('d')[n],
      run_id: runs[n],
      path: 'one',
      attempt: 1,
      title: `may I ${n}`,
      required: 1,
      approvers: 1,
      form: [],
      self_approval: true,
      veto: false,
      status: 'open',
      due_at: n % 3 === 0 ? null : at(n),
      created_at: at(n),
    })),
  )
  await insert(
    'approval_votes',
    rows(n => ({
      approval_id: ids('d')[n],
      email: n % 2 ? core.owner.email : 'x@example.com',
      locale: 'en',
      token_hash: `hash ${n}`,
    })),
  )
  await insert(
    'decision_policies',
    rows(n => ({
      id: ids('e')[n],
      slug: `policy-${n}`,
      name: `Policy ${n}`,
      module: 'vendas',
      type: 'TACTICAL',
      version: 1,
      source: '',
      hash: '',
      input: {},
      options: ['yes', 'no'],
      created_at: at(n),
      updated_at: at(n),
    })),
  )
  const weighed = {
    titles: { yes: 'Yes', no: 'No' },
    context: {},
    similar: [],
    learnt: { outcomes: 0, successes: 0, options: {}, similarSuccesses: 0, similarOutcomes: 0 },
    rules: { held: [], start: 50, score: 50, options: {} },
  }
  await insert(
    'decisions',
    rows(n => ({
      id: ids('f')[n],
      module: 'vendas',
      context: {},
      decision: weighed,
      policy_id: ids('e')[n],
      policy_version: 1,
      generation: 1,
      type: 'TACTICAL',
      question: `what of ${n}`,
      status: n % 2 ? 'pending' : 'decided',
      recommended: 'yes',
      chosen: n % 2 ? null : 'yes',
      confidence: Math.floor(n / 2) * 10,
      automatic: false,
      due_at: n % 3 === 0 ? null : at(n),
      subject_id: leads[n],
      run_id: runs[n],
      created_at: at(n),
    })),
  )
  await insert(
    'data_subject_requests',
    rows(n => ({
      id: uuid('11', n),
      kind: n % 2 ? 'EXPORT' : 'CORRECTION',
      status: 'COMPLETED',
      subject: `l${n}@example.com`,
      created_at: at(n),
      due_at: at(SEEDED - n),
    })),
  )
  await insert(
    'memory_entries',
    rows(n => ({
      id: uuid('12', n),
      key: `note_${n}`,
      type: 'note',
      module: 'vendas',
      outcome: 'pending',
      content: `remember ${n}`,
      data: {},
      importance: Math.floor(n / 2) / 10,
      subject_id: leads[n],
      origin: 'test',
      happened_at: at(n),
      created_at: at(n),
      updated_at: at(n),
      revision: n + 1,
      stale: false,
    })),
  )
  const [owner] = await core.sql.query<{ id: string }>(statement('', 'select id from users limit 1'))
  await insert(
    'api_keys',
    rows(n => ({
      id: uuid('13', n),
      public_id: `key0000${n}`,
      secret_hash: '',
      name: n % 2 ? `key ${n}` : 'KEY',
      scopes: ['READ'],
      addresses: [],
      created_by: owner!.id,
      created_at: at(n),
      last_used_at: n % 3 === 0 ? null : at(n),
      revoked_at: n % 4 === 0 ? at(n) : null,
    })),
  )
  await insert(
    'invitations',
    rows(n => ({
      id: uuid('14', n),
      email: `i${n}@example.com`,
      role: 'VIEWER',
      token_hash: `hash ${n}`,
      invited_by: owner!.id,
      created_at: at(n),
      expires_at: new Date(start + 86_400_000 + Math.floor(n / 2)).toISOString(),
    })),
  )
  await insert(
    'users',
    numbers.map(n => ({
      id: uuid('15', n),
      email: `u${n}@example.com`,
      name: n % 2 ? `User ${n}` : 'user',
      locale: 'en',
      created_at: at(n),
    })),
  )
  await insert(
    'memberships',
    rows(n => ({ user_id: uuid('15', n), role: n % 2 ? 'VIEWER' : 'EDITOR', created_at: at(n) })),
  )
  await insert(
    'audit_log',
    rows(n => ({
      seq: 100_000 + n,
      at: at(n),
      actor: `user:${uuid('15', n)}`,
      action: n % 2 ? 'member.joined' : 'plugin.installed',
      target: `user:${uuid('15', n)}`,
      data: {},
      previous_hash: '',
      hash: '',
    })),
  )
  await insert('sessions', [
    ...rows(n => ({
      id: newId(),
      user_id: owner!.id,
      created_at: at(n),
      last_used_at: at(n),
      expires_at: new Date(start + 86_400_000).toISOString(),
    })),
  ])
}

/** Of a kind, in an order that is not that of the rows. */
const uuid = (kind: string, n: number) =>
  `${kind.padStart(2, '0')}${String((n * 7) % SEEDED).padStart(6, '0')}-0000-7000-8000-${String(n).padStart(12, '0')}`
