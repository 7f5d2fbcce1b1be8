import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const DRAFT = `
id: greet
name: Greet
module: pre_vendas
triggers: [{ event: lead.captured }]
steps: [{ return: 1 }]
`
const SIMULATE = `subscription ($source: String!, $since: DateTime!) {
  playbookSimulate(source: $source, since: $since) { fraction report { playbook events runs counts assumptions } }
}`

interface Step {
  readonly fraction: number
  readonly report: { readonly playbook: string; readonly events: number; readonly runs: object } | null
}

describe('a simulation over a subscription', { timeout: 120_000 }, () => {
  let host: TestServer
  let since: string
  beforeAll(async () => {
    host = await openTestServer('postgres')
    const { core } = host
    since = core.clock.now().toISOString()
    for (const name of ['ana', 'bia', 'carla']) {
      core.clock.advance(3_600_000)
      const lead = leadInput.parse({ name, email: `${name}@example.com` })
      await captureLead(core, core.workspaceId, lead, { source: 'test' })
    }
    core.clock.advance(3_600_000)
  }, 60_000)
  afterAll(() => host?.close())

  /** All that the subscription brings until it ends, and what was said instead. */
  const simulate = async (variables: Record<string, unknown>) => {
    const token = await host.token()
    const headers = { authorization: `Bearer ${token}` }
    const client = createClient({ url: `${host.url}/graphql`, retryAttempts: 0, headers })
    const [steps, errors]: [Step[], { message: string; extensions: { code: string } }[]] = [[], []]
    await new Promise<void>((resolve, reject) => {
      client.subscribe<{ playbookSimulate: Step }>(
        { query: SIMULATE, variables },
        {
          next: ({ data, errors: refused }) => {
            if (data?.playbookSimulate) steps.push(data.playbookSimulate)
            errors.push(...((refused ?? []) as unknown as typeof errors))
          },
          error: reject,
          complete: resolve,
        },
      )
    })
    return { steps, errors }
  }

  it('tells how far it is, then what came of it, and ends', async () => {
    const { steps, errors } = await simulate({ source: DRAFT, since })
    expect(errors).toEqual([])
    const fractions = steps.map(({ fraction }) => fraction)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect(steps.slice(0, -1).map(({ report }) => report)).toEqual(steps.slice(1).map(() => null))
    expect(steps.length).toBeGreaterThan(1)
    expect(steps.at(-1)!.report).toMatchObject({ playbook: 'greet', events: 3, runs: { completed: 3 } })
  })

  it('says what is wrong with a draft, or with the time, and ends', async () => {
    const draft = await simulate({ source: DRAFT.replace('return: 1', 'uses: nobody/nothing'), since })
    expect(draft.steps).toEqual([])
    expect(draft.errors).toMatchObject([{ message: expect.stringContaining('nobody/nothing') }])
    const time = await simulate({ source: DRAFT, since: '2001-01-01T00:00:00Z' })
    expect(time.steps).toEqual([])
    expect(time.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})
