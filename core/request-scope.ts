import { AsyncLocalStorage } from 'node:async_hooks'

const answering = new AsyncLocalStorage<string>()

/** Lets `work`, and all that it waits for, belong to the request of this id. */
export const withinRequest = <Result>(id: string, work: () => Result): Result => answering.run(id, work)

/** The id of the request that is being answered, as `x-request-id` has it; null outside of one. */
export const currentRequest = (): string | null => answering.getStore() ?? null
