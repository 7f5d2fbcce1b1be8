import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { callAction } from '../../core/plugins/call-action.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { type FarSide, openFarSide } from './far-side.ts'
import { FIXTURES, openPluginWorld, type PluginWorld } from './world.ts'

// Libraries that say they run on edge runtimes, as npm gives them: bundled by `trae plugin build`, installed, and at work behind
// the wall. They are dependencies of TRAE OS anyway.

let world: PluginWorld
let far: FarSide
const asked: { type: unknown; body: { query: string; variables: { name: string } } }[] = []
beforeAll(async () => {
  far = await openFarSide(['api.example.com'], (request, response) => {
    const body = JSON.parse(request.text) as (typeof asked)[number]['body']
    asked.push({ type: request.headers['content-type'], body })
    response
      .writeHead(200, { 'content-type': 'application/graphql-response+json' })
      .end(JSON.stringify({ data: { hello: `Hello, ${body.variables.name}!` } }))
  })
  world = await openPluginWorld('postgres')
  const path = join(world.folder, 'libraries')
  const manifest = await buildPlugin(join(FIXTURES, 'libraries'), path)
  manifest.permissions.hosts[0]!.port = far.port // which port is free is known only now
  await writeFile(join(path, 'plugin.json'), JSON.stringify(manifest))
  const { workspaceId } = world
  await installPlugin(world.core, { workspaceId, from: { kind: 'folder', path }, grant: 'all-declared' })
})
afterAll(async () => {
  await world?.close()
  await far?.close()
})

async function call(action: string, value: unknown): Promise<unknown> {
  const core = { ...world.core, egress: far.settings }
  const { output } = await callAction(core, {
    workspaceId: world.workspaceId,
    action: resolveAction(core, world.workspaceId, `libraries/${action}`),
    input: { value },
    run: { id: randomUUID(), path: 'step', attempt: 1, key: randomUUID(), playbookId: 'p' },
    locale: 'en',
    timeZone: 'UTC',
  })
  return output
}

test('zod checks and transforms', async () => {
  expect(await call('check', { email: 'ana@example.com', name: '  Ana ', birthday: '1990-05-01' })).toEqual({
    contact: { email: 'ana@example.com', name: 'Ana', tags: [], birthday: 1990 },
  })
  expect(await call('check', { email: 'ana', name: 'A', tags: [1] })).toEqual({
    problems: [
      ['email', 'invalid_format'],
      ['name', 'too_small'],
      ['tags.0', 'invalid_type'],
    ],
  })
})

test('jose reads a token and names a key', async () => {
  const token = await new SignJWT({ role: 'admin' }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32, 1))
  const jwk = { kty: 'RSA', n: 'AQAB'.repeat(80), e: 'AQAB' }
  expect(await call('token', { token, jwk })).toEqual({
    claims: { role: 'admin' },
    thumbprints: [await calculateJwkThumbprint(jwk), await calculateJwkThumbprint(jwk, 'sha512')],
    again: { plan: 'pro', sub: 'ana', iss: 'tests' },
  })
})

test('urql asks a GraphQL server', async () => {
  expect(await call('ask', { url: `https://api.example.com:${far.port}/graphql`, name: 'Ana' })).toEqual({
    data: { hello: 'Hello, Ana!' },
    error: null,
  })
  expect(asked).toMatchObject([
    {
      type: 'application/json',
      body: { query: expect.stringContaining('hello(name: $name)'), variables: { name: 'Ana' } },
    },
  ])
  expect(await call('ask', { url: 'https://other.example.com/graphql', name: 'Ana' })).toMatchObject({
    error: expect.stringContaining('not among the hosts'),
  })
  expect(asked.length).toBe(1)
})

test('yaml writes and reads', async () => {
  const value = { list: [1, 'two', null, { deep: ['é', "it's"] }], text: 'a\nb\n' }
  expect(await call('write', value)).toEqual({ text: stringify(value), back: value })
})
