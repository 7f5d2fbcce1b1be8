import { type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { Core } from '../context.ts'
import { errorRecord, TraeError } from '../errors.ts'
import type { InputDeclaration } from '../playbooks/inputs.ts'
import { decideApproval } from '../runs/approvals/decide-approval.ts'
import { type ApprovalOfLink, approvalOfToken } from '../runs/approvals/read-approvals.ts'
import { approvalPage, noApprovalPage, type ApprovalView } from './approvals/approval-page.ts'
import { chooseLocale, type Locale } from './landing/texts.ts'
import { route } from './route.ts'
import { sendPage } from './send-page.ts'

const readBody = urlencoded({ extended: false, limit: '64kb', inflate: false })

/**
 * `/approvals/:token`, the link of one person: GET shows what is asked and changes nothing, whoever fetches it ahead; POST
 * decides. A second use says who decided and when, with 409; an unknown token is 404.
 */
export function approvalRouter(core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log'>): Router {
  const router = Router()

  const show: RequestHandler = async (request, response) => {
    const found = await approvalOfToken(core, String(request.params['token']))
    send(response, found, localeOf(request, found))
  }

  const decide: RequestHandler = async (request, response) => {
    const token = String(request.params['token'])
    const found = await approvalOfToken(core, token)
    const locale = localeOf(request, found)
    if (!found) return send(response, found, locale)
    const typed = (request.body ?? {}) as Record<string, unknown>
    const { approval, vote, workspaceId } = found
    try {
      const { decision, comment } = typed
      if (decision !== 'approved' && decision !== 'rejected')
        throw new TraeError('BAD_USER_INPUT', 'decision must be approved or rejected.')
      await decideApproval(core, workspaceId, {
        approvalId: approval.id,
        email: vote.email,
        decision,
        comment: typeof comment === 'string' ? comment : null,
        form: formOf(approval.form, typed),
      })
      send(response, await approvalOfToken(core, token), locale)
    } catch (error) {
      const { code, message } = errorRecord(error)
      const status = STATUS[code]
      if (status === undefined) throw error
      send(response.status(status), await approvalOfToken(core, token), locale, { problem: message, typed })
    }
  }

  route(router, '/approvals/:token', { GET: [show], POST: [readBody, decide] })
  return router
}

const STATUS: Readonly<Record<string, number>> = { BAD_USER_INPUT: 400, VALIDATION: 422, FORBIDDEN: 403, CONFLICT: 409 }

/** A form sends texts; what is left empty is not given. What does not fit is left as it is, and refused with its name. */
function formOf(
  fields: readonly InputDeclaration[],
  typed: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, type, enum: words }) => {
      const text = typed[`form.${name}`]
      if (typeof text !== 'string' || text === '') return []
      const word = words?.find(word => String(word) === text)
      if (word !== undefined) return [[name, word]]
      if ((type === 'number' || type === 'integer') && Number.isFinite(Number(text))) return [[name, Number(text)]]
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [[name, text === 'true']]
      return [[name, text]]
    }),
  )
}

function localeOf(
  request: { query: Record<string, unknown>; headers: { 'accept-language'?: string | undefined } },
  found: ApprovalOfLink | undefined,
): Locale {
  return chooseLocale(request.query['lang'] ?? found?.vote.locale, request.headers['accept-language'])
}

function send(
  response: Response,
  found: ApprovalOfLink | undefined,
  locale: Locale,
  view: Omit<ApprovalView, 'nonce'> = {},
): void {
  sendPage(found ? response : response.status(404), { locale, secret: true }, nonce =>
    found ? approvalPage(locale, found.approval, found.vote, { ...view, nonce }) : noApprovalPage(locale, nonce),
  )
}
