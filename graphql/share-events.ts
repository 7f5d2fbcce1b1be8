import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  executeSubscriptionEvent,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import type { Viewer } from '../core/access/viewer.ts'
import type { Core } from '../core/context.ts'
import type { Context } from './context.ts'
import { showError } from './errors.ts'
import { piecesOf } from './pieces.ts'

/** Those of a turn of the event loop at once. */
export type Results = AsyncIterableIterator<readonly ExecutionResult[]>

/**
 * `subscribe` of GraphQL for sources that come in pieces (`follow`), where all who ask the same with the same rights
 * get the same list of results: each event is executed once, and the list can be serialised and framed once (`textOf`).
 * Rights are workspace, role and scopes; what a resolver tells by who somebody is (`viewer.userId`) is noticed, and executed
 * for each person. A source that fails ends the stream with its error as the last result.
 */
export async function subscribeShared(
  core: Pick<Core, 'log'>,
  args: ExecutionArgs,
): Promise<Results | ExecutionResult> {
  const checked = validateSubscriptionArgs(args)
  if (!('schema' in checked)) return { errors: checked }
  const context = checked.contextValue as Context
  context.sharedBy = shareKey(args, context)
  const source = await createSourceEventStream(checked)
  if (!(Symbol.asyncIterator in source)) return source
  return resultsOf(core, checked, context, piecesOf(source))
}

function resultsOf(
  core: Pick<Core, 'log'>,
  args: ValidatedSubscriptionArgs,
  context: Context,
  source: AsyncIterator<readonly unknown[]>,
): Results {
  let over = false
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (over) return { value: undefined, done: true }
      try {
        const { value, done } = await source.next()
        if (!done) return { value: await executeAll(core, args, context, value), done: false }
        over = true
        return { value: undefined, done: true }
      } catch (error) {
        over = true
        return { value: [{ errors: [showError(core, error, context.requestId)] }], done: false }
      }
    },
    async return() {
      over = true
      await source.return?.()
      return { value: undefined, done: true }
    },
  }
}

interface Shared<Result> {
  readonly result: Result
  readonly personal: boolean
}

async function executeAll(
  core: Pick<Core, 'log'>,
  args: ValidatedSubscriptionArgs,
  context: Context,
  payloads: readonly unknown[],
): Promise<readonly ExecutionResult[]> {
  const through = (key: string) =>
    once(payloads, key, async () => {
      const each = await Promise.all(
        payloads.map(payload => once(payload, key, () => execute(core, args, context, payload))),
      )
      return { result: each.map(({ result }) => result), personal: each.some(({ personal }) => personal) }
    })
  const { result, personal } = await through(context.sharedBy!)
  return personal ? (await through(`${context.sharedBy} ${personOf(context.viewer)}`)).result : result
}

/** What was made of a payload, or of a list of them, by who may share it. */
const made = new WeakMap<object, Map<string, unknown>>()

function once<T>(of: unknown, key: string, make: () => Promise<T>): Promise<T> {
  if (typeof of !== 'object' || of === null) return make()
  let known = made.get(of)
  if (!known) made.set(of, (known = new Map()))
  let found = known.get(key) as Promise<T> | undefined
  if (!found) known.set(key, (found = make()))
  return found
}

async function execute(
  core: Pick<Core, 'log'>,
  args: ValidatedSubscriptionArgs,
  context: Context,
  payload: unknown,
): Promise<Shared<ExecutionResult>> {
  let personal = false
  // a context of its own: the one of the subscription gets other loaders with the next event
  const contextValue = { ...context, viewer: context.viewer && watched(context.viewer, () => (personal = true)) }
  const result = await executeSubscriptionEvent({ ...args, contextValue, rootValue: payload })
  const errors = result.errors?.map(error => showError(core, error, context.requestId))
  return { result: errors ? { ...result, errors } : result, personal }
}

/** The viewer, who tells when somebody asks who exactly it is. */
function watched(viewer: Viewer, told: () => void): Viewer {
  const { userId, sessionId, ...rest } = viewer
  return {
    ...rest,
    get userId() {
      told()
      return userId
    },
    get sessionId() {
      told()
      return sessionId
    },
  }
}

const personOf = (viewer: Viewer | undefined) => viewer?.key?.id ?? viewer?.userId ?? ''

const documents = new WeakMap<DocumentNode, number>()
let documentCount = 0

function shareKey({ document, operationName, variableValues }: ExecutionArgs, { viewer, locale }: Context): string {
  let number = documents.get(document)
  if (number === undefined) documents.set(document, (number = ++documentCount))
  const { workspaceId, role, key } = viewer ?? {}
  return JSON.stringify([number, operationName, variableValues, locale, workspaceId, role, key?.scopes])
}

/** A result as JSON, made once for all who send it. */
export function textOf(result: ExecutionResult): string {
  let text = texts.get(result)
  if (text === undefined) {
    const { errors } = result
    texts.set(result, (text = JSON.stringify(errors ? { ...result, errors: errors.map(withoutHttp) } : result)))
  }
  return text
}
const texts = new WeakMap<ExecutionResult, string>()

/** The HTTP status of an error is for HTTP. */
export function withoutHttp(error: GraphQLError): object {
  const { extensions: { http: _, ...extensions } = {}, ...rest } = JSON.parse(JSON.stringify(error)) as {
    extensions?: { http?: unknown }
  }
  return { ...rest, extensions }
}
