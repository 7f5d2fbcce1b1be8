import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createWorkspace } from '../../core/brain/create-workspace.ts'
import type { UserId } from '../../core/ids.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { invitePerson } from '../../core/plugins/invite-person.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type MailServer, startMailServer } from './mail-server.ts'

const LINK = /^https:\/\/trae\.example\.com\/admin\/(invitation|reset)#([\w-]{43})$/m

describe.each(DATABASE_KINDS)('letters about an account, on %s', kind => {
  let host: TestServer
  let server: MailServer
  beforeAll(async () => {
    server = await startMailServer()
    const address = `localhost:${server.port}`
    host = await openTestServer(
      kind,
      {},
      {
        TRAE_PUBLIC_URL: 'https://trae.example.com',
        TRAE_SMTP_URL: `smtps://sales:secret@${address}`,
        TRAE_MAIL_FROM: 'Acme <vendas@acme.com.br>',
      },
      { egress: { privateHosts: new Set([address]), privateCa: server.certificate } },
    )
    await installBuiltIns(host.core, host.core.workspaceId)
  })
  afterAll(async () => {
    await host?.close()
    await server?.close()
  })
  afterEach(() => {
    server.next.length = 0
    server.letters.length = 0
    server.password = 'secret'
  })

  const invite = async (email: string) => {
    const { json } = await host.graphql(
      'mutation ($input: UserInviteInput!) { userInvite(input: $input) { link mailed userErrors { message } } }',
      { input: { email, role: 'EDITOR' } },
    )
    expect(json.errors).toBeUndefined()
    return json.data.userInvite as { link: string; mailed: boolean }
  }
  /** What every member of the workspace reads. */
  const kept = async () =>
    JSON.stringify(await host.core.sql.query({ name: '', text: 'select * from messages order by created_at' }))
  const post = (path: string, body: unknown) => host.send('POST', path, { body, token: null })

  it('carry an invitation by the mail server of the installation, and nobody else reads its link', async () => {
    const { link, mailed } = await invite('bia@example.com')
    expect(mailed).toBe(true)
    expect(server.letters).toMatchObject([{ from: 'vendas@acme.com.br', to: 'bia@example.com' }])
    const [{ mail, source }] = server.letters as [(typeof server.letters)[0]]
    const [found, , token] = LINK.exec(mail.text!)!
    expect(link).toBe(found)
    expect(source).not.toMatch(/^list-unsubscribe/im)
    expect(await kept()).not.toContain(token)
    const joined = await post('/auth/invitation/accept', { token, name: 'Bia', password: 'another long password' })
    expect(joined.status).toBe(200)
  })

  it('carry a link to set a new password', async () => {
    await invite('caio@example.com')
    const invited = LINK.exec(server.letters[0]!.mail.text!)![2]
    await post('/auth/invitation/accept', { token: invited, name: 'Caio', password: 'another long password' })
    server.letters.length = 0
    expect((await post('/auth/forgot', { email: 'caio@example.com' })).status).toBe(202)
    expect((await post('/auth/forgot', { email: 'nobody@example.com' })).status).toBe(202)
    await expect.poll(() => server.letters.map(({ to }) => to)).toEqual(['caio@example.com'])
    const [, page, token] = LINK.exec(server.letters[0]!.mail.text!)!
    expect(page).toBe('reset')
    expect(await kept()).not.toContain(token)
    expect((await post('/auth/reset', { token, password: 'a quite new password' })).status).toBe(204)
    const signedIn = await post('/auth/login', { email: 'caio@example.com', password: 'a quite new password' })
    expect(signedIn.status).toBe(200)
  })

  it('go by it from every workspace that has no mail server of its own', async () => {
    const [owner] = await host.core.sql.query<{ id: UserId }>({
      name: '',
      text: 'select id from users order by created_at',
    })
    const beta = await createWorkspace(
      host.core,
      { userId: owner!.id },
      { name: 'Beta', locale: 'en', timeZone: 'UTC' },
    )
    const viewer = { workspaceId: beta.id, userId: owner!.id, role: 'OWNER' as const }
    const { mailed } = await invitePerson(host.core, viewer, { email: 'eva@example.com', role: 'VIEWER' })
    expect(mailed).toBe(true)
    expect(server.letters.map(({ mail }) => mail.subject)).toEqual(['You were invited to Beta on TRAE OS'])
  })

  it.each([
    ['is not taken', () => server.next.push({ at: 'recipient', code: 550, text: '5.1.1 no such user' })],
    ['meets a server that lets nobody in', () => (server.password = 'another')],
  ])('leave the link to who invites where a letter %s', async (_case, refuse) => {
    refuse()
    const email = `fabio-${server.password}@example.com`
    const { link, mailed } = await invite(email)
    expect(mailed).toBe(false)
    const token = LINK.exec(link)![2]!
    expect(server.letters).toEqual([])
    expect(await kept()).toContain(email)
    expect(await kept()).not.toContain(token)
    expect((await post('/auth/invitation', { token })).json).toMatchObject({ email })
  })
})
