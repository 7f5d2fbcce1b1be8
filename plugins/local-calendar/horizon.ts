const HOUR = 60 * 60_000

/** Two hours' notice, then the next two weeks: who waits longer has forgotten why. In milliseconds. */
export const NOTICE = 2 * HOUR
export const HORIZON = 14 * 24 * HOUR
