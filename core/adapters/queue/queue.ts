/**
 * The doorbell between who has stored something and who works on it. It carries names and ids, never state: a lost
 * ring costs time (the next poll finds the work), never a step.
 */
export interface Queue {
  /** `events`: undispatched events are there. `run`: this run is due. */
  ring(bell: 'events'): void
  ring(bell: 'run', runId: string): void
  /** Hears every ring of a bell. Rings before the listener came are kept for it. Returns how to stop listening. */
  listen(bell: 'events' | 'run', listener: (runId?: string) => void): () => void
  /** Due runs for which this process has no place, to whichever process has one. False where no other can be asked. */
  handOn(runIds: readonly string[]): boolean
  /**
   * Takes in runs that others have handed on: `look` is fulfilled when one was looked at, with false where it is for somebody
   * else. For who has a place; returns how to stop.
   */
  takeIn(look: (runId: string) => Promise<boolean>): () => void
  close(): Promise<void>
}
