import { removeMember } from '../../core/access/members.ts'
import { changePassword } from '../../core/access/password-change.ts'
import {
  beginSecondFactor,
  confirmSecondFactor,
  removeSecondFactor,
  requireSecondFactor,
} from '../../core/access/second-factor.ts'
import { listSessions, revokeSessions, type SessionRecord, workspacesOf } from '../../core/access/sessions.ts'
import { getWorkspace, type Workspace } from '../../core/access/workspace.ts'
import { createWorkspace } from '../../core/brain/create-workspace.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { viewerOf } from '../context.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef, WorkspaceRef } from './workspace.ts'

const SessionRef = builder.objectRef<SessionRecord>('Session').implement({
  description: 'Somewhere that you are signed in.',
  fields: t => ({
    id: t.id({ description: 'For sessionRevoke.', resolve: ({ id }) => encodeNodeId('Session', id) }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'What the browser or program calls itself.',
    }),
    address: t.exposeString('address', { nullable: true, description: 'Where it was signed in from.' }),
    current: t.boolean({
      description: 'Is it the one that asks?',
      resolve: ({ id }, _args, c) => id === viewerOf(c).sessionId,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was signed in.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', description: 'When it was used last, to 15 minutes.' }),
  }),
})
const SessionConnection = connectionOf<SessionRecord>('Session', SessionRef)

const MembershipRef = builder.objectRef<{ id: string; name: string }>('OwnWorkspace').implement({
  description: 'A workspace that you are in.',
  fields: t => ({
    id: t.id({ description: 'Its id, as Workspace has it.', resolve: ({ id }) => encodeNodeId('Workspace', id) }),
    switchId: t.string({ description: 'What POST /auth/switch takes as workspace_id.', resolve: ({ id }) => id }),
    name: t.exposeString('name', { description: 'Its name.' }),
    current: t.boolean({
      description: 'Is it the one of this session?',
      resolve: ({ id }, _args, c) => id === viewerOf(c).workspaceId,
    }),
  }),
})

builder.queryFields(t => ({
  sessions: t.field({
    type: SessionConnection,
    ...guarded('account:read', 'Where you are signed in, newest first. Only for people who are signed in.'),
    args: pageArgs,
    resolve: (_root, page, c) => listSessions(c.host, viewerOf(c), page),
  }),
  ownWorkspaces: t.field({
    type: [MembershipRef],
    ...guarded('account:read', 'The workspaces that you are in, by name, at most 500.'),
    resolve: (_root, _args, c) => workspacesOf(c.host, viewerOf(c).userId),
  }),
}))

const SessionRevokeInput = builder.inputType('SessionRevokeInput', {
  description: 'Which sessions.',
  fields: t => ({ sessionIds: t.idList({ required: true, description: 'At most 100, your own.' }) }),
})
const SessionRevokePayload = builder.objectRef<Outcome<{ revokedIds: string[] }>>('SessionRevokePayload').implement({
  description: 'Sessions that are over.',
  fields: t => ({
    revokedIds: t.idList({ description: 'Those that were ended.', resolve: ({ revokedIds }) => revokedIds ?? [] }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

const PasswordChangeInput = builder.inputType('PasswordChangeInput', {
  description: 'The password of now, and the next.',
  fields: t => ({
    currentPassword: t.string({ required: true, description: 'Your password of now.' }),
    newPassword: t.string({ required: true, description: 'The next one, 12 to 200 characters.' }),
  }),
})

/** What changes the viewer's own account answers with the viewer. */
const ownPayload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ done: true }>>(name).implement({
    description,
    fields: t => ({
      viewer: t.field({
        type: UserRef,
        nullable: true,
        description: 'You.',
        resolve: ({ done }, _args, c) => (done ? c.loaders.user.load(viewerOf(c).userId) : null),
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })
const PasswordChangePayload = ownPayload('PasswordChangePayload', 'A changed password; all other sessions are over.')

const SecondFactorBeginInput = builder.inputType('SecondFactorBeginInput', {
  description: 'Who asks is asked again.',
  fields: t => ({ currentPassword: t.string({ required: true, description: 'Your password.' }) }),
})
const SecondFactorBeginPayload = builder
  .objectRef<Outcome<{ uri: string; manualKey: string }>>('SecondFactorBeginPayload')
  .implement({
    description: 'What an authenticator app takes up.',
    fields: t => ({
      uri: t.string({ nullable: true, description: 'otpauth://…, for the picture.', resolve: ({ uri }) => uri }),
      manualKey: t.string({
        nullable: true,
        description: 'The same for who types it in. Told this once.',
        resolve: ({ manualKey }) => manualKey,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const SecondFactorConfirmInput = builder.inputType('SecondFactorConfirmInput', {
  description: 'Proof that the app has it.',
  fields: t => ({ code: t.string({ required: true, description: 'The code that the app shows now.' }) }),
})
const SecondFactorConfirmPayload = builder
  .objectRef<Outcome<{ recoveryCodes: string[] }>>('SecondFactorConfirmPayload')
  .implement({
    description: 'A second factor in force.',
    fields: t => ({
      recoveryCodes: t.stringList({
        description: 'Each lets you in once without the app. Told this once.',
        resolve: ({ recoveryCodes }) => recoveryCodes ?? [],
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const SecondFactorRemoveInput = builder.inputType('SecondFactorRemoveInput', {
  description: 'Proof that it is you.',
  fields: t => ({ code: t.string({ required: true, description: 'A code of the app, or a recovery code.' }) }),
})
const SecondFactorRemovePayload = ownPayload('SecondFactorRemovePayload', 'An account without a second factor.')

const SecondFactorRequireInput = builder.inputType('SecondFactorRequireInput', {
  description: 'What is asked of OWNER and ADMIN.',
  fields: t => ({ required: t.boolean({ required: true, description: 'Must they have a second factor?' }) }),
})
const WorkspaceLeaveInput = builder.inputType('WorkspaceLeaveInput', {
  description: 'Which workspace: the one of this session.',
  fields: t => ({ id: t.id({ required: true, description: 'The workspace, so that none is left by mistake.' }) }),
})
const WorkspaceCreateInput = builder.inputType('WorkspaceCreateInput', {
  description: 'A workspace for another client.',
  fields: t => ({
    name: t.string({ required: true, description: 'Its name, up to 100 characters.' }),
    timeZone: t.string({ required: true, description: 'IANA time zone, as America/Sao_Paulo.' }),
    locale: t.string({ required: true, description: 'Language its people are written to in: pt-BR or en.' }),
  }),
})
const workspacePayload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ workspace: Workspace }>>(name).implement({
    description,
    fields: t => ({
      workspace: t.field({
        type: WorkspaceRef,
        nullable: true,
        description: 'The workspace.',
        resolve: ({ workspace }) => workspace,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })
const SecondFactorRequirePayload = workspacePayload('SecondFactorRequirePayload', 'A workspace with another rule.')
const WorkspaceLeavePayload = workspacePayload('WorkspaceLeavePayload', 'A workspace that you have left.')
const WorkspaceCreatePayload = workspacePayload('WorkspaceCreatePayload', 'A new workspace, of which you are OWNER.')

builder.mutationFields(t => ({
  sessionRevoke: t.field({
    type: SessionRevokePayload,
    ...guarded('account:write', 'Ends some of your own sessions.'),
    args: { input: t.arg({ type: SessionRevokeInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ revokedIds: null }, async () => {
        const ids = input.sessionIds.map(id => rowId('Session', id))
        const revoked = await revokeSessions(c.host, c.access, viewerOf(c), ids)
        return { revokedIds: revoked.map(id => encodeNodeId('Session', id)) }
      }),
  }),
  passwordChange: t.field({
    type: PasswordChangePayload,
    ...guarded('account:write', 'Changes your own password; all other sessions end.'),
    args: { input: t.arg({ type: PasswordChangeInput, required: true, description: 'The passwords.' }) },
    resolve: (_root, { input: { currentPassword: current, newPassword: next } }, c) =>
      outcome({ done: null }, async () => {
        await changePassword(c.host, c.access, viewerOf(c), { current, next })
        return { done: true as const }
      }),
  }),
  secondFactorBegin: t.field({
    type: SecondFactorBeginPayload,
    ...guarded('account:write', 'Makes a second factor (TOTP), which counts once it is confirmed.'),
    args: { input: t.arg({ type: SecondFactorBeginInput, required: true, description: 'Your password.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ uri: null, manualKey: null }, () =>
        beginSecondFactor(c.host, c.access, viewerOf(c), input.currentPassword),
      ),
  }),
  secondFactorConfirm: t.field({
    type: SecondFactorConfirmPayload,
    ...guarded('account:write', 'Puts your second factor in force.'),
    args: { input: t.arg({ type: SecondFactorConfirmInput, required: true, description: 'The code.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ recoveryCodes: null }, () => confirmSecondFactor(c.host, c.access, viewerOf(c), input.code)),
  }),
  secondFactorRemove: t.field({
    type: SecondFactorRemovePayload,
    ...guarded('account:write', 'Takes your second factor away.'),
    args: { input: t.arg({ type: SecondFactorRemoveInput, required: true, description: 'A code.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ done: null }, async () => {
        await removeSecondFactor(c.host, c.access, viewerOf(c), input.code)
        return { done: true as const }
      }),
  }),
  secondFactorRequire: t.field({
    type: SecondFactorRequirePayload,
    ...guarded('security:write', 'Asks a second factor of every OWNER and ADMIN, or no longer. You have one yourself.'),
    args: { input: t.arg({ type: SecondFactorRequireInput, required: true, description: 'The rule.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ workspace: null }, async () => {
        await requireSecondFactor(c.host, c.access, viewerOf(c), input.required)
        return { workspace: await getWorkspace(c.host, viewerOf(c).workspaceId) }
      }),
  }),
  workspaceLeave: t.field({
    type: WorkspaceLeavePayload,
    ...guarded('account:write', 'Leaves the workspace of this session. The last OWNER cannot.'),
    args: { input: t.arg({ type: WorkspaceLeaveInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ workspace: null }, async () => {
        const workspace = await getWorkspace(c.host, viewerOf(c).workspaceId)
        if (rowId('Workspace', input.id) === workspace.id)
          await removeMember(c.host, c.access, viewerOf(c), viewerOf(c).userId)
        return { workspace }
      }),
  }),
  workspaceCreate: t.field({
    type: WorkspaceCreatePayload,
    ...guarded(
      'workspaces:create',
      'Makes a workspace for another client, with the plugins and playbooks that come by themselves.',
    ),
    args: { input: t.arg({ type: WorkspaceCreateInput, required: true, description: 'The workspace.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ workspace: null }, async () => ({
        workspace: await createWorkspace(c.host, viewerOf(c), { ...input, locale: input.locale as 'en' }),
      })),
  }),
}))
