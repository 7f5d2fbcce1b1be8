import { builtPlugins, FRESH_WORKSPACE } from '../core/cli/built-plugins.ts'
import { openRehearsal } from '../core/open-rehearsal.ts'
import type { History } from '../core/rehearsal/history.ts'
import { simulate } from '../core/rehearsal/simulate.ts'

/** 500 leads over 90 days through a draft with two messages and a wait, answers of a third of them on a later day. */
const LEADS = Number(process.argv[2] ?? 500)
const DAYS = 90
const TARGET_SECONDS = 10

const DRAFT = `id: outreach
name: Outreach
module: pre_vendas
triggers: [{ event: lead.captured }]
enrollment: { subject: '\${{ event.leadId }}' }
steps:
  - id: first
    uses: email/send
    with: { to: '\${{ lead.email }}', subject: Olá, body: Podemos conversar? }
    retry: { maxAttempts: 3 }
  - id: answer
    waitFor:
      any: [{ event: message.received, correlate: { leadId: '\${{ event.leadId }}' } }]
      timeout: 5d
  - if: \${{ steps.answer.output.timedOut }}
    then:
      - id: reminder
        uses: email/send
        with: { to: '\${{ lead.email }}', subject: De novo, body: Ainda faz sentido? }
        retry: { maxAttempts: 3 }
`

function history(): History {
  const since = Date.parse('2026-01-01T00:00:00Z')
  const at = (hours: number) => new Date(since + hours * 3_600_000).toISOString()
  const id = (n: number) => `01957d3a-0000-7000-8000-${String(n).padStart(12, '0')}`
  const every = (DAYS * 24) / LEADS
  const people = Array.from({ length: LEADS }, (_, n) => ({ n, id: id(n), at: n * every }))
  return {
    since: at(0),
    until: at(DAYS * 24),
    eventsLeftOut: 0,
    leads: people.map(({ n, id }) => ({ id, name: `Lead ${n}`, email: `lead${n}@example.com` })),
    events: people.flatMap(({ n, id, at: hours }) => [
      { type: 'lead.captured', subjectId: id, data: { leadId: id, lead: { id } }, at: at(hours) },
      ...(n % 3 === 0
        ? [
            {
              type: 'message.received',
              subjectId: id,
              data: { leadId: id, text: 'Sim' },
              at: at(hours + 24 + (n % 50)),
            },
          ]
        : []),
    ]),
    changes: [],
    outcomes: [],
    effects: people.map(({ id, at: hours }) => ({
      leadId: id,
      path: 'first',
      action: 'email/send',
      account: null,
      at: at(hours),
    })),
    policies: [],
    decisions: [],
  }
}

const rehearsal = await openRehearsal({ plugins: await builtPlugins(), workspace: FRESH_WORKSPACE })
const before = process.cpuUsage()
const began = performance.now()
const report = await simulate(rehearsal, DRAFT, history())
const { user, system } = process.cpuUsage(before)
const cpu = (user + system) / 1e6
const wall = (performance.now() - began) / 1000
await rehearsal.close()
const met = cpu <= TARGET_SECONDS ? 'met' : 'missed'
process.stdout.write(
  `${LEADS} leads over ${DAYS} days: ${cpu.toFixed(1)} s CPU, ${wall.toFixed(1)} s; target ${TARGET_SECONDS} s CPU: ${met}\n${JSON.stringify({ runs: report.runs, counts: report.counts })}\n`,
)
process.exit(0)
