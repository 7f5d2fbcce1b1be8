import type { Core } from '../context.ts'

/** The core as it stands for who is in this workspace: on Postgres the database itself shows and takes only its rows. */
export const memberCore = (core: Core, workspaceId: string): Core => ({ ...core, sql: core.sqlOf(workspaceId) })
