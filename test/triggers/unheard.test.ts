import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sendMessage } from '../../core/sales/messages.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import { tellOfUnheard } from '../../core/triggers/tell-of-unheard.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const WAITS = `id: waits
name: Waits
module: vendas
triggers:
  - event: lead.captured
steps:
  - id: answer
    waitFor:
      any:
        - { event: message.received, correlate: { leadId: '\${{ lead.id }}' } }
      timeout: 10d
`
/** It begins to wait a minute late: what came by then is found when it asks for it. */
const LATE = WAITS.replace('id: waits', 'id: late').replace('steps:\n', 'steps:\n  - wait: 1m\n')
const DEBOUNCED = WAITS.replace('id: waits', 'id: debounced')
  .replace('lead.captured', 'message.received')
  .replace('steps:', "debounce: { key: '${{ event.leadId }}', quiet: 5m }\nsteps:")
const TWICE = WAITS.replace('id: waits', 'id: twice')
  .replace('- id: answer', '- id: again\n    while: ${{ true }}\n    max: 3\n    do:\n      - id: answer')
  .replaceAll(/^ {4}(waitFor|  any|    - \{|  timeout)/gm, '        $1')

describe.each(DATABASE_KINDS)('what a lead writes, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  }, 120_000)
  afterAll(() => engine?.close())
  afterEach(async () => {
    await engine.wipe()
    await engine.sql.query({ name: '', text: 'delete from notices' })
  })

  let count = 0
  const reply = async (leadId: string, body = 'Podemos falar?') => {
    const letter = { leadId, to: 'ana@acme.com.br', subject: 'Oi', body: 'Tudo bem?' }
    const { id } = await sendMessage(engine, engine.workspaceId, letter, { key: `m-${++count}`, runId: null })
    await receiveReply(engine, engine.workspaceId, { messageId: id, body })
    await engine.settled()
  }
  const look = async () => {
    await engine.advance(2 * 60_000)
    await Promise.all([tellOfUnheard(engine), tellOfUnheard(engine)])
  }
  const notices = () =>
    engine.sql.query<{ title: string; body: string; lead_id: string; user_id: string | null }>({
      name: '',
      text: 'select title, body, lead_id, user_id from notices order by created_at, id',
    })

  it('reaches a person, once, where no run waits for it', async () => {
    const leadId = await engine.capture()
    await reply(leadId)
    await tellOfUnheard(engine)
    expect(await engine.count('messages', `attention = 'open'`)).toBe(1) // a run may be about to wait for it
    await look()
    await look()
    expect(await notices()).toEqual([
      {
        title: 'Ana Souza escreveu, e nenhuma execução espera por isso: responda à mão',
        body: 'Podemos falar?',
        lead_id: leadId,
        user_id: null,
      },
    ])
  })

  it('reaches whose lead it is, and not everybody', async () => {
    const leadId = await engine.capture()
    await engine.sql.query({ name: '', text: 'update leads set owner_id = (select id from users)' })
    await reply(leadId)
    await look()
    expect((await notices()).map(({ user_id }) => user_id)).toEqual([expect.any(String)])
  })

  it('reaches everybody while whose lead it is is away', async () => {
    const leadId = await engine.capture()
    const sql = (text: string, values: unknown[] = []) => engine.sql.query({ name: '', text }, values)
    await sql('update leads set owner_id = (select id from users)')
    const away = (from: string, to: string) =>
      sql(
        `insert into absences (id, workspace_id, user_id, starts_at, ends_at, title, source, created_at)
         select gen_random_uuid(), $1, (select id from users), $2::timestamptz + $3::interval, $2::timestamptz + $4::interval, 'Férias', 'hand', $2`,
        [engine.workspaceId, engine.clock.now(), from, to],
      )
    try {
      await away('-3 days', '-1 day')
      await away('1 day', '3 days')
      await reply(leadId, 'Antes')
      await look()
      await away('-1 hour', '1 hour')
      await reply(leadId, 'Durante')
      await look()
    } finally {
      await sql('delete from absences')
    }
    expect((await notices()).map(({ body, user_id }) => [body, user_id === null])).toEqual([
      ['Antes', false],
      ['Durante', true],
    ])
  })

  it('reaches nobody besides, where a run takes it', async () => {
    await engine.publish(WAITS)
    const leadId = await engine.capture()
    await engine.settled()
    await reply(leadId)
    await look()
    expect(await notices()).toEqual([])
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    await reply(leadId, 'E ainda uma coisa') // that run is over
    await look()
    expect((await notices()).map(({ body }) => body)).toEqual(['E ainda uma coisa'])
  })

  it('reaches nobody besides, where a run takes it and waits for the next at once', async () => {
    await engine.publish(TWICE)
    const leadId = await engine.capture()
    await engine.settled()
    await reply(leadId)
    await look()
    expect(await notices()).toEqual([])
  })

  it('reaches nobody besides, where a run asks for it later', async () => {
    await engine.publish(LATE)
    const leadId = await engine.capture()
    await engine.settled()
    await reply(leadId)
    expect(await engine.count('messages', `attention = 'open'`)).toBe(1)
    await engine.advance(60_000)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    await look()
    expect(await notices()).toEqual([])
    expect(await engine.count('messages', `attention = 'run'`)).toBe(1)
  })

  it('reaches nobody besides, where it starts a run once it has been quiet', async () => {
    await engine.publish(DEBOUNCED)
    const leadId = await engine.capture()
    await reply(leadId)
    await reply(leadId, 'E ainda uma coisa')
    await look()
    expect(await notices()).toEqual([])
  })

  it('reaches nobody besides, where it starts a run', async () => {
    await engine.publish(WAITS.replace('lead.captured', 'message.received'))
    await reply(await engine.capture())
    await look()
    expect(await notices()).toEqual([])
  })

  it.runIf(kind === 'postgres')('is looked for by indexes, however many runs and waits there are', async () => {
    const statements: { text: string; values: readonly unknown[] }[] = []
    const sql: Engine['sql'] = {
      query: async (statement, values = []) => {
        statements.push({ text: statement.text, values })
        return engine.sql.query(statement, values)
      },
      transaction: work => engine.sql.transaction(work),
    }
    await tellOfUnheard({ ...engine, sql })
    const [{ text, values }] = statements as [(typeof statements)[0]]
    await engine.sql.transaction(async tx => {
      await tx.query({ name: '', text: 'set local enable_seqscan = off' }) // tables of a test are read sooner than their indexes
      const plan = JSON.stringify(await tx.query({ name: '', text: `explain ${text}` }, values))
      for (const table of ['runs', 'waits', 'messages']) expect(plan).not.toContain(`Seq Scan on ${table} `)
      expect(plan).toContain('runs_started_once')
      expect(plan).toContain('waits_by_event')
    })
  })
})
