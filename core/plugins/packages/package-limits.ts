import { TraeError } from '../../errors.ts'

/** The most that a package may hold, in a folder or in a tarball. */
export const MAX_FILES = 200
export const MAX_LEVELS = 8
export const MAX_TOTAL_BYTES = 10 * 1024 * 1024
/** Of a source map: one that is larger is not kept. */
export const MAX_SOURCE_MAP_BYTES = 2 * 1024 * 1024
/** Of a tarball as it comes, compressed. */
export const MAX_TARBALL_BYTES = 10 * 1024 * 1024

/** A package that cannot be accepted: one problem. */
export function refused(message: string, cause?: unknown): TraeError {
  return new TraeError('MANIFEST', message, { details: { problems: [message] }, cause })
}
