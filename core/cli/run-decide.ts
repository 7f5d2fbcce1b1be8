import { TraeError } from '../errors.ts'
import { defineCommand, suggest, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { type HostSession, openSession } from './host-session.ts'
import { codeOf } from './operate-one.ts'
import { runIdOf } from './run-id.ts'

const DECISIONS: Readonly<Record<string, string>> = {
  sent: 'arrived: the run goes on after it',
  'not-sent': 'did not arrive: it is sent again',
  failed: 'counts as failed: the playbook says what follows',
}

export const runDecide = defineCommand({
  usage: "run decide <id> <sent|not-sent|failed> [--step <path>] [--output '<json>']",
  about:
    'Says what became of an effect that was under way when the process died: look at the far side first whether it arrived.\nsent: the run goes on after it. not-sent: it is sent again. failed: its step fails. With the last one decided the run goes on.',
  flags: {
    step: { type: 'string', value: '<path>', help: 'the step, where several are to be decided' },
    output: { type: 'string', value: '<json>', help: 'with sent: what the step would have given; null without it' },
  },
  positionals: { least: 2, most: 2 },
  async run({ flags, positionals, terminal }) {
    const [written, decision] = positionals as [string, string]
    if (!Object.hasOwn(DECISIONS, decision))
      throw new UsageError(
        `trae run decide knows no ${JSON.stringify(decision)}${suggest(decision, Object.keys(DECISIONS))}`,
      )
    if (flags.output !== undefined && decision !== 'sent')
      throw new UsageError('--output goes with sent: what was not sent gave nothing.')
    const output = flags.output === undefined ? undefined : readJson(flags.output)
    const session = await openSession()
    const runId = runIdOf(written)
    const path = flags.step ?? (await onlyUnknown(session, runId))
    const { answer } = await ask<Decided>(session, DECIDE, {
      input: { runId, path, decision: decision.toUpperCase().replace('-', '_'), output },
    })
    if (!answer.run)
      throw new TraeError(codeOf(answer.userErrors), answer.userErrors.map(({ message }) => message).join('\n'))
    const { run } = answer
    terminal.line(
      `${path} ${DECISIONS[decision]}. ${run.playbook.slug} is ${run.status.toLowerCase()}: ${session.url}/admin/runs/${run.id}`,
    )
    terminal.data({ run, path, decision })
    return 0
  },
})

/** Throws `CONFLICT`, naming the steps, where there is not exactly one. */
async function onlyUnknown(session: HostSession, id: string): Promise<string> {
  const { node } = await ask<Steps>(session, STEPS, { id })
  if (!node?.steps)
    throw new TraeError('NOT_FOUND', `${session.url} has no run ${id}; trae run list shows which there are.`)
  const [first, ...others] = node.steps.filter(step => step.status === 'UNKNOWN').map(step => step.path)
  if (first === undefined || node.reason?.code !== 'UNKNOWN_EFFECT')
    throw new TraeError('CONFLICT', `Run ${id} has no effect that is to be decided. trae run show says why it stands.`)
  if (others.length === 0) return first
  throw new TraeError(
    'CONFLICT',
    `Run ${id} has several: say which with --step. They are ${[first, ...others].join(', ')}. Nothing was done.`,
  )
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--output is not JSON: ${(error as Error).message}. Put single quotes around it: '{"id": 1}'.`)
  }
}

interface Decided {
  readonly answer: {
    readonly run: { readonly id: string; readonly status: string; readonly playbook: { readonly slug: string } } | null
    readonly userErrors: readonly { readonly code: string; readonly message: string }[]
  }
}
interface Steps {
  readonly node: {
    readonly reason?: { readonly code: string } | null
    readonly steps?: readonly { readonly path: string; readonly status: string }[]
  } | null
}

const STEPS = `query ($id: ID!) { node(id: $id) { ... on Run { reason { code } steps { path status } } } }`
const DECIDE = `mutation ($input: RunEffectDecideInput!) {
  answer: runEffectDecide(input: $input) { run { id status playbook { slug } } userErrors { code message } }
}`
