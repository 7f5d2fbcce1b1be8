import { type Invitation, listInvitations, revokeInvitation } from '../../core/access/invitations.ts'
import { changeRole, listMembers, removeMember } from '../../core/access/members.ts'
import { makeResetLink } from '../../core/access/password-change.ts'
import type { UserRecord } from '../../core/access/users.ts'
import { invitePerson, linkTo } from '../../core/plugins/invite-person.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { RoleRef, UserRef } from './workspace.ts'

const InvitationRef = builder.objectRef<Invitation>('Invitation').implement({
  description: 'Somebody who may come in, once they follow the link.',
  fields: t => ({
    id: t.id({ description: 'For invitationRevoke.', resolve: ({ id }) => encodeNodeId('Invitation', id) }),
    email: t.exposeString('email', { description: 'Whom it is for.' }),
    role: t.field({ type: RoleRef, description: 'What they will be.', resolve: ({ role }) => role }),
    invitedBy: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who invited them; null once that person has left, when the link lets nobody in.',
      resolve: ({ invitedBy }, _args, c) => c.loaders.user.load(invitedBy),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they were invited.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when the link is good.' }),
  }),
})

const UserConnection = connectionOf<UserRecord>('User', UserRef)
const InvitationConnection = connectionOf<Invitation>('Invitation', InvitationRef)

const UserFilterInput = builder.inputType('UserFilter', {
  description: 'Which people. All conditions must hold.',
  fields: t => ({
    roles: t.field({ type: [RoleRef], description: 'With one of these roles.' }),
    search: t.string({ description: 'With this anywhere in name or e-mail.' }),
  }),
})
const UserSort = sortInput('User', {
  joinedAt: 'When they came to the workspace.',
  name: 'Their name, without regard to case.',
  email: 'Their e-mail.',
})
const InvitationFilterInput = builder.inputType('InvitationFilter', {
  description: 'Which invitations. All conditions must hold.',
  fields: t => ({
    roles: t.field({ type: [RoleRef], description: 'To one of these roles.' }),
    search: t.string({ description: 'With this anywhere in the e-mail.' }),
  }),
})
const InvitationSort = sortInput('Invitation', {
  createdAt: 'When it was made.',
  expiresAt: 'When it ends.',
  email: 'The e-mail.',
})

builder.queryFields(t => ({
  users: t.field({
    type: UserConnection,
    ...guarded('members:read', 'The people of the workspace, who came last first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: UserFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: UserSort, description: ORDER }),
    },
    resolve: (_root, page, c) => listMembers(c.core, workspaceOf(c), page),
  }),
  invitations: t.field({
    type: InvitationConnection,
    ...guarded('members:write', 'The open invitations, newest first. Only for people who are signed in.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: InvitationFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: InvitationSort, description: ORDER }),
    },
    resolve: (_root, page, c) => listInvitations(c.core, workspaceOf(c), page),
  }),
}))

const UserInviteInput = builder.inputType('UserInviteInput', {
  description: 'Whom to invite.',
  fields: t => ({
    email: t.string({ required: true, description: 'Their e-mail address.' }),
    role: t.field({ type: RoleRef, required: true, description: 'What they will be. Only an OWNER makes an OWNER.' }),
  }),
})
interface Invited {
  readonly invitation: Invitation
  readonly link: string
  readonly mailed: boolean
}
const UserInvitePayload = builder.objectRef<Outcome<Invited>>('UserInvitePayload').implement({
  description: 'An invitation.',
  fields: t => ({
    invitation: t.field({
      type: InvitationRef,
      nullable: true,
      description: 'The invitation.',
      resolve: ({ invitation }) => invitation,
    }),
    link: t.string({
      nullable: true,
      description:
        'The link that lets them in: told this once, to hand on. A path where the public address of this host is not set.',
      resolve: ({ link }) => link,
    }),
    mailed: t.boolean({
      description: 'Is the link on its way by e-mail? The built-in mailbox does not carry it: all members read that.',
      resolve: ({ mailed }) => mailed ?? false,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

const InvitationRevokeInput = builder.inputType('InvitationRevokeInput', {
  description: 'Which invitation.',
  fields: t => ({ invitationId: t.id({ required: true, description: 'The invitation.' }) }),
})
const InvitationRevokePayload = builder
  .objectRef<Outcome<{ invitation: Invitation }>>('InvitationRevokePayload')
  .implement({
    description: 'An invitation whose link lets nobody in any more.',
    fields: t => ({
      invitation: t.field({
        type: InvitationRef,
        nullable: true,
        description: 'The invitation.',
        resolve: ({ invitation }) => invitation,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const UserChangeRoleInput = builder.inputType('UserChangeRoleInput', {
  description: 'Who becomes what.',
  fields: t => ({
    userId: t.id({ required: true, description: 'The person.' }),
    role: t.field({ type: RoleRef, required: true, description: 'Their role from now on.' }),
  }),
})
const UserChangeRolePayload = builder.objectRef<Outcome<{ userId: string }>>('UserChangeRolePayload').implement({
  description: 'A person with another role.',
  fields: t => ({
    user: t.field({
      type: UserRef,
      nullable: true,
      description: 'The person.',
      resolve: ({ userId }, _args, c) => (userId === null ? null : c.loaders.user.load(userId)),
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

const UserRemoveInput = builder.inputType('UserRemoveInput', {
  description: 'Who is taken out of the workspace.',
  fields: t => ({ userId: t.id({ required: true, description: 'The person.' }) }),
})
const UserRemovePayload = builder.objectRef<Outcome<{ removedId: string }>>('UserRemovePayload').implement({
  description: 'A person who is in the workspace no longer.',
  fields: t => ({
    removedId: t.id({ nullable: true, description: 'Who that was.', resolve: ({ removedId }) => removedId }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

const UserResetLinkInput = builder.inputType('UserResetLinkInput', {
  description: 'Who cannot come in.',
  fields: t => ({ userId: t.id({ required: true, description: 'The person.' }) }),
})
const UserResetLinkPayload = builder.objectRef<Outcome<{ link: string }>>('UserResetLinkPayload').implement({
  description: 'A link by which somebody sets a new password, within an hour.',
  fields: t => ({
    link: t.string({
      nullable: true,
      description: 'The link, told this once, to hand on. Whoever follows it becomes that person.',
      resolve: ({ link }) => link,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

builder.mutationFields(t => ({
  userInvite: t.field({
    type: UserInvitePayload,
    ...guarded('members:write', 'Invites somebody, for a week; an earlier invitation of the same address ends.'),
    args: { input: t.arg({ type: UserInviteInput, required: true, description: 'Whom.' }) },
    resolve: (_root, { input }, c) =>
      outcome<Invited>({ invitation: null, link: null, mailed: null }, () => invitePerson(c.host, viewerOf(c), input)),
  }),
  invitationRevoke: t.field({
    type: InvitationRevokePayload,
    ...guarded('members:write', 'Ends an invitation.'),
    args: { input: t.arg({ type: InvitationRevokeInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ invitation: null }, async () => ({
        invitation: await revokeInvitation(c.core, viewerOf(c), rowId('Invitation', input.invitationId)),
      })),
  }),
  userChangeRole: t.field({
    type: UserChangeRolePayload,
    ...guarded('members:write', 'Gives a person another role. The last OWNER stays one.'),
    args: { input: t.arg({ type: UserChangeRoleInput, required: true, description: 'Who becomes what.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ userId: null }, async () => {
        const userId = rowId('User', input.userId)
        await changeRole(c.host, c.access, viewerOf(c), userId, input.role)
        return { userId }
      }),
  }),
  userRemove: t.field({
    type: UserRemovePayload,
    ...guarded(
      'members:write',
      'Takes a person out of the workspace; the keys that they made are refused from then on.',
    ),
    args: { input: t.arg({ type: UserRemoveInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ removedId: null }, async () => {
        await removeMember(c.host, c.access, viewerOf(c), rowId('User', input.userId))
        return { removedId: input.userId }
      }),
  }),
  userResetLink: t.field({
    type: UserResetLinkPayload,
    ...guarded(
      'members:write',
      'Makes a link by which somebody sets a new password. For an OWNER or ADMIN only by an OWNER.',
    ),
    args: { input: t.arg({ type: UserResetLinkInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ link: null }, async () => ({
        link: linkTo(c.core, 'reset', await makeResetLink(c.host, viewerOf(c), rowId('User', input.userId))),
      })),
  }),
}))
