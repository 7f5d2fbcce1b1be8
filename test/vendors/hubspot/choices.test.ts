import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type HubSpotWorld, openHubSpotWorld } from './world.ts'

let world: HubSpotWorld
beforeAll(async () => {
  world = await openHubSpotWorld()
  await world.signIn()
})
afterAll(() => world?.close())
afterEach(() => {
  expect(world.hubspot.problems.splice(0)).toEqual([])
  world.hubspot.asked.length = 0
})

const ask = async (uses: string, field: string, more: Record<string, unknown> = {}) => {
  const { json } = await world.host.graphql(
    `query q($uses: String!, $field: String!, $search: String, $first: Int, $after: String) {
      actionChoices(uses: $uses, field: $field, search: $search, first: $first, after: $after) {
        edges { node { value label note } } pageInfo { hasNextPage endCursor } } }`,
    { uses, field, ...more },
  )
  return json as {
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
    readonly data: {
      readonly actionChoices: {
        readonly edges: readonly { readonly node: { readonly value: string } }[]
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
      }
    }
  }
}
const valuesOf = ({ data }: Awaited<ReturnType<typeof ask>>) => data.actionChoices.edges.map(({ node }) => node.value)
const listed = () => world.hubspot.asked.filter(({ operation }) => operation === 'properties_getAll').length

describe('the choices of an input', () => {
  test('are the properties of this account, those that can be written where it writes', async () => {
    const { data } = await ask('hubspot/get-contact', 'properties[]')
    expect(data.actionChoices.edges.map(({ node }) => node)).toEqual([
      { value: 'email', label: 'E-mail', note: 'string' },
      { value: 'plano_atual', label: 'Plano atual', note: 'string' },
      { value: 'hs_object_id', label: 'Record ID', note: 'string' },
    ])
    expect(valuesOf(await ask('hubspot/upsert-contact', 'properties.*'))).toEqual(['email', 'plano_atual'])
    expect(valuesOf(await ask('hubspot/get-deal', 'properties[]'))).toEqual([])
  })

  test('are asked for once a minute, searched and paged here; an error is not kept', async () => {
    const { core } = world
    const { plugins, workspaceId } = core
    plugins.memo(workspaceId, 'choices', () => new Map()).clear()
    world.hubspot.instead.push({ on: 'properties_getAll', status: 429, body: { status: 'error', message: 'too many' } })
    const { errors } = await ask('hubspot/get-contact', 'properties[]')
    expect(errors?.[0]?.extensions.code).toBe('RATE_LIMITED')
    world.hubspot.problems.length = 0 // the refusal above is shorter than a real one
    const first = await ask('hubspot/search-contacts', 'sort.property', { first: 2 })
    expect(valuesOf(first)).toEqual(['email', 'plano_atual'])
    const { hasNextPage, endCursor } = first.data.actionChoices.pageInfo
    expect(hasNextPage).toBe(true)
    expect(valuesOf(await ask('hubspot/search-contacts', 'sort.property', { first: 2, after: endCursor }))).toEqual([
      'hs_object_id',
    ])
    expect(valuesOf(await ask('hubspot/get-contact', 'properties[]', { search: 'PLANO' }))).toEqual(['plano_atual'])
    expect(valuesOf(await ask('hubspot/get-contact', 'properties[]', { search: 'record' }))).toEqual(['hs_object_id'])
    expect(listed()).toBe(2)
  })

  test('are not there for what the plugin offers none for, or for who may not write playbooks', async () => {
    expect((await ask('hubspot/get-contact', 'propertys[]')).errors).toMatchObject([
      { message: expect.stringContaining('Did you mean properties[]?'), extensions: { code: 'NOT_FOUND' } },
    ])
    expect((await ask('hubspot/get-contcat', 'properties[]')).errors).toMatchObject([
      { extensions: { code: 'NOT_FOUND' } },
    ])
    expect((await ask('hubspot/get-contact', 'properties[]', { after: 'nonsense' })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ])
    const query = '{ actionChoices(uses: "hubspot/get-contact", field: "properties[]") { edges { cursor } } }'
    const { json } = await world.host.graphql(query, {}, { token: null })
    expect(json.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })
})
