import { useCallback, useEffect, useReducer, useRef } from 'react'
import { type AnyVariables, type CombinedError, type TypedDocumentNode } from 'urql'
import { useApi } from './api.ts'

/** After so long what could not be had, because the host was not reached, is asked for again. */
const AGAIN_MS = 4000

export type Change<Data> = (data: Data) => Data

export interface Loaded<Data> {
  readonly data: Data | undefined
  readonly error: CombinedError | undefined
  readonly loading: boolean
  readonly reload: () => void
  /** Applies news from a stream. Must be idempotent: news that comes while a load is under way is applied to its result again. */
  readonly change: (change: Change<Data>) => void
}

/**
 * Loads a query, keeps it, and lets streams change it. What was seen before shows at once while the fresh answer is on
 * its way. With `ready` false it waits: a page first opens its stream, then loads, so that nothing falls in between.
 * Where the host is not reached it says so, and asks again by itself until it is.
 */
export function useLoaded<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  ready = true,
): Loaded<Data> {
  const { client } = useApi()
  const key = JSON.stringify(variables)
  const [state, dispatch] = useReducer(reduce<Data>, START)
  const request = useRef(0)
  const current = useRef({ document, key })
  current.current = { document, key }

  const load = useCallback(
    (fresh: boolean, quietly = false) => {
      // A reload that was put off may come when the page asks something else by now: it is about what is asked now
      const { document, key } = current.current
      const asked: Variables = JSON.parse(key)
      const number = ++request.current
      const cached = fresh ? undefined : client.readQuery(document, asked)?.data
      dispatch({ type: 'started', key, keep: fresh, quietly, cached })
      void client
        .query(document, asked, { requestPolicy: 'network-only' })
        .toPromise()
        .then(result => {
          if (number === request.current) dispatch({ type: 'arrived', data: result.data, error: result.error })
        })
    },
    [client],
  )

  useEffect(() => {
    if (ready) load(false)
    return () => {
      request.current++
    }
  }, [load, ready, document, key])

  const isCurrent = state.key === key // else these are still the answers to another question
  const unreached = isCurrent ? state.error?.networkError : undefined
  useEffect(() => {
    if (!unreached) return undefined
    const timer = setTimeout(() => load(true, true), AGAIN_MS)
    return () => clearTimeout(timer)
  }, [unreached, load])

  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    loading: !isCurrent || state.loading,
    reload: useCallback(() => load(true), [load]),
    change: useCallback((change: Change<Data>) => dispatch({ type: 'changed', change }), []),
  }
}

interface State<Data> {
  /** The variables that the rest is about. */
  readonly key: string | undefined
  readonly data: Data | undefined
  readonly error: CombinedError | undefined
  readonly loading: boolean
  /** News that came since the load under way began. */
  readonly since: readonly Change<Data>[]
}

const START = { key: undefined, data: undefined, error: undefined, loading: true, since: [] }

type Action<Data> =
  | {
      readonly type: 'started'
      readonly key: string
      /** Shows what there is until the answer comes. */
      readonly keep: boolean
      /** What went wrong last stands until the answer comes, too. */
      readonly quietly: boolean
      readonly cached: Data | undefined
    }
  | { readonly type: 'changed'; readonly change: Change<Data> }
  | { readonly type: 'arrived'; readonly data: Data | undefined; readonly error: CombinedError | undefined }

function reduce<Data>(state: State<Data>, action: Action<Data>): State<Data> {
  switch (action.type) {
    case 'started':
      return {
        key: action.key,
        data: action.keep ? state.data : action.cached,
        error: action.quietly ? state.error : undefined,
        loading: true,
        since: [],
      }
    case 'changed':
      return {
        ...state,
        data: state.data && action.change(state.data),
        since: state.loading ? [...state.since, action.change] : state.since,
      }
    case 'arrived': {
      const data =
        action.data === undefined ? undefined : state.since.reduce<Data>((data, change) => change(data), action.data)
      return { ...state, data: data ?? state.data, error: action.error, loading: false, since: [] }
    }
    default:
      return action satisfies never
  }
}
