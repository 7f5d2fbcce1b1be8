/**
 * One life of an engine that decides, for the crash tests: the same cases in the same order, each from its beginning to what the
 * models learn of it, on the database that the environment names; dies at the named point TRAE_CRASH_AT. A case is a run that
 * takes one decision by itself and one by a person, acts upon both, and hears from an event and over the API how they went.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { recordDueOutcomes, recordOutcome } from '../../core/decisions/record-outcome.ts'
import { requestDecision } from '../../core/decisions/request-decision.ts'
import { appendEvent } from '../../core/events/append-event.ts'
import type { UserId } from '../../core/ids.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { decideDecision } from '../../core/runs/decide-decision.ts'
import { CHOICE, SCORE } from '../decisions/policies.ts'

const { TEST_VENDOR: vendor, ...environment } = process.env
const core = await openCore(readConfig(environment), { pollMs: 25 })
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
if (!core.plugins.list(workspaceId).some(plugin => plugin.pluginId === 'vendor'))
  await installPlugin(core, { workspaceId, from: { kind: 'folder', path: vendor! }, grant: 'all-declared' })
const score = await publishPolicy(core, workspaceId, SCORE.replace('threshold: 85', 'threshold: 0'))
const choice = await publishPolicy(core, workspaceId, CHOICE.replace('auto: true', 'auto: false'))
const act = '{ uses: vendor/write-key, with: { where: here }, retry: { maxAttempts: 3, delay: 50ms, jitter: 0 } }'
await publishPlaybook(
  core,
  workspaceId,
  `
id: cases
name: Cases
module: pre_vendas
triggers: [{ event: case.began }]
steps:
  - decide: worth-a-call
    with: { leadId: '\${{ event.case }}', source: '\${{ event.source }}', visits: '\${{ event.visits }}' }
  - ${act}
  - decide: channel
    with: { phone: true }
  - ${act}
`,
)
const [{ id: by } = { id: undefined }] = await core.sql.query<{ id: UserId }>({
  name: 'test-owner',
  text: 'select id from users limit 1',
})

const nameOf = (n: number) => `case ${n}`
const inputsOf = (n: number) => ({ source: ['referral', 'website', 'event'][n % 3]!, visits: (n * 7) % 5 })
const wentWell = (n: number) => (n * 31) % 7 < 3

/** How many outcomes the models have learnt from. */
async function learnt(): Promise<number> {
  const [row] = await core.sql.query<{ n: number }>({
    name: 'test-learnt',
    text: `select count(*)::int as n from decision_examples`,
  })
  return row!.n
}

/** What the models know before the first case. */
async function learnBefore(examples: number): Promise<void> {
  for (let n = await learnt(); n < examples; n++) {
    const inputs = { leadId: `before ${n}`, ...inputsOf(n) }
    const decision = await requestDecision(core, workspaceId, { policy: 'worth-a-call', inputs, key: `before ${n}` })
    const outcome = wentWell(n) ? 'success' : 'failure'
    await recordOutcome(core, workspaceId, { decisionId: decision.id, outcome, source: 'test' })
  }
}

/** Does whatever case `n` still needs, and says whether it needs nothing any more. */
async function goOn(n: number): Promise<boolean> {
  const type = wentWell(n) ? 'meeting.scheduled' : 'lead.lost'
  await tell('case.began', n, inputsOf(n))
  const decisions = await core.sql.query<Standing>(STANDING, [workspaceId, nameOf(n)])
  for (const { id, status, outcome, policy_id, finished } of decisions) {
    if (status === 'pending')
      await decideDecision(core, workspaceId, { decisionId: id, choice: n % 2 ? 'sms' : 'email', by: by! })
    if (!finished || outcome !== null) continue
    if (policy_id === score.id) await tell(type, n, { leadId: nameOf(n) })
    else
      await recordOutcome(core, workspaceId, {
        decisionId: id,
        outcome: wentWell(n) ? 'success' : 'failure',
        source: 'test',
      })
  }
  await recordDueOutcomes(core)
  return decisions.length === 2 && decisions.every(({ outcome }) => outcome !== null)
}

interface Standing {
  readonly id: string
  readonly status: string
  readonly outcome: string | null
  readonly policy_id: string
  readonly finished: boolean
}
const STANDING = {
  name: 'test-decisions-of-case',
  text: `select d.id, d.status, d.outcome, d.policy_id, r.finished_at is not null as finished
         from decisions d join runs r on r.id = d.run_id join events e on e.id = r.event_id
         where d.workspace_id = $1 and e.data->>'case' = $2 and d.status <> 'withdrawn' order by d.id`,
}

async function tell(type: string, n: number, data: object): Promise<void> {
  const event = {
    type,
    subjectId: null,
    data: { case: nameOf(n), ...data },
    source: 'test',
    dedupeKey: type + nameOf(n),
  }
  await appendEvent(core.sql, workspaceId, event, core.clock.now())
  core.queue.ring('events')
}

/** Decisions of which the memory does not know all. */
async function toRemember(): Promise<number> {
  const [row] = await core.sql.query<{ n: number }>({
    name: 'test-to-remember',
    text: `select count(*)::int as n from decisions where status = 'decided' and remembered is distinct from coalesce(outcome, 'pending')`,
  })
  return row!.n
}

/** All that was decided and learnt, without ids and times. */
async function books() {
  const examples = await core.sql.query({
    name: 'test-examples',
    text: `select p.slug, e.seq, e.option, e.context, e.prior, e.success, d.status, d.chosen, d.outcome, d.automatic, d.score, d.confidence,
             d.decision->'model'->>'probability' as probability, d.decision->'learnt' as learnt
           from decision_examples e join decision_policies p on p.id = e.policy_id join decisions d on d.id = e.decision_id
           order by p.slug, e.seq`,
  })
  const [rest] = await core.sql.query({
    name: 'test-rest',
    text: `select (select count(*) from decisions)::int as decisions,
             (select count(*) from decision_listens)::int as listens,
             (select count(*) from runs)::int as runs,
             (select count(*) from runs where status <> 'completed')::int as open,
             (select count(*) from memory_entries where type = 'decision')::int as remembered,
             (select count(*) from memory_entries e join decisions d on e.origin = 'decision:' || d.id where e.outcome = d.outcome)::int as known,
             (select count(*) from plugin_storage where key like 'did:%')::int as deeds,
             (select coalesce(sum(value::text::int - 1), 0) from plugin_storage where key like 'did:%')::int as doubled`,
  })
  const models = await Promise.all([score, choice].map(({ id, policy }) => core.models.of(id, policy.pace)))
  return { examples, rest, models: models.map(({ knowledge }) => knowledge.state()) }
}

process.on('message', async ({ before, cases }: { readonly before: number; readonly cases: number }) => {
  await learnBefore(before)
  const done = Math.floor(((await learnt()) - before) / 2)
  for (let n = done + 1; n <= cases; n++) while (!(await goOn(n))) await new Promise(resolve => setTimeout(resolve, 10))
  while ((await toRemember()) > 0) await new Promise(resolve => setTimeout(resolve, 10))
  process.send!({ books: await books() })
})
await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())
