import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import {
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  validate,
} from 'graphql'
import type { Viewer } from '../core/access/authenticate.ts'
import type { Core } from '../core/context.ts'
import type { Context } from './context.ts'
import { showError } from './errors.ts'
import { LIMITS, refuseDocument, tooComplex } from './limits.ts'
import { COST_LIMIT, operationCost } from './operation-cost.ts'
import { subscribeShared } from './share-events.ts'

/**
 * What a stock server lacks: size of documents, number of errors, cost before anything runs, no schema for nobody, and
 * a code on every error. yoga caches findings by the names of the rules: those for nobody differ by one rule, so their
 * findings, which hold no suggestions, are kept apart.
 */
export function guards(core: Pick<Core, 'log' | 'cache'>): Plugin<Context> {
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
    onExecute({ args, setResultAndStopExecution }) {
      const { refusal, requested, kind } = weigh(args)
      if (refusal) return setResultAndStopExecution({ errors: [refusal] })
      return {
        async onExecuteDone({ result, setResult }) {
          if (isAsyncIterable(result)) return
          if (kind === 'mutation') await core.cache.settled()
          const shown = showErrors(core, result as ExecutionResult, args.contextValue)
          setResult({ ...shown, extensions: { ...shown.extensions, cost: { requested, limit: COST_LIMIT } } })
        },
      }
    },
    onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      const { refusal } = weigh(args)
      if (refusal) return setResultAndStopExecution({ errors: [refusal] })
      setSubscribeFn(async (args: ExecutionArgs) => {
        const results = await subscribeShared(core, args)
        return isAsyncIterable(results) ? (results as never) : showErrors(core, results, args.contextValue as Context)
      })
    },
  }
}

type Args = Parameters<NonNullable<Plugin<Context>['onExecute']>>[0]['args']

function weigh(args: Pick<Args, 'schema' | 'document' | 'operationName' | 'variableValues'>) {
  const operation = getOperationAST(args.document, args.operationName)
  const requested = operation
    ? operationCost(
        args.schema,
        args.document,
        operation,
        (args.variableValues as Record<string, unknown> | null) ?? {},
      )
    : 0
  return {
    requested,
    kind: operation?.operation,
    refusal: requested > COST_LIMIT ? tooComplex('cost', requested, COST_LIMIT) : undefined,
  }
}

function showErrors(core: Pick<Core, 'log'>, result: ExecutionResult, context: Context): ExecutionResult {
  return result.errors?.length
    ? { ...result, errors: result.errors.map(error => showError(core, error, context.requestId)) }
    : result
}
