import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import {
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  validate,
} from 'graphql'
import type { Viewer } from '../core/access/viewer.ts'
import type { Core } from '../core/context.ts'
import { countCost } from '../core/http/limit-requests.ts'
import type { Context } from './context.ts'
import { deprecatedUses } from './deprecated-uses.ts'
import { showError } from './errors.ts'
import { LIMITS, refuseDocument, tooComplex } from './limits.ts'
import { COST_LIMIT, operationCost } from './operation-cost.ts'
import { subscribeShared } from './share-events.ts'

/**
 * What a stock server lacks: size of documents, number of errors, cost before anything runs and a budget of it a minute, no schema for nobody, and
 * a code on every error. yoga caches findings by the names of the rules: those for nobody differ by one rule, so their
 * findings, which hold no suggestions, are kept apart.
 */
export function guards(core: Pick<Core, 'log' | 'limits' | 'config' | 'metrics' | 'cache'>): Plugin<Context> {
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => parse(source, { ...options, maxTokens: LIMITS.tokens }))
    },
    onValidate({ context, addValidationRule, setValidationFn }) {
      const anonymous = (context as { viewer?: Viewer }).viewer === undefined
      if (anonymous) addValidationRule(NoSchemaIntrospectionCustomRule)
      setValidationFn((schema, document, rules) => {
        const refusal = refuseDocument(document)
        return refusal ? [refusal] : validate(schema, document, rules, { maxErrors: 5, hideSuggestions: anonymous })
      })
    },
    async onExecute({ args, setResultAndStopExecution }) {
      args.contextValue.showDeprecated?.(deprecatedUses(args.schema, args.document))
      const { refusal, cost, kind } = await charge(core, args)
      if (refusal) return setResultAndStopExecution({ errors: [refusal] })
      return {
        async onExecuteDone({ result, setResult }) {
          if (isAsyncIterable(result)) return
          if (kind === 'mutation') await core.cache.settled()
          const shown = showErrors(core, result as ExecutionResult, args.contextValue)
          setResult({ ...shown, extensions: { ...shown.extensions, cost } })
        },
      }
    },
    async onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      args.contextValue.showDeprecated?.(deprecatedUses(args.schema, args.document))
      const { refusal } = await charge(core, args)
      if (refusal) return setResultAndStopExecution({ errors: [refusal] })
      setSubscribeFn(async (args: ExecutionArgs) => {
        const results = await subscribeShared(core, args)
        return isAsyncIterable(results) ? (results as never) : showErrors(core, results, args.contextValue as Context)
      })
    },
  }
}

type Args = Parameters<NonNullable<Plugin<Context>['onExecute']>>[0]['args']

/** Refuses what costs too much at once, or more than is left of the minute; a subscription costs once, when it begins. */
async function charge(
  core: Pick<Core, 'log' | 'limits' | 'config' | 'metrics'>,
  { schema, document, operationName, variableValues, contextValue }: Args,
) {
  const operation = getOperationAST(document, operationName)
  const given = (variableValues as Record<string, unknown> | null) ?? {}
  const requested = operation ? operationCost(schema, document, operation, given) : 0
  const cost = { requested, limit: COST_LIMIT }
  const kind = operation?.operation
  if (requested > COST_LIMIT) return { cost, kind, refusal: tooComplex('cost', requested, COST_LIMIT) }
  const context = contextValue as Context
  try {
    const taken = await countCost(core, context, requested)
    const [{ window, remaining, reset }] = taken.left as [(typeof taken.left)[number]]
    return { kind, cost: { ...cost, minute: { limit: window.limit, remaining, reset } }, refusal: undefined }
  } catch (error) {
    return { cost, kind, refusal: showError(core, error, context.requestId) }
  }
}

function showErrors(core: Pick<Core, 'log'>, result: ExecutionResult, context: Context): ExecutionResult {
  return result.errors?.length
    ? { ...result, errors: result.errors.map(error => showError(core, error, context.requestId)) }
    : result
}
