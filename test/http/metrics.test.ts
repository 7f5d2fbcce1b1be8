import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './open-test-server.ts'

const TOKEN = 'a-token-for-prometheus'
let host: TestServer
beforeAll(async () => {
  host = await openTestServer('postgres', {}, { TRAE_METRICS_TOKEN: TOKEN })
  await host.core.brain.open()
})
afterAll(() => host.close())

interface Family {
  type: string
  help: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

/** The exposition format, version 0.0.4, read strictly: a line that is none of it fails. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  const family = (name: string) => {
    if (!families.has(name)) families.set(name, { type: '', help: '', samples: [] })
    return families.get(name)!
  }
  for (const line of text.split('\n').filter(line => line !== '')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') family(name!).help = rest!
    else if (kind === 'TYPE') family(name!).type = rest!
    else {
      const [, sample, inside = '', value] =
        /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(line) ?? []
      if (sample === undefined || !/^(nan|\+Inf|-?[\d.e+-]+)$/i.test(value!)) throw new Error(`not a sample: ${line}`)
      const owner = families.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, '')
      if (!families.has(owner)) throw new Error(`of no family: ${line}`)
      const labels = Object.fromEntries(
        Array.from(inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, key, text]) => [key!, text!]),
      )
      family(owner).samples.push({ name: sample, labels, value: Number(value!.replace('+Inf', 'Infinity')) })
    }
  }
  return families
}

const scrape = async () => {
  const answer = await host.send('GET', '/metrics', { token: TOKEN })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  return parse(answer.text)
}

test('nobody reads them without a token, and a wrong one is refused', async () => {
  expect((await host.send('GET', '/metrics', { token: null })).status).toBe(401)
  expect((await host.send('GET', '/metrics', { token: 'another-token-altogether' })).status).toBe(401)
  expect((await host.send('GET', '/metrics')).status).toBe(200) // an owner
})

test('the eleven names of the seed are there, each of its kind, with their companions', async () => {
  await host.send('POST', '/leads/process', { body: { name: 'Ana', email: 'ana@example.com' } })
  await host.core.sql.query({
    name: '',
    text: `insert into deals (id, workspace_id, lead_id, title, stage, amount, currency, probability, created_at, updated_at)
           select gen_random_uuid(), workspace_id, id, 'Deal', 'WON', 1500.5, 'BRL', 100, now(), now() from leads`,
  })
  await host.graphql('{ viewer { name } }')
  await expect.poll(async () => (await scrape()).get('trae_leader')!.samples[0]!.value, { timeout: 20_000 }).toBe(1)
  const families = await scrape()
  const kinds = {
    brain_health_score: 'gauge',
    modules_active_count: 'gauge',
    task_queue_size: 'gauge',
    memory_entries_count: 'gauge',
    task_execution_time: 'histogram',
    api_response_time: 'histogram',
    database_query_time: 'histogram',
    leads_processed_total: 'counter',
    meetings_scheduled_total: 'counter',
    deals_closed_total: 'counter',
    revenue_generated: 'gauge',
    trae_http_request_duration_seconds: 'histogram',
    trae_db_query_duration_seconds: 'histogram',
    trae_task_duration_seconds: 'histogram',
    trae_module_executions_total: 'counter',
    trae_queue_oldest_task_age_seconds: 'gauge',
    trae_build_info: 'gauge',
    process_cpu_seconds_total: 'counter',
  }
  for (const [name, type] of Object.entries(kinds)) expect(families.get(name)?.type, name).toBe(type)
  const value = (name: string, labels: Record<string, string> = {}) =>
    families.get(name)!.samples.find(one => Object.entries(labels).every(([key, text]) => one.labels[key] === text))
      ?.value
  expect(value('brain_health_score')).toBeGreaterThan(0)
  expect(value('modules_active_count')).toBe(8)
  expect(value('leads_processed_total', { outcome: 'new' })).toBe(1)
  expect(value('deals_closed_total', { outcome: 'won' })).toBe(1)
  expect(value('revenue_generated', { currency: 'BRL' })).toBe(1500.5)
  expect(value('trae_db_up')).toBe(1)
})

test('what somebody failed to prove who they are by is counted', async () => {
  const failures = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await scrape()).get('trae_auth_failures_total')!.samples.map(({ labels, value }) => [labels['reason'], value]),
    )
  const none = { password: 0, 'second-factor': 0, token: 0, refresh: 0, 'api-key': 0, oidc: 0 }
  const before = await failures()
  expect(Object.keys(before).sort()).toEqual(Object.keys(none).sort())
  const ask = (path: string, body: object) => host.send('POST', path, { body, token: null })
  await ask('/auth/login', { ...host.core.owner, password: 'wrong wrong wrong' })
  await ask('/auth/login', { email: 'nobody@example.com', password: 'wrong wrong wrong' })
  await ask('/auth/refresh', { refresh_token: 'made.up' })
  await host.send('GET', '/brain/status', { token: 'made.up.too' })
  await host.send('GET', '/brain/status', { token: null, headers: { 'x-api-key': 'trae_live_made_up' } })
  await host.send('GET', '/brain/status', { token: null }) // nobody claims to be anybody
  const more = Object.fromEntries(Object.entries(await failures()).map(([key, value]) => [key, value - before[key]!]))
  expect(more).toEqual({ ...none, password: 2, refresh: 1, token: 1, 'api-key': 1 })
})

test('routes are templates, and nothing that a caller makes up becomes a label', async () => {
  await host.send('GET', '/modules/pre_vendas/status')
  await host.send('GET', '/made/up/by/somebody')
  await host.graphql('{ viewer { name } }')
  const families = await scrape()
  const routes = new Set(families.get('api_response_time')!.samples.map(({ labels }) => labels['route']))
  expect(routes).toContain('/modules/:module/status')
  expect(routes).toContain('/graphql')
  expect(routes).toContain('other')
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}|@|made\/up/
  for (const [name, { samples }] of families) {
    for (const { labels } of samples) for (const text of Object.values(labels)) expect(text, name).not.toMatch(uuid)
    expect(new Set(samples.map(({ labels }) => JSON.stringify({ ...labels, le: '' }))).size, name).toBeLessThan(300)
  }
})

test('a histogram adds up: its buckets grow, and its pair counts the same', async () => {
  const families = await scrape()
  const of = (name: string, end: string) =>
    families
      .get(name)!
      .samples.filter(one => one.name === `${name}_${end}` && one.labels['statement'] === 'take-leadership')
  const buckets = of('database_query_time', 'bucket').map(({ value }) => value)
  expect(buckets.length).toBeGreaterThan(5)
  expect(buckets).toEqual(buckets.toSorted((a, b) => a - b))
  expect(of('database_query_time', 'count')[0]!.value).toBe(buckets.at(-1))
  expect(of('trae_db_query_duration_seconds', 'count')[0]!.value).toBe(buckets.at(-1))
})
