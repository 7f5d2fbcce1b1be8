import { gql, type TypedDocumentNode } from 'urql'
import type {
  ApiKey,
  AuditLogEntry,
  Invitation,
  OwnWorkspace,
  Role,
  Scope,
  Session,
  User,
  UserError,
  Workspace,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

type Errors = { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] }
type After = { after?: string | null }
/** A mutation that answers under the alias `answer`, so that every form reads it the same way. */
type Mutation<Fields, Input> = TypedDocumentNode<{ answer: Fields & Errors }, { input: Input }>

export type Person = Pick<User, 'id' | 'name' | 'email' | 'role' | 'lastSeenAt' | 'secondFactor'>
export type OpenInvitation = Pick<Invitation, 'id' | 'email' | 'role' | 'expiresAt'>
export type ListedKey = Pick<
  ApiKey,
  'id' | 'name' | 'prefix' | 'scopes' | 'addresses' | 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'
>
export type ListedSession = Pick<Session, 'id' | 'userAgent' | 'address' | 'current' | 'createdAt' | 'lastUsedAt'>
export type Entry = Pick<
  AuditLogEntry,
  'id' | 'sequence' | 'occurredAt' | 'byHost' | 'action' | 'target' | 'data' | 'requestId'
> & {
  readonly actor: Pick<User, 'name'> | null
}

export const PEOPLE: TypedDocumentNode<ListData<Person>, After> = gql`
  query People($after: String) {
    list: users(first: 50, after: $after) {
      edges {
        node {
          id
          name
          email
          role
          lastSeenAt
          secondFactor
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
export const INVITATIONS: TypedDocumentNode<ListData<OpenInvitation>, After> = gql`
  query Invitations($after: String) {
    list: invitations(first: 50, after: $after) {
      edges {
        node {
          id
          email
          role
          expiresAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
export const KEYS: TypedDocumentNode<ListData<ListedKey>, After> = gql`
  query ApiKeys($after: String) {
    list: apiKeys(first: 50, after: $after) {
      edges {
        node {
          id
          name
          prefix
          scopes
          addresses
          createdAt
          expiresAt
          lastUsedAt
          revokedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
export const SESSIONS: TypedDocumentNode<ListData<ListedSession>, After> = gql`
  query Sessions($after: String) {
    list: sessions(first: 20, after: $after) {
      edges {
        node {
          id
          userAgent
          address
          current
          createdAt
          lastUsedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
export const ACCOUNT: TypedDocumentNode<
  {
    viewer: Pick<User, 'id' | 'secondFactor' | 'role'>
    workspace: Pick<Workspace, 'id' | 'secondFactorRequired'>
    ownWorkspaces: readonly Pick<OwnWorkspace, 'id' | 'switchId' | 'name' | 'current'>[]
  },
  Record<string, never>
> = gql`
  query Account {
    viewer {
      id
      role
      secondFactor
    }
    workspace {
      id
      secondFactorRequired
    }
    ownWorkspaces {
      id
      switchId
      name
      current
    }
  }
`
export const AUDIT: TypedDocumentNode<ListData<Entry>, After & { actions: readonly string[] }> = gql`
  query Audit($after: String, $actions: [String!]) {
    list: auditLog(first: 50, after: $after, filter: { actions: $actions }) {
      edges {
        node {
          id
          sequence
          occurredAt
          byHost
          actor {
            name
          }
          action
          target
          data
          requestId
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
export const VERIFY: TypedDocumentNode<
  { auditVerification: { readonly intact: boolean; readonly brokenAt: number | null } },
  Record<string, never>
> = gql`
  query Verify {
    auditVerification {
      intact
      brokenAt
    }
  }
`

export const INVITE: Mutation<{ link: string | null; mailed: boolean }, { email: string; role: Role }> = gql`
  mutation Invite($input: UserInviteInput!) {
    answer: userInvite(input: $input) {
      link
      mailed
      userErrors {
        code
        message
      }
    }
  }
`
export const WITHDRAW: Mutation<object, { invitationId: string }> = gql`
  mutation Withdraw($input: InvitationRevokeInput!) {
    answer: invitationRevoke(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const CHANGE_ROLE: Mutation<object, { userId: string; role: Role }> = gql`
  mutation ChangeRole($input: UserChangeRoleInput!) {
    answer: userChangeRole(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const REMOVE: Mutation<object, { userId: string }> = gql`
  mutation RemoveUser($input: UserRemoveInput!) {
    answer: userRemove(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const RESET_LINK: Mutation<{ link: string | null }, { userId: string }> = gql`
  mutation ResetLink($input: UserResetLinkInput!) {
    answer: userResetLink(input: $input) {
      link
      userErrors {
        code
        message
      }
    }
  }
`
export const CREATE_KEY: Mutation<
  { plaintext: string | null },
  { name: string; scopes: readonly Scope[]; expiresAt?: string | null; addresses: readonly string[] }
> = gql`
  mutation CreateKey($input: ApiKeyCreateInput!) {
    answer: apiKeyCreate(input: $input) {
      plaintext
      userErrors {
        code
        message
      }
    }
  }
`
export const REVOKE_KEY: Mutation<object, { apiKeyId: string }> = gql`
  mutation RevokeKey($input: ApiKeyRevokeInput!) {
    answer: apiKeyRevoke(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const END_SESSIONS: Mutation<object, { sessionIds: readonly string[] }> = gql`
  mutation EndSessions($input: SessionRevokeInput!) {
    answer: sessionRevoke(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const CHANGE_PASSWORD: Mutation<object, { currentPassword: string; newPassword: string }> = gql`
  mutation ChangePassword($input: PasswordChangeInput!) {
    answer: passwordChange(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const BEGIN_FACTOR: Mutation<{ uri: string | null; manualKey: string | null }, { currentPassword: string }> =
  gql`
    mutation BeginFactor($input: SecondFactorBeginInput!) {
      answer: secondFactorBegin(input: $input) {
        uri
        manualKey
        userErrors {
          code
          message
        }
      }
    }
  `
export const CONFIRM_FACTOR: Mutation<{ recoveryCodes: readonly string[] }, { code: string }> = gql`
  mutation ConfirmFactor($input: SecondFactorConfirmInput!) {
    answer: secondFactorConfirm(input: $input) {
      recoveryCodes
      userErrors {
        code
        message
      }
    }
  }
`
export const REMOVE_FACTOR: Mutation<object, { code: string }> = gql`
  mutation RemoveFactor($input: SecondFactorRemoveInput!) {
    answer: secondFactorRemove(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const REQUIRE_FACTOR: Mutation<object, { required: boolean }> = gql`
  mutation RequireFactor($input: SecondFactorRequireInput!) {
    answer: secondFactorRequire(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
