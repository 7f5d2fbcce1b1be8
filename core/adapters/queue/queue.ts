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
  close(): Promise<void>
}
