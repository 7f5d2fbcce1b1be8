import { isId } from '../ids.ts'

/** The id that the API takes, of what a person has at hand: that id, the address of the run's page, or the id in a message. */
export function runIdOf(written: string): string {
  const last =
    written
      .replace(/[/?#]*$/, '')
      .split('/')
      .at(-1) ?? ''
  return isId(last) ? Buffer.from(`Run:${last}`).toString('base64url') : last
}
