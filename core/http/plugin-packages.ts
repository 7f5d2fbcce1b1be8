import { raw, Router } from 'express'
import { z } from 'zod'
import type { Access } from '../access/access.ts'
import { memberCore } from '../access/member-core.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { MAX_TARBALL_BYTES } from '../plugins/packages/package-limits.ts'
import { previewPackage } from '../plugins/packages/preview-package.ts'
import { checked } from './json-body.ts'
import { demandViewer } from './request-viewer.ts'
import { route } from './route.ts'
import { snakeCase } from './snake-case.ts'

const readTarball = raw({ limit: MAX_TARBALL_BYTES, inflate: false, type: () => true })

/**
 * `POST /plugins/packages?name=<file name>` takes the tarball of a plugin, checks it and keeps it for an hour. It answers
 * the digest, with which `pluginPreview` shows what it is and `pluginInstall` agrees to it. Nothing of it runs before that.
 */
export function pluginRoutes(core: Core, access: Access): Router {
  const router = Router()
  route(router, '/plugins/packages', {
    POST: [
      async (request, _response, next) => {
        request.res!.locals['viewer'] = await demandViewer(core, access, request, 'installations:write')
        next()
      },
      (request, response, next) =>
        readTarball(request, response, (error?: unknown) =>
          next(
            (error as { type?: string } | undefined)?.type === 'entity.too.large'
              ? new TraeError(
                  'PAYLOAD_TOO_LARGE',
                  `The tarball is larger than ${MAX_TARBALL_BYTES / 1024 / 1024} MiB, the most that is accepted.`,
                )
              : error,
          ),
        ),
      async (request, response) => {
        const { workspaceId } = response.locals['viewer']
        const { name } = checked(z.object({ name: z.string().max(255).default('the tarball') }), request.query)
        const body: unknown = request.body
        if (!Buffer.isBuffer(body) || body.length === 0)
          throw new TraeError('BAD_USER_INPUT', 'Send the tarball (.tgz) of a plugin as the body.')
        const tarball = { kind: 'tarball', name, bytes: body } as const
        const { digest, manifest } = await previewPackage(memberCore(core, workspaceId), workspaceId, tarball)
        response.status(201).json(snakeCase({ digest, pluginId: manifest.id, version: manifest.version }))
      },
    ],
  })
  return router
}
