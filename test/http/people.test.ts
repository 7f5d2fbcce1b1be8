import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenAudit } from '../../core/access/audit.ts'
import { totpCode, totpStep } from '../../core/access/totp.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const PASSWORD = 'another long password'

describe.each(DATABASE_KINDS)('people of a workspace, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
  })
  afterAll(() => host.close())

  const post = (path: string, body: unknown, token: string | null = null) => host.send('POST', path, { body, token })
  const login = async (email = host.core.owner.email, password = host.core.owner.password, code?: string) =>
    post('/auth/login', { email, password, ...(code === undefined ? {} : { code }) })
  const tokenOf = async (...asked: Parameters<typeof login>) => (await login(...asked)).json.access_token as string
  const run = async (token: string, name: string, input: object, fields: string) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`
    const answer = await host.graphql(
      `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`,
      { input },
      { token },
    )
    return answer.json.errors ? answer.json.errors[0].extensions.code : answer.json.data[name]
  }
  const invite = (token: string, email: string, role: string) =>
    run(token, 'userInvite', { email, role }, 'link mailed invitation { id email role }')
  const linkToken = (link: string) => link.split('#')[1]!
  const join = async (email: string, role: string) => {
    const { link } = await invite(await tokenOf(), email, role)
    const accepted = await post('/auth/invitation/accept', { token: linkToken(link), name: email, password: PASSWORD })
    expect(accepted.status).toBe(200)
    return accepted.json.access_token as string
  }
  const me = async (token: string) =>
    (await host.graphql('{ viewer { id email role secondFactor } }', {}, { token })).json.data?.viewer
  const actions = async () =>
    (
      await host.core.sql.query<{ action: string }>(
        statement('test.audit', 'select action from audit_log order by seq'),
      )
    ).map(({ action }) => action)

  it('are invited by a link that is good once, and choose their password', async () => {
    const owner = await tokenOf()
    const { link, mailed, invitation } = await invite(owner, 'Bia@Example.com', 'EDITOR')
    expect([link, mailed, invitation.email]).toEqual([
      expect.stringMatching(/^\/admin\/invitation#[\w-]{43}$/),
      false,
      'bia@example.com',
    ])
    const stored = await host.core.sql.query(
      statement('test.all', 'select i.*, (select json_agg(m) from messages m) as m from invitations i'),
    )
    expect(JSON.stringify(stored)).not.toContain(linkToken(link)) // nor in the mailbox, which everybody reads
    const shown = await post('/auth/invitation', { token: linkToken(link) })
    expect(shown.json).toEqual({ email: 'bia@example.com', role: 'EDITOR', workspace_name: 'TRAE OS', known: false })
    const short = await post('/auth/invitation/accept', { token: linkToken(link), password: 'short' })
    expect(short.status).toBe(400)
    const both = await Promise.all(
      [1, 2].map(() => post('/auth/invitation/accept', { token: linkToken(link), name: 'Bia', password: PASSWORD })),
    )
    expect(both.map(({ status }) => status).filter(status => status === 200)).toHaveLength(1)
    expect(await me(await tokenOf('bia@example.com', PASSWORD))).toMatchObject({
      email: 'bia@example.com',
      role: 'EDITOR',
    })
    expect((await post('/auth/invitation', { token: linkToken(link) })).status).toBe(404)
    expect((await invite(owner, 'bia@example.com', 'VIEWER')).userErrors).toMatchObject([{ code: 'CONFLICT' }])
    expect(await actions()).toEqual(expect.arrayContaining(['member.invited', 'member.joined', 'sign-in.succeeded']))
  })
  it('come no more after the invitation was withdrawn, replaced, or is a week old', async () => {
    const owner = await tokenOf()
    const first = await invite(owner, 'late@example.com', 'VIEWER')
    const second = await invite(owner, 'late@example.com', 'VIEWER')
    const statusOf = async (link: string) => (await post('/auth/invitation', { token: linkToken(link) })).status
    expect([await statusOf(first.link), await statusOf(second.link)]).toEqual([404, 200])
    await run(owner, 'invitationRevoke', { invitationId: second.invitation.id }, 'invitation { id }')
    expect(await statusOf(second.link)).toBe(404)
    const third = await invite(owner, 'late@example.com', 'VIEWER')
    host.core.clock.advance(7 * 86_400_000)
    expect(await statusOf(third.link)).toBe(404)
  })
  it('are managed by owners and admins, and an owner only by an owner', async () => {
    const admin = await join('admin@example.com', 'ADMIN')
    const editor = await join('editor@example.com', 'EDITOR')
    const { id: ownerId } = await me(await tokenOf())
    const { id: editorId } = await me(editor)
    expect(await invite(editor, 'x@example.com', 'VIEWER')).toBe('FORBIDDEN')
    expect(await invite(admin, 'x@example.com', 'OWNER')).toBe('FORBIDDEN')
    expect(await run(admin, 'userChangeRole', { userId: ownerId, role: 'VIEWER' }, 'user { id }')).toBe('FORBIDDEN')
    expect(await run(admin, 'userRemove', { userId: ownerId }, 'removedId')).toBe('FORBIDDEN')
    expect(await run(admin, 'userResetLink', { userId: ownerId }, 'link')).toBe('FORBIDDEN')
    expect((await run(admin, 'userChangeRole', { userId: editorId, role: 'VIEWER' }, 'user { role }')).user.role).toBe(
      'VIEWER',
    )
    expect((await me(editor)).role).toBe('VIEWER') // here at once
    expect((await run(admin, 'userRemove', { userId: editorId }, 'removedId')).removedId).toBe(editorId)
    expect(await me(editor)).toBeUndefined()
    expect((await login('editor@example.com', PASSWORD)).status).toBe(401)
  })
  it('always have an owner', async () => {
    const owner = await tokenOf()
    const { id } = await me(owner)
    const workspaceId = (await host.graphql('{ workspace { id } }', {}, { token: owner })).json.data.workspace.id
    const demote = (token: string, userId: string) =>
      run(token, 'userChangeRole', { userId, role: 'VIEWER' }, 'user { id }')
    expect((await demote(owner, id)).userErrors).toMatchObject([{ code: 'CONFLICT' }])
    expect((await run(owner, 'workspaceLeave', { id: workspaceId }, 'workspace { id }')).userErrors).toMatchObject([
      { code: 'CONFLICT' },
    ])
    const second = await join('second@example.com', 'OWNER')
    const { id: secondId } = await me(second)
    const left = await Promise.all([demote(owner, id), demote(second, secondId)])
    expect(left.flatMap(({ userErrors }) => userErrors)).toHaveLength(1)
    const owners = await host.core.sql.query<{ user_id: string }>(
      statement('test.owners', `select user_id from memberships where role = 'OWNER'`),
    )
    expect(owners).toHaveLength(1)
    await host.core.sql.query(
      statement(
        'test.mend',
        `update memberships set role = 'OWNER' where user_id in (select id from users where email in ($1, 'second@example.com'))`,
      ),
      [host.core.owner.email],
    )
    host.core.clock.advance(5001)
    expect(
      (
        await run(
          await tokenOf('second@example.com', PASSWORD),
          'workspaceLeave',
          { id: workspaceId },
          'workspace { id }',
        )
      ).userErrors,
    ).toEqual([])
  })
  it('see where they are signed in, and end it', async () => {
    const [one, two] = [await tokenOf(), await tokenOf()]
    const list = async (token: string) =>
      (
        await host.graphql('{ sessions(first: 100) { edges { node { id current address } } } }', {}, { token })
      ).json.data.sessions.edges.map(({ node }: { node: unknown }) => node)
    const sessions = await list(two)
    expect(sessions.filter(({ current }: { current: boolean }) => current)).toHaveLength(1)
    expect(sessions[0]).toMatchObject({ current: true, address: '127.0.0.1' })
    const bia = await tokenOf('bia@example.com', PASSWORD)
    const strange = await run(bia, 'sessionRevoke', { sessionIds: [sessions[0].id] }, 'revokedIds')
    expect(strange.revokedIds).toEqual([])
    expect((await run(two, 'sessionRevoke', { sessionIds: [sessions[1].id] }, 'revokedIds')).revokedIds).toEqual([
      sessions[1].id,
    ])
    expect([await me(one), (await me(two)).role]).toEqual([undefined, 'OWNER'])
    await run(two, 'sessionRevoke', { sessionIds: [sessions[1].id] }, 'revokedIds') // is over already
    const told =
      '{ auditLog(first: 9, filter: { actions: ["session.ended"] }) { edges { node { target requestId } } } }'
    expect((await host.graphql(told, {}, { token: two })).json.data.auditLog.edges).toEqual([
      { node: { target: expect.stringMatching(/^user:/), requestId: expect.any(String) } },
    ])
  })
  it('change their password, which ends their other sessions', async () => {
    const [one, two] = [await tokenOf('bia@example.com', PASSWORD), await login('bia@example.com', PASSWORD)]
    const change = (currentPassword: string, newPassword: string) =>
      run(one, 'passwordChange', { currentPassword, newPassword }, 'viewer { email }')
    expect((await change('wrong wrong wrong', 'a third long password')).userErrors).toMatchObject([{ code: 'INVALID' }])
    expect((await change(PASSWORD, 'short')).userErrors).toMatchObject([{ code: 'INVALID' }])
    expect((await change(PASSWORD, 'a third long password')).viewer.email).toBe('bia@example.com')
    expect([(await me(one)).email, await me(two.json.access_token)]).toEqual(['bia@example.com', undefined])
    expect((await post('/auth/refresh', { refresh_token: two.json.refresh_token })).status).toBe(401)
    expect((await login('bia@example.com', PASSWORD)).status).toBe(401)
  })
  it('set a new password by a link, once, within the hour; nobody learns who has an account', async () => {
    const owner = await tokenOf()
    const before = await tokenOf('bia@example.com', 'a third long password')
    const { id } = await me(before)
    const make = async () => linkToken((await run(owner, 'userResetLink', { userId: id }, 'link')).link)
    const [first, second] = [await make(), await make()]
    const reset = async (token: string) => (await post('/auth/reset', { token, password: PASSWORD })).status
    expect([await reset(first), await reset(second), await reset(second)]).toEqual([404, 204, 404])
    expect(await me(before)).toBeUndefined()
    expect((await login('bia@example.com', PASSWORD)).status).toBe(200)
    const late = await make()
    host.core.clock.advance(3_600_000)
    expect(await reset(late)).toBe(404)
    const [known, unknown] = [
      await post('/auth/forgot', { email: 'bia@example.com' }),
      await post('/auth/forgot', { email: 'no@example.com' }),
    ]
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text])
  })
  it('have a second factor: a code counts once, a recovery code as well', async () => {
    const { clock } = host.core
    const token = await tokenOf('bia@example.com', PASSWORD)
    const begin = (currentPassword: string) => run(token, 'secondFactorBegin', { currentPassword }, 'uri manualKey')
    expect((await begin('wrong wrong wrong')).userErrors).toMatchObject([{ code: 'INVALID' }])
    const { manualKey } = await begin(PASSWORD)
    const bits = [...manualKey]
      .map(c =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
          .indexOf(c as string)
          .toString(2)
          .padStart(5, '0'),
      )
      .join('')
    const key = Buffer.from(bits.match(/.{8}/g)!.map(byte => Number.parseInt(byte, 2)))
    const code = () => totpCode(key, totpStep(clock.now()))
    const wrong = () => String((Number(code()) + 1) % 1_000_000).padStart(6, '0')
    const confirm = (code: string) => run(token, 'secondFactorConfirm', { code }, 'recoveryCodes')
    expect((await confirm(wrong())).userErrors).toMatchObject([{ code: 'INVALID' }])
    expect((await login('bia@example.com', PASSWORD)).status).toBe(200) // not in force yet
    const { recoveryCodes } = await confirm(code())
    expect(new Set(recoveryCodes).size).toBe(10)
    const rows = JSON.stringify(
      await host.core.sql.query(
        statement('test.u', 'select u.*, (select json_agg(r) from recovery_codes r) from users u'),
      ),
    )
    for (const secret of [manualKey, key.toString('base64'), ...recoveryCodes]) expect(rows).not.toContain(secret)

    const asked = await login('bia@example.com', PASSWORD)
    expect([asked.status, asked.json.code]).toEqual([401, 'SECOND_FACTOR'])
    expect((await login('bia@example.com', 'wrong wrong wrong')).json.code).toBe('UNAUTHENTICATED')
    const enter = async (code: string) => (await login('bia@example.com', PASSWORD, code)).status
    expect(await enter(code())).toBe(401) // used to confirm
    clock.advance(30_000)
    expect(await enter(wrong())).toBe(401)
    expect((await Promise.all([enter(code()), enter(code())])).sort()).toEqual([200, 401])
    expect([await enter(recoveryCodes[3]), await enter(recoveryCodes[3].toUpperCase())]).toEqual([200, 401])
    clock.advance(30_000)
    const again = await tokenOf('bia@example.com', PASSWORD, code())
    expect((await me(again)).secondFactor).toBe(true)
    clock.advance(30_000)
    expect((await run(again, 'secondFactorRemove', { code: wrong() }, 'viewer { id }')).userErrors).toMatchObject([
      { code: 'INVALID' },
    ])
    expect(
      (await run(again, 'secondFactorRemove', { code: code() }, 'viewer { secondFactor }')).viewer.secondFactor,
    ).toBe(false)
    expect((await login('bia@example.com', PASSWORD)).status).toBe(200)
  })
  it('must have one where the workspace asks it of owners and admins', async () => {
    const owner = await tokenOf()
    const require = (required: boolean) =>
      run(owner, 'secondFactorRequire', { required }, 'workspace { secondFactorRequired }')
    expect((await require(true)).userErrors).toMatchObject([{ code: 'CONFLICT' }]) // has none
    await host.core.sql.query(statement('test.require', 'update workspaces set second_factor_required = true'))
    host.core.clock.advance(5001)
    const leads = await host.graphql('{ leads { edges { node { id } } } }', {}, { token: owner })
    expect([leads.status, leads.text]).toEqual([403, expect.stringContaining('second factor')])
    expect((await me(owner)).role).toBe('OWNER')
    expect((await run(owner, 'secondFactorBegin', { currentPassword: host.core.owner.password }, 'uri')).uri).toContain(
      'otpauth://',
    )
    expect((await host.send('GET', '/brain/status', { token: owner })).status).toBe(403)
    const viewer = await tokenOf('bia@example.com', PASSWORD)
    expect((await host.send('GET', '/brain/status', { token: viewer })).status).toBe(200)
    await host.core.sql.query(statement('test.unrequire', 'update workspaces set second_factor_required = false'))
    host.core.clock.advance(5001)
  })
  it('may be in several workspaces: a session is of one, and what is in the others stays there', async () => {
    const owner = await tokenOf()
    const made = await run(
      owner,
      'workspaceCreate',
      { name: 'Cliente Ação', timeZone: 'America/Bahia', locale: 'pt-BR' },
      'workspace { id name slug timeZone }',
    )
    expect(made.workspace).toMatchObject({
      name: 'Cliente Ação',
      timeZone: 'America/Bahia',
      slug: expect.stringMatching(/^cliente-acao-/),
    })
    expect(
      (await run(owner, 'workspaceCreate', { name: 'x', timeZone: 'Mars/Base', locale: 'en' }, 'workspace { id }'))
        .userErrors,
    ).toHaveLength(1)
    const own = (await host.graphql('{ ownWorkspaces { switchId name current } }', {}, { token: owner })).json.data
      .ownWorkspaces
    expect(own.map(({ name, current }: { name: string; current: boolean }) => [name, current])).toEqual([
      ['Cliente Ação', false],
      ['TRAE OS', true],
    ])
    const switched = await post('/auth/switch', { workspace_id: own[0].switchId }, owner)
    const there = switched.json.access_token
    expect(await me(owner)).toBeUndefined() // left
    expect((await host.graphql('{ workspace { name } }', {}, { token: there })).json.data.workspace.name).toBe(
      'Cliente Ação',
    )
    const people = await host.graphql('{ users { edges { node { email } } } }', {}, { token: there })
    expect(people.json.data.users.edges).toEqual([{ node: { email: host.core.owner.email } }])
    const bia = await tokenOf('bia@example.com', PASSWORD)
    expect((await post('/auth/switch', { workspace_id: own[0].switchId }, bia)).status).toBe(404)
    // somebody who has an account comes in by its password
    const { link } = await invite(there, 'bia@example.com', 'VIEWER')
    const accept = (password: string) => post('/auth/invitation/accept', { token: linkToken(link), password })
    expect([(await accept('wrong wrong wrong')).status, (await accept(PASSWORD)).status]).toEqual([401, 200])
    expect((await login()).status).toBe(200)
    const { rows } = {
      rows: await host.core.sql.query<{ id: string }>(statement('test.ws', 'select id from workspaces')),
    }
    for (const { id } of rows) expect(await brokenAudit(host.core, id as never)).toBeUndefined()
  })
})
