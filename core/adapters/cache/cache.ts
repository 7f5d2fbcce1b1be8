/** What is kept, and for how long at most, in milliseconds: names and times of the seed. A name is dropped as a whole. */
export const KEPT_MS = {
  'analytics:overview': 900_000,
  'analytics:metrics': 900_000,
  'analytics:funnel': 900_000,
  'analytics:sources': 900_000,
  'analytics:stages': 900_000,
  'analytics:forecast': 900_000,
} as const
export type Kept = keyof typeof KEPT_MS

/**
 * Answers that cost the database much, kept for whoever asks next: in the memory of a process that is alone, in Redis for several. It
 * holds nothing that has to last, and nothing that may not be seen by all who may ask. Two rules make it safe to ask:
 *
 * - What was read before a `drop` is never answered after it, also where the reading ended later: an answer belongs to the generation of
 *   its name in which its reading began, and a drop ends that generation.
 * - Nothing is kept longer than `KEPT_MS`, counted from before it was read.
 */
export interface Cache {
  /**
   * What is kept of a workspace under a name and its `variant`, else what `read` answers: JSON, a copy for each who asks. Who asks
   * while another reads shares that. Throws what `read` throws, and keeps nothing then.
   */
  get<T>(workspaceId: string, name: Kept, variant: string, read: () => Promise<T>): Promise<T>
  /** Something has happened that these count: for everybody, at once in this process. */
  drop(workspaceId: string, names: readonly Kept[]): void
  /** What was dropped until now is dropped in all processes, or Redis cannot be asked: before somebody is told that they changed it. */
  settled(): Promise<void>
  close(): void
}

/** Of one name in one workspace at most so many variants; larger answers than this many characters are not kept. */
export const MOST_VARIANTS = 32
export const MOST_CHARACTERS = 65_536
