import SchemaBuilder from '@pothos/core'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type { Viewer } from '../core/access/viewer.ts'
import { permits, type Permission, PERMISSIONS, whatIsMissing } from '../core/access/permissions.ts'
import { TraeError } from '../core/errors.ts'
import type { Context } from './context.ts'

/** Denied unless said otherwise: every root field carries a permission (test/graphql/access.test.ts walks them all). */
export const builder = new SchemaBuilder<{
  Context: Context
  AuthScopes: { permission: Permission }
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date | string }
    JSON: { Input: unknown; Output: unknown }
    Decimal: { Input: string; Output: string }
  }
}>({
  plugins: [ScopeAuthPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authorizeOnSubscribe: true, // without it `subscribe` runs before any scope is asked
    authScopes: ({ viewer }) => ({ permission: permission => viewer !== undefined && permits(viewer, permission) }),
    unauthorizedError: (_parent, { viewer }, { parentType, fieldName }, { failure }) =>
      viewer
        ? new TraeError(
            'FORBIDDEN',
            `You may not use ${parentType.name}.${fieldName}: it ${whyNot(viewer, failure as Failure)}.`,
          )
        : new TraeError(
            'UNAUTHENTICATED',
            'Sign in at POST /auth/login and send "Authorization: Bearer <access token>".',
          ),
  },
})

function whyNot(viewer: Viewer, failure: Failure): string {
  const permission = failure.parameter ?? failure.failures?.[0]?.parameter
  const missing = permission && whatIsMissing(viewer, permission)
  return missing ?? `is not for the role ${viewer.role}`
}
/** What scope-auth says of the scopes that were asked. */
interface Failure {
  readonly parameter?: Permission
  readonly failures?: readonly { readonly parameter?: Permission }[]
}

/** What a root field needs, for the engine and for the reader. */
export function guarded(permission: Permission, description: string) {
  return {
    description: `${description} Needs \`${permission}\`: ${PERMISSIONS[permission]} and above.`,
    authScopes: { permission },
  }
}

builder.queryType({ description: 'What can be read. Everything belongs to the workspace of who asks.' })
builder.mutationType({
  description: 'What can be changed. Expected problems come back as `userErrors`, not as errors.',
})
builder.subscriptionType({
  description: 'What can be watched as it happens, over SSE or web sockets. Ends when the access token does.',
})
