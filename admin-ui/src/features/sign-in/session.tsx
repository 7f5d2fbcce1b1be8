import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
} from 'react'
import { gql, Provider, type CombinedError, type TypedDocumentNode } from 'urql'
import { ApiContext, createApi } from '../../api/api.ts'
import { postJson } from '../../api/authorized-fetch.ts'
import type { OwnWorkspace, User, Workspace } from '../../api/schema.ts'
import { usePath } from '../../router.tsx'
import { Failure } from '../../components/failure.tsx'
import styles from './session.module.css'
import { followSwitches } from './switch-workspace.ts'

interface SignedIn {
  readonly viewer: Pick<User, 'id' | 'name' | 'email' | 'role' | 'secondFactor'>
  readonly workspace: Pick<Workspace, 'id' | 'name' | 'timeZone' | 'secondFactorRequired'>
  readonly ownWorkspaces: readonly Pick<OwnWorkspace, 'id' | 'switchId' | 'name' | 'current'>[]
}

const SESSION: TypedDocumentNode<SignedIn, Record<string, never>> = gql`
  query Session {
    viewer {
      id
      name
      email
      role
      secondFactor
    }
    workspace {
      id
      name
      timeZone
      secondFactorRequired
    }
    ownWorkspaces {
      id
      switchId
      name
      current
    }
  }
`

const SignInPage = lazy(() => import('./sign-in-page.tsx').then(module => ({ default: module.SignInPage })))

const LinkPage = lazy(() => import('./link-page.tsx').then(module => ({ default: module.LinkPage })))
const EnrolPage = lazy(() => import('./enrol-page.tsx').then(module => ({ default: module.EnrolPage })))

/** Addresses of pages for who is not signed in. */
const LINK_PAGES = ['invitation', 'reset', 'forgot'] as const

const SessionContext = createContext<(SignedIn & { readonly signOut: () => void }) | undefined>(undefined)

export function useSession() {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession is called outside Session: only pages behind the sign-in have one.')
  return session
}

type State =
  | { readonly at: 'starting' }
  | { readonly at: 'failed'; readonly error: CombinedError }
  | { readonly at: 'out'; readonly ended: boolean }
  | { readonly at: 'in'; readonly session: SignedIn }

/** Shows its children to who is signed in, the sign-in page to everyone else, at whatever address they came to. */
export function Session({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ at: 'starting' })
  const [epoch, setEpoch] = useState(0) // a new session begins with an empty cache
  const api = useMemo(
    () => createApi(() => setState(state => (state.at === 'out' ? state : { at: 'out', ended: state.at === 'in' }))),
    [epoch],
  )

  useEffect(() => {
    let current = true
    void api.client
      .query(SESSION, {}, { requestPolicy: 'network-only' })
      .toPromise()
      .then(({ data, error }) => {
        if (!current) return
        if (data) setState({ at: 'in', session: data })
        else if (error)
          setState(state =>
            state.at === 'out'
              ? state
              : error.networkError || !isRefused(error)
                ? { at: 'failed', error }
                : { at: 'out', ended: false },
          )
      })
    return () => {
      current = false
    }
  }, [api])

  useEffect(followSwitches, [])

  const restart = useCallback(() => {
    setState({ at: 'starting' })
    setEpoch(epoch => epoch + 1)
  }, [])
  const signOut = useCallback(() => {
    void postJson('/auth/logout', {}).finally(() => {
      setState({ at: 'out', ended: false })
      setEpoch(epoch => epoch + 1)
    })
  }, [])

  const path = usePath()
  const page = LINK_PAGES.find(page => path === `/${page}`)
  if (page)
    return (
      <Suspense>
        <LinkPage page={page} onSignedIn={() => location.assign('/admin/')} />
      </Suspense>
    )

  switch (state.at) {
    case 'starting':
      return null
    case 'failed':
      return (
        <div className={styles.center}>
          <Failure error={state.error} onRetry={restart} />
        </div>
      )
    case 'out':
      return (
        <Suspense>
          <SignInPage ended={state.ended} onSignedIn={restart} />
        </Suspense>
      )
    case 'in':
      return (
        <ApiContext value={api}>
          <Provider value={api.client}>
            <SessionContext value={{ ...state.session, signOut }}>
              {mustEnrol(state.session) ? (
                <Suspense>
                  <EnrolPage onDone={restart} />
                </Suspense>
              ) : (
                children
              )}
            </SessionContext>
          </Provider>
        </ApiContext>
      )
    default:
      return state satisfies never
  }
}

/** The host lets such a person do nothing else. */
function mustEnrol({ viewer, workspace }: SignedIn): boolean {
  return workspace.secondFactorRequired && !viewer.secondFactor && (viewer.role === 'OWNER' || viewer.role === 'ADMIN')
}

function isRefused(error: CombinedError): boolean {
  return error.graphQLErrors.some(({ extensions }) => extensions['code'] === 'UNAUTHENTICATED')
}
