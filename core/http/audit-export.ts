import { Router } from 'express'
import type { Access } from '../access/access.ts'
import { memberCore } from '../access/member-core.ts'
import { auditFrom } from '../access/read-audit.ts'
import type { Core } from '../context.ts'
import { demandViewer } from './request-viewer.ts'
import { route } from './route.ts'

/**
 * `GET /audit/export`: the whole audit log of the workspace as JSON lines, oldest first, with the hashes of the chain, so that
 * it can be verified elsewhere. Needs `audit:read`.
 */
export function auditExport(core: Core, access: Access): Router {
  const router = Router()
  route(router, '/audit/export', {
    GET: [
      async (request, response) => {
        const { workspaceId } = await demandViewer(core, access, request, 'audit:read')
        const behindWall = memberCore(core, workspaceId)
        response.setHeader('content-type', 'application/x-ndjson')
        response.setHeader('content-disposition', 'attachment; filename="audit-log.jsonl"')
        for (let after = 0; !response.destroyed;) {
          const entries = await auditFrom(behindWall, workspaceId, after)
          if (entries.length === 0) return void response.end()
          const text = entries.map(entry => `${JSON.stringify(entry)}\n`).join('')
          if (!response.write(text))
            await new Promise(resolve => response.once('drain', resolve).once('close', resolve))
          after = entries.at(-1)!.seq
        }
      },
    ],
  })
  return router
}
