import { type FetchResponse, type PluginError, type PluginErrorCode, vendorError } from 'trae-os/sdk'

/** What Twilio says went wrong; a proxy on the way answers something else altogether. */
interface Said {
  readonly code: unknown
  readonly message: unknown
}

/** Codes that say more than their status: twilio.com/docs/api/errors. */
const CODES: Readonly<Record<number, PluginErrorCode>> = {
  20003: 'UNAUTHENTICATED',
  20429: 'RATE_LIMITED', // not processed, so another try does no harm
  21610: 'FORBIDDEN', // the person has sent STOP
  30001: 'RATE_LIMITED', // the queue of the number is full
}
const HINTS: Readonly<Record<number, string>> = {
  21610: 'The person has answered STOP and must not be written to.',
  63016:
    'More than 24 hours after the last message of the person, WhatsApp takes only an approved template: give `template`.',
}

/** What an error code of a message means for people, where there is more to say than Twilio does. */
export const hintOf = (code: number | null): string | null => (code === null ? null : (HINTS[code] ?? null))

/** The error for an answer that is none of 200 to 299. */
export function errorOf(answer: FetchResponse): Promise<PluginError> {
  return vendorError<Said>(answer, 'Twilio', ({ code, message }) =>
    typeof code === 'number'
      ? { words: message, mark: `code ${code}`, code: CODES[code], hint: HINTS[code] }
      : { words: message },
  )
}
