import { postJson } from '../../api/authorized-fetch.ts'

/** All tabs share one session, so what one does to it concerns the others. */
const TABS = 'trae.session'

/**
 * Goes over to another workspace that one is in; everything that was read belongs to the one before, so every tab begins anew. False where
 * the host refused it: one is in there no more.
 */
export async function switchWorkspace(workspaceId: string): Promise<boolean> {
  const { ok } = await postJson('/auth/switch', { workspace_id: workspaceId })
  if (!ok) return false
  const others = new BroadcastChannel(TABS)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin only
  others.postMessage('switched')
  others.close()
  location.assign('/admin/')
  return true
}

/** Begins anew when another tab has gone over to another workspace. Answers how to hear no more. */
export function followSwitches(): () => void {
  const tabs = new BroadcastChannel(TABS)
  tabs.addEventListener('message', () => location.assign('/admin/'))
  return () => tabs.close()
}
