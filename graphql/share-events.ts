import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import type { Viewer } from '../core/access/authenticate.ts'
import type { Core } from '../core/context.ts'
import type { Context } from './context.ts'
import { showError } from './errors.ts'

type Results = AsyncIterableIterator<ExecutionResult>

/**
 * `subscribe` of GraphQL, where all who ask the same with the same rights get the same result object of an event: it is
 * executed once, and can be serialised once (`textOf`). Rights are workspace, role and scopes; what a resolver tells by who
 * somebody is (`viewer.userId`) is noticed, and executed for each person. A source that fails ends the stream with its error
 * as the last result.
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
  return resultsOf(core, checked, context, source[Symbol.asyncIterator]())
}

function resultsOf(
  core: Pick<Core, 'log'>,
  args: ValidatedSubscriptionArgs,
  context: Context,
  source: AsyncIterator<unknown>,
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
        if (!done) return { value: await executeOnce(core, args, context, value), done: false }
        over = true
        return { value: undefined, done: true }
      } catch (error) {
        over = true
        return { value: { errors: [showError(core, error, context.requestId)] }, done: false }
      }
    },
    async return() {
      over = true
      await source.return?.()
      return { value: undefined, done: true }
    },
  }
}

/** Results of a payload, by who may share them. */
const results = new WeakMap<object, Map<string, Promise<Shared>>>()
interface Shared {
  readonly result: ExecutionResult
  readonly personal: boolean
}

async function executeOnce(
  core: Pick<Core, 'log'>,
  args: ValidatedSubscriptionArgs,
  context: Context,
  payload: unknown,
): Promise<ExecutionResult> {
  if (typeof payload !== 'object' || payload === null) return (await execute(core, args, context, payload)).result
  let known = results.get(payload)
  if (!known) results.set(payload, (known = new Map()))
  const through = (key: string) => {
    let found = known.get(key)
    if (!found) known.set(key, (found = execute(core, args, context, payload)))
    return found
  }
  const { result, personal } = await through(context.sharedBy!)
  return personal ? (await through(`${context.sharedBy} ${personOf(context.viewer)}`)).result : result
}

async function execute(
  core: Pick<Core, 'log'>,
  args: ValidatedSubscriptionArgs,
  context: Context,
  payload: unknown,
): Promise<Shared> {
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
  if (text === undefined) texts.set(result, (text = JSON.stringify(result, withoutHttp)))
  return text
}
const texts = new WeakMap<ExecutionResult, string>()

/** `extensions.http` of an error is for us. */
function withoutHttp(key: string, value: unknown): unknown {
  if (key !== 'errors' || !Array.isArray(value)) return value
  return value.map(error => {
    const { extensions: { http: _, ...extensions } = {}, ...rest } = JSON.parse(JSON.stringify(error)) as {
      extensions?: { http?: unknown }
    }
    return { ...rest, extensions }
  })
}
