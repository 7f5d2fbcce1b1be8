import { TraeError } from '../errors.ts'
import type { Statement } from '../sql.ts'

/** The database's error under the name of our statement; unique violations become `CONFLICT`. Parameters are never told. */
export function databaseError(statement: Statement, cause: unknown): TraeError {
  const { code, message } = cause as { code?: string; message: string }
  return code === '23505'
    ? new TraeError('CONFLICT', `${statement.name}: it exists already.`, { cause, retryable: false })
    : new TraeError('DATABASE', `Statement ${statement.name} failed: ${message}`, {
        cause,
        retryable: code === undefined || /^(08|40|53|57)/.test(code),
      })
}
