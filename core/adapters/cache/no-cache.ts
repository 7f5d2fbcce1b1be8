import type { Cache, Kept } from './cache.ts'

/** Keeps nothing: for processes that share a database and no Redis, and so do not hear what another one changes. */
export const noCache: Cache = {
  get: <T>(_workspaceId: string, _name: Kept, _variant: string, read: () => Promise<T>) => read(),
  drop() {},
  settled: () => Promise.resolve(),
  close() {},
}
