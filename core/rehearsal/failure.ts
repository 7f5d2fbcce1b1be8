export interface Failure {
  /** Of the expectation in the file of the test, or of the test itself. */
  readonly line: number
  /** A sentence. */
  readonly message: string
  readonly expected?: unknown
  readonly found?: unknown
}

/** A value for people, cut where it is long. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
