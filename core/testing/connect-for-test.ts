import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { beginCredentialSignIn, connectCredential, endCredentialSignIn } from '../plugins/connect-credential.ts'
import type { Installation } from '../plugins/registry.ts'

type ConnectCore = Parameters<typeof connectCredential>[0]

/** Connects accounts as a person would: fills them in and, where the vendor wants that, signs in. Throws `BAD_USER_INPUT`. */
export async function connectForTest(
  core: ConnectCore,
  viewer: { readonly workspaceId: WorkspaceId; readonly userId: UserId },
  installation: Installation,
  credentials: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  for (const [template, fields] of Object.entries(credentials)) {
    const credential = await connectCredential(core, viewer, { installationId: installation.id, template, fields })
    if (credential.status !== 'PENDING') continue
    const origin = 'https://host.example.com'
    const address = await beginCredentialSignIn(core, viewer, { credentialId: credential.id, origin })
    const state = new URL(address).searchParams.get('state')
    if (state === null) throw new TraeError('INTERNAL', `The sign-in of ${template} has no state.`)
    await endCredentialSignIn(core, viewer, { state, code: 'test-code', error: undefined })
  }
}
