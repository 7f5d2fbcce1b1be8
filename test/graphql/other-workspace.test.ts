import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLOutputType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Passwords } from '../../core/access/password.ts'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { type Sql, type Statement, statement } from '../../core/sql.ts'
import { decodeNodeId } from '../../graphql/node-id.ts'
import { schema } from '../../graphql/schema.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { insertWorkspace } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const MARK = 'Marmelada'
const STRANGER = { email: 'stranger@example.com', password: 'a stranger with a password' }

/** All that can be selected of a type without arguments, so deep. */
function selection(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type)
  if (isLeafType(named)) return ''
  if (isInterfaceType(named)) return '{ __typename id }' // a node
  if (isUnionType(named) || !isObjectType(named)) return '{ __typename }'
  const parts = Object.values(named.getFields()).flatMap(field => {
    if (field.args.some(argument => isNonNullType(argument.type) && argument.defaultValue === undefined)) return []
    const inner = getNamedType(field.type)
    const page = field.name === 'edges' || field.name === 'node' || field.name === 'pageInfo'
    if (!isLeafType(inner) && depth <= 0 && !page) return []
    const first = field.args.some(({ name }) => name === 'first') ? '(first: 1)' : ''
    return [`${field.name}${first} ${selection(field.type, page ? depth : depth - 1)}`]
  })
  return `{ __typename ${parts.join(' ')} }`
}

/** A literal that fits, with this text for every id. */
function literal(type: GraphQLInputType, id: string): string {
  if (isNonNullType(type)) return literal(type.ofType, id)
  if (isListType(type)) return `[${literal(type.ofType, id)}]`
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isInputObjectType(type))
    return `{${Object.values(type.getFields())
      .filter(field => isNonNullType(field.type) || named(field.type) === 'ID')
      .map(field => `${field.name}: ${literal(field.type, id)}`)
      .join(', ')}}`
  if (type.name === 'DateTime') return '"2026-03-02T12:00:00Z"'
  if (type.name === 'Boolean') return 'true'
  return type.name === 'Int' ? '1' : type.name === 'ID' ? JSON.stringify(id) : '"x"'
}
const named = (type: GraphQLInputType) => getNamedType(type).name

/** Does an id stand anywhere in what it takes? */
const takesIds = (field: GraphQLField<unknown, unknown>) =>
  field.args.some(argument => {
    const type = getNamedType(argument.type)
    if (type.name === 'ID') return true
    return isInputObjectType(type) && Object.values(type.getFields()).some(({ type: inner }) => named(inner) === 'ID')
  })

/** The statement as somebody would have written it who did not think of workspaces. */
const withoutWorkspace = ({ name, text }: Statement): Statement => ({
  name: name && `test.${name}`,
  text: text.replace(/(?:\w+\.)?workspace_id = (\$\d+)/g, '$1::uuid is not null'),
})

function callOf(field: GraphQLField<unknown, unknown>, id: string, depth: number): string {
  const given = field.args
    .filter(argument => isNonNullType(argument.type) || named(argument.type) === 'ID')
    .map(argument => `${argument.name}: ${literal(argument.type, id)}`)
  if (field.args.some(({ name }) => name === 'first')) given.push('first: 5')
  return `${field.name}${given.length ? `(${given.join(', ')})` : ''} ${selection(field.type, depth)}`
}

describe.each(DATABASE_KINDS)('a member of another workspace, on %s', kind => {
  let host: TestServer
  let stranger: string
  let theirs: WorkspaceId
  let ours: string[] = []
  const queries = Object.values(schema.getQueryType()!.getFields())
  const mutations = Object.values(schema.getMutationType()!.getFields())

  /** Every row of our workspace, as the database has it. */
  const everything = async () => {
    const tables = await host.core.sql.query<{ name: string }>(
      statement(
        'test.tables-of-workspaces',
        `select table_name as name from information_schema.columns
         where table_schema = 'public' and column_name = 'workspace_id' order by 1`,
      ),
    )
    const rows: Record<string, string> = {}
    for (const { name } of tables) {
      const ours = statement(
        `test.rows-${name}`,
        `select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]')::text as rows from "${name}" t where workspace_id = $1`,
      )
      rows[name] = (await host.core.sql.query<{ rows: string }>(ours, [host.core.workspaceId]))[0]!.rows
    }
    return rows
  }
  const ask = (text: string, token?: string) => host.graphql(text, {}, token === undefined ? {} : { token })

  beforeAll(async () => {
    host = await openTestServer(kind, {}, { TRAE_LIMIT_ADDRESS: '1000000/1000000' })
    const { core } = host
    await installBuiltIns(core, core.workspaceId)
    await publishPolicies(core, core.workspaceId, core.config.playbooksDir)
    await publishFolder(core, core.workspaceId, core.config.playbooksDir)
    await core.brain.open()
    const lead = leadInput.parse({
      name: MARK,
      email: 'm@example.com',
      company: MARK,
      phone: '+55 11 98765-4321',
      jobTitle: 'Diretora Comercial',
      source: 'API',
      consent: { basis: 'CONSENT' },
    })
    await captureLead(core, core.workspaceId, lead, { source: 'rest' })
    await until(async () => (await everything())['journal']!.includes(MARK))
    await core.brain.stop()
    theirs = await insertWorkspace(core, 'other')
    const userId = newId()
    await core.sql.query(
      statement(
        'test.user',
        `insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, 'S', $3, 'en', $4)`,
      ),
      [userId, STRANGER.email, await new Passwords(1).hash(STRANGER.password), core.clock.now()],
    )
    await core.sql.query(
      statement(
        'test.member',
        `insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, 'OWNER', $3)`,
      ),
      [theirs, userId, core.clock.now()],
    )
    const signedIn = await host.send('POST', '/auth/login', { token: null, body: STRANGER })
    stranger = signedIn.json.access_token
    const found = new Set<string>()
    for (const field of queries.filter(field => !takesIds(field))) {
      const { text } = await ask(`{ ${callOf(field, '', 1)} }`)
      for (const [, id] of text.matchAll(/"id":"([^"]+)"/g)) found.add(id!)
    }
    // A few of each type are enough
    const byType = Map.groupBy(found, id => decodeNodeId(id)?.type ?? 'none')
    ours = [...byType].filter(([type]) => type !== 'none').flatMap(([, ids]) => ids.slice(0, 2))
  }, 120_000)
  afterAll(() => host?.close())

  const leaked = (text: string) => text.includes(MARK) || ours.some(id => text.includes(`"id":"${id}"`))

  it('is tried against what there is to find', () => {
    expect(new Set(ours.map(id => decodeNodeId(id)!.type)).size).toBeGreaterThan(6)
    expect(queries.length + mutations.length).toBeGreaterThan(60)
  })
  it('finds its own workspace, and in every list nothing of ours', async () => {
    let shown = 0
    for (const field of queries.filter(field => !takesIds(field))) {
      const text = `{ ${callOf(field, '', 1)} }`
      if (leaked((await ask(text)).text)) shown++
      const answer = await ask(text, stranger)
      expect(leaked(answer.text), `${field.name}: ${answer.text.slice(0, 500)}`).toBe(false)
    }
    expect(shown, 'lists in which an owner of ours finds something').toBeGreaterThan(3)
  })
  it('reads nothing by an id of ours, through any field that takes one', async () => {
    let shown = 0
    for (const field of queries.filter(takesIds))
      for (const id of ours) {
        const text = `{ ${callOf(field, id, 0)} }`
        if (leaked((await ask(text)).text)) shown++
        const answer = await ask(text, stranger)
        expect(leaked(answer.text), `${field.name} ${decodeNodeId(id)!.type}: ${answer.text.slice(0, 300)}`).toBe(false)
      }
    expect(shown).toBeGreaterThan(5)
  }, 120_000)
  it('changes nothing of ours, by any mutation with any id of ours', async () => {
    const before = await everything()
    // The engine is the host's: it starts and stops for every workspace
    for (const field of mutations.filter(({ name }) => !name.startsWith('brain')))
      for (const id of takesIds(field) ? ours : ['']) {
        const answer = await ask(`mutation { ${callOf(field, id, 0)} }`, stranger)
        expect(answer.text.includes(MARK), `${field.name}: ${answer.text.slice(0, 300)}`).toBe(false)
      }
    expect(await everything()).toEqual(before)
  }, 240_000)

  if (kind === 'postgres')
    it('is shown nothing of ours by the database, where every statement has forgotten its workspace', async () => {
      const [engine, member] = [host.core.sql, host.core.sqlOf(theirs)]
      const [ofEngine, ofMember] = [{ ...engine }, { ...member }]
      const forgetful = ({ query, transaction }: Sql): Sql => ({
        query: (one, values) => query(withoutWorkspace(one), values),
        transaction: work => transaction(tx => work(forgetful(tx))),
      })
      const shown = async () => {
        const fields = new Set<string>()
        for (const field of queries)
          for (const id of takesIds(field) ? ours : [''])
            if (leaked((await ask(`{ ${callOf(field, id, 0)} }`, stranger)).text)) fields.add(field.name)
        return fields
      }
      try {
        Object.assign(engine, forgetful(ofEngine))
        Object.assign(member, forgetful(ofEngine)) // nothing is left but what the database does not do for the engine
        expect([...(await shown())]).toEqual(expect.arrayContaining(['leads', 'playbooks', 'runs', 'nodes']))
        Object.assign(member, forgetful(ofMember))
        expect(await shown()).toEqual(new Set())
      } finally {
        Object.assign(engine, ofEngine)
        Object.assign(member, ofMember)
      }
    }, 240_000)
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 50)))
    if (await holds()) return
  throw new Error('What was waited for did not come.')
}
