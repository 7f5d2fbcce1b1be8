import { egress, type EgressAnswer, type EgressPolicy } from '../../credentials/egress.ts'
import { type EgressRequest, hostOf, portOf } from '../../credentials/egress-request.ts'
import { inject } from '../../credentials/inject.ts'
import { maskOf } from '../../credentials/mask.ts'
import {
  type CredentialCore,
  type CredentialUse,
  openCredential,
  type ReadyCredential,
} from '../../credentials/open-credential.ts'
import { markUsed } from '../../credentials/store.ts'
import { TraeError } from '../../errors.ts'

/** A use by code of the plugin. */
export interface PluginUse extends CredentialUse {
  /** What the audit log is told: `run:<id>`, or `trigger:<name>`. */
  readonly by: string
}

/**
 * A request with a credential: the secret is added here, outside of the sandbox, and masked in all that comes back. A
 * token that the vendor refuses with 401 is exchanged, and the request is made once more. `mayUse` says to which hosts
 * this credential may go. Throws `PERMISSION` for any other, `CREDENTIAL`, and what `egress` throws.
 */
export async function fetchAs(
  core: CredentialCore,
  use: PluginUse,
  request: EgressRequest,
  policy: EgressPolicy & { readonly mayUse: (host: string, port: number) => boolean },
): Promise<EgressAnswer> {
  const url = URL.parse(request.url)
  if (url && !policy.mayUse(hostOf(url), portOf(url)))
    throw new TraeError(
      'PERMISSION',
      `fetch: the credential ${use.name} may not be sent to ${url.host}; permissions.credentials says where it may.`,
    )
  const send = async (ready: ReadyCredential) => ({
    ready,
    answer: await egress(inject(request, use.template.inject, ready.values), policy),
  })
  const first = await send(await openCredential(core, use, policy))
  const again = first.answer.status === 401 && use.template.auth !== 'key'
  const { ready, answer } = again
    ? await send(await openCredential(core, use, policy, { refused: first.ready.credential.version }))
    : first
  await markUsed(core, ready.credential, use)
  return masked(answer, maskOf([...first.ready.secrets, ...ready.secrets]))
}

function masked(answer: EgressAnswer, mask: (text: string) => string): EgressAnswer {
  return {
    ...answer,
    url: mask(answer.url),
    statusText: mask(answer.statusText),
    headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, mask(value)])),
    body: mask(answer.body),
  }
}
