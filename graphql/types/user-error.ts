import { z } from 'zod'
import { type ErrorCode, TraeError } from '../../core/errors.ts'
import { builder } from '../builder.ts'

const UserErrorCode = builder.enumType('UserErrorCode', {
  description: 'What kind of problem an input has.',
  values: {
    INVALID: { description: 'A value cannot be accepted as it is.' },
    REQUIRED: { description: 'A value is missing.' },
    NOT_FOUND: { description: 'What the input refers to is not in this workspace.' },
    CONFLICT: { description: 'The thing exists already, or is in a state that does not allow this.' },
    FORBIDDEN: { description: 'Your role may not do this.' },
    LIMIT_EXCEEDED: { description: 'More than is allowed.' },
    STALE_VERSION: { description: 'Somebody else has changed it meanwhile: read it again.' },
    UNAVAILABLE: { description: 'Not at this moment: try again.' },
  } as const,
})

export interface UserError {
  readonly message: string
  readonly code: typeof UserErrorCode.$inferType
  readonly field: readonly string[] | null
}

export const UserErrorRef = builder.objectRef<UserError>('UserError').implement({
  description: 'A problem that whoever sent the input can solve.',
  fields: t => ({
    message: t.exposeString('message', { description: 'Says what was found and what to do.' }),
    code: t.field({ type: UserErrorCode, description: 'For machines.', resolve: error => error.code }),
    field: t.stringList({
      nullable: true,
      description: 'The path into the input; null when it is about the whole.',
      resolve: error => error.field?.slice(),
    }),
  }),
})

/** A payload or what stood in its way. */
export type Outcome<T> = { readonly [K in keyof T]: T[K] | null } & { readonly userErrors: readonly UserError[] }

/** Does the work of a mutation; problems of its input become `userErrors`, everything else stays an error. */
export async function outcome<T extends object>(
  empty: { [K in keyof T]: null },
  work: () => Promise<T>,
): Promise<Outcome<T>> {
  try {
    return { ...(await work()), userErrors: [] }
  } catch (error) {
    const userErrors = userErrorsOf(error)
    if (!userErrors) throw error
    return { ...(empty as { [K in keyof T]: T[K] | null }), userErrors }
  }
}

function userErrorsOf(error: unknown): UserError[] | undefined {
  if (error instanceof z.ZodError)
    return error.issues.map(issue => ({
      message: issue.message,
      code: issue.code === 'invalid_type' && issue.input === undefined ? 'REQUIRED' : 'INVALID',
      field: ['input', ...issue.path.map(String)],
    }))
  const code = error instanceof TraeError ? CODES[error.code] : undefined
  return code && [{ message: (error as TraeError).message, code, field: null }]
}

const CODES: Partial<Record<ErrorCode, UserError['code']>> = {
  BAD_USER_INPUT: 'INVALID',
  VALIDATION: 'INVALID',
  PLAYBOOK: 'INVALID',
  MANIFEST: 'INVALID',
  CREDENTIAL: 'INVALID',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  STALE_VERSION: 'STALE_VERSION',
  UNAVAILABLE: 'UNAVAILABLE',
  BUSY: 'UNAVAILABLE',
  RATE_LIMITED: 'LIMIT_EXCEEDED',
}
