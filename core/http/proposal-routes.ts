import { type Request, type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { decideProposal, markProposalSeen, proposalAnswer } from '../sales/decide-proposal.ts'
import { type ProposalDocument, proposalDocument } from '../sales/proposal-document.ts'
import { proposalFile } from '../sales/proposal-file.ts'
import { openProposalLink, type ProposalLinkKind, proposalPath } from '../sales/proposal-link.ts'
import { statement } from '../sql.ts'
import { textOf } from './landing/form.ts'
import { chooseLocale } from './landing/texts.ts'
import { noProposalPage, proposalPage, type ProposalPageView } from './proposals/proposal-page.ts'
import { route } from './route.ts'
import { sendPage } from './send-page.ts'

const readBody = urlencoded({ extended: false, limit: '64kb', inflate: false })
/** How long the file can be fetched from a page that was opened. */
const DOWNLOAD_MS = 3_600_000

/**
 * `/proposals/:token`, the signed address of a proposal: GET shows it, whoever fetches it ahead; POST answers it, once.
 * `/proposals/:token/proposal.pdf` is the file, under an address of its own that ends sooner.
 */
export function proposalRouter(core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log' | 'vault'>): Router {
  const router = Router()

  const on =
    (
      kind: ProposalLinkKind,
      handle: (
        found: { readonly id: string; readonly workspaceId: WorkspaceId },
        request: Request,
        response: Response,
      ) => Promise<void>,
    ): RequestHandler =>
    async (request, response) => {
      const opened = openProposalLink(core, String(request.params['token']), kind, core.clock.now())
      const workspaceId = typeof opened === 'object' ? await workspaceOfProposal(core, opened.id) : undefined
      if (typeof opened === 'object' && workspaceId) return handle({ ...opened, workspaceId }, request, response)
      const locale = chooseLocale(request.query['lang'], request.headers['accept-language'])
      const why = opened === 'expired' ? 'expired' : 'unknown'
      sendPage(response.status(why === 'expired' ? 410 : 404), { locale, secret: true }, nonce =>
        noProposalPage(locale, nonce, why),
      )
    }

  const show = on('page', async ({ id, workspaceId }, request, response) => {
    if (request.method === 'GET') await markProposalSeen(core, workspaceId, id)
    sendProposal(response, await proposalDocument(core, workspaceId, id))
  })

  const answer = on('page', async ({ id, workspaceId }, request, response) => {
    const body = (request.body ?? {}) as Record<string, unknown>
    const typed = { name: textOf(body, 'name', 200), note: textOf(body, 'note', 2000) }
    const again = async (status: number, problem: ProposalPageView['problem']) =>
      sendProposal(response.status(status), await proposalDocument(core, workspaceId, id), { typed, problem })
    if (textOf(body, 'website', 10) !== '') return again(200, undefined) // a program filled in what nobody sees
    const given = { ...typed, decision: body['decision'], revision: body['revision'] }
    const parsed = proposalAnswer.safeParse(given)
    if (!parsed.success) {
      if (parsed.error.issues.some(({ path }) => path[0] === 'name')) return again(422, 'name')
      throw new TraeError('BAD_USER_INPUT', 'The answer must say decision and revision, as the form does.')
    }
    try {
      await decideProposal(core, workspaceId, id, parsed.data)
    } catch (error) {
      const reason = error instanceof TraeError && error.code === 'CONFLICT' ? error.details?.['reason'] : undefined
      if (reason === 'answered' || reason === 'late' || reason === 'changed') return again(409, reason)
      core.log.error({ err: error }, 'an answer to a proposal could not be stored')
      return again(503, 'unavailable')
    }
    response.redirect(303, request.originalUrl)
  })

  const file = on('pdf', async ({ id, workspaceId }, _request, response) => {
    const content = await proposalFile(core, workspaceId, id)
    response.setHeader('cache-control', 'private, no-store')
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('x-robots-tag', 'noindex')
    response.setHeader('content-disposition', 'inline; filename="proposal.pdf"')
    response.type('application/pdf').send(Buffer.from(content))
  })

  const sendProposal = (
    response: Response,
    document: ProposalDocument,
    view: Pick<ProposalPageView, 'typed' | 'problem'> = {},
  ) => {
    const until = new Date(core.clock.now().getTime() + DOWNLOAD_MS)
    const pdf = proposalPath(core, document.proposal.id, 'pdf', until)
    sendPage(response, { locale: document.locale, secret: true }, nonce =>
      proposalPage(document, { nonce, pdf, ...view }),
    )
  }

  route(router, '/proposals/:token', { GET: [show], POST: [readBody, answer] })
  route(router, '/proposals/:token/proposal.pdf', { GET: [file] })
  return router
}

async function workspaceOfProposal(core: Pick<Core, 'sql'>, id: string): Promise<WorkspaceId | undefined> {
  return (await core.sql.query<{ workspace_id: WorkspaceId }>(WORKSPACE_OF, [id]))[0]?.workspace_id
}
const WORKSPACE_OF = statement('workspace-of-proposal', 'select workspace_id from proposals where id = $1')
