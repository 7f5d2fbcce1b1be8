import type { Access } from '../core/access/access.ts'
import type { Viewer } from '../core/access/viewer.ts'
import { memberCore } from '../core/access/member-core.ts'
import type { Core } from '../core/context.ts'
import { TraeError } from '../core/errors.ts'
import type { countCost } from '../core/http/limit-requests.ts'
import type { WorkspaceId } from '../core/ids.ts'
import { createLoaders, type Loaders } from './loaders.ts'

/** What every resolver is given. */
export interface Context {
  readonly core: Core
  /** Without the second wall: for what belongs to a person, who may be in several workspaces, and for making one. */
  readonly host: Core
  readonly access: Access
  /** Undefined for nobody. */
  readonly viewer: Viewer | undefined
  readonly requestId: string
  /** Language of sentences made for people: `pt-BR` or `en`. */
  readonly locale: string
  /** Of who asks, as `addressOf` has it. */
  readonly address: string | undefined
  /** Says in the headers of the answer what is left to spend; nothing over a web socket. */
  readonly showBudget: Origin['showBudget']
  /** Names what of the operation is to be removed one day; nothing over a web socket. */
  readonly showDeprecated: Origin['showDeprecated']
  /** Aborts when the server closes. */
  readonly closing: AbortSignal
  /** Reads by id, batched and remembered for this operation; a subscription gets fresh ones with each event. */
  loaders: Loaders
  /** Of a subscription: who asks the same with the same rights has the same text here. */
  sharedBy?: string
}

/** What comes with a request from outside of GraphQL. */
export interface Origin {
  readonly viewer: Viewer | undefined
  readonly requestId: string
  readonly language: string | undefined
  readonly address?: string
  readonly showBudget?: ((taken: Awaited<ReturnType<typeof countCost>>) => void) | undefined
  readonly showDeprecated?: ((uses: readonly string[]) => void) | undefined
}

export function createContext(
  host: { readonly core: Core; readonly access: Access; readonly closing: AbortSignal },
  request: Origin,
): Context {
  const { access, closing } = host
  const { viewer, requestId, address, showBudget, showDeprecated } = request
  const core = memberCore(host.core, viewer?.workspaceId ?? NO_WORKSPACE)
  return {
    core,
    host: host.core,
    access,
    closing,
    viewer,
    requestId,
    address,
    showBudget,
    showDeprecated,
    locale: /^pt\b/i.test(request.language ?? '') ? 'pt-BR' : 'en',
    loaders: createLoaders(core, viewer?.workspaceId),
  }
}

/** Of nobody: behind the wall there is nothing. */
const NO_WORKSPACE = '00000000-0000-0000-0000-000000000000'

/** The workspace that everything is read from. Throws `UNAUTHENTICATED` for nobody: a second lock behind the scopes. */
export function workspaceOf(context: Pick<Context, 'viewer'>): WorkspaceId {
  return viewerOf(context).workspaceId
}

export function viewerOf(context: Pick<Context, 'viewer'>): Viewer {
  if (!context.viewer)
    throw new TraeError(
      'UNAUTHENTICATED',
      'Sign in at POST /auth/login and send "Authorization: Bearer <access token>".',
    )
  return context.viewer
}
