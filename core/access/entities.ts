import { defineEntity, p } from '@mikro-orm/core'

/** The roles of a workspace, most powerful first. */
export const ROLES = ['OWNER', 'ADMIN', 'EDITOR', 'OPERATOR', 'VIEWER'] as const
export type Role = (typeof ROLES)[number]

const WorkspaceSchema = defineEntity({
  name: 'Workspace',
  tableName: 'workspaces',
  properties: {
    id: p.uuid().primary(),
    slug: p.text().unique(),
    name: p.text(),
    timeZone: p.text(),
    locale: p.text(),
    createdAt: p.datetime(),
  },
})
export class Workspace extends WorkspaceSchema.class {}
WorkspaceSchema.setClass(Workspace)

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    email: p.text().unique(),
    name: p.text(),
    passwordHash: p.text().hidden().lazy(),
    locale: p.text(),
    createdAt: p.datetime(),
    lastSeenAt: p.datetime().nullable(),
  },
})
export class User extends UserSchema.class {}
UserSchema.setClass(User)

const MembershipSchema = defineEntity({
  name: 'Membership',
  tableName: 'memberships',
  properties: {
    workspaceId: p.uuid().primary(),
    userId: p.uuid().primary(),
    role: p.enum(ROLES).$type<Role>(),
    createdAt: p.datetime(),
  },
})
export class Membership extends MembershipSchema.class {}
MembershipSchema.setClass(Membership)

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    workspaceId: p.uuid(),
    userId: p.uuid(),
    userAgent: p.text().nullable(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime(),
    expiresAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
  },
})
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session)

const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_tokens',
  properties: {
    id: p.uuid().primary(),
    sessionId: p.uuid(),
    secretHash: p.text().hidden(),
    successorSealed: p.text().nullable().hidden(),
    createdAt: p.datetime(),
    usedAt: p.datetime().nullable(),
    expiresAt: p.datetime(),
  },
})
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken)

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    kid: p.text().primary(),
    publicJwk: p.json<Record<string, unknown>>(),
    privateSealed: p.text().hidden(),
    createdAt: p.datetime(),
  },
})
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey)

const WebhookSchema = defineEntity({
  name: 'Webhook',
  tableName: 'webhooks',
  properties: {
    id: p.uuid().primary(),
    workspaceId: p.uuid(),
    slug: p.text(),
    eventType: p.text(),
    secretSealed: p.text().hidden(),
    createdAt: p.datetime(),
  },
})
export class Webhook extends WebhookSchema.class {}
WebhookSchema.setClass(Webhook)

export const accessEntities = [Workspace, User, Membership, Session, RefreshToken, SigningKey, Webhook]
