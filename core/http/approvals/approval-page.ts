import { Html, html, linked } from '../../html.ts'
import { STYLE } from '../landing/style.ts'
import type { Locale } from '../landing/texts.ts'
import type { InputDeclaration } from '../../playbooks/inputs.ts'
import type { Approval, Vote } from '../../runs/approvals/approval.ts'
import { howItEnded } from '../../runs/approvals/decide-approval.ts'

export interface ApprovalView {
  readonly nonce: string
  readonly problem?: string | undefined
  readonly typed?: Readonly<Record<string, unknown>> | undefined
}

/** The page behind a person's link: what is asked and a form, or how it ended. */
export function approvalPage(locale: Locale, approval: Approval, vote: Vote, view: ApprovalView): string {
  const words = WORDS[locale]
  const open = approval.status === 'open' && vote.decision === null
  return page(
    locale,
    approval.title,
    view.nonce,
    html`<p>${words.asked(vote.name ?? vote.email)}</p>
      <h1>${approval.title}</h1>
      ${(approval.message ?? '').split(/\n+/).map(line => line !== '' && html`<p>${linked(line)}</p>`)}
      ${view.problem !== undefined && html`<p class="alert" role="alert">${view.problem}</p>`}
      ${open ? form(approval, words, view) : html`<p class="alert">${ended(approval, vote, words)}</p>`}`,
  )
}

export function noApprovalPage(locale: Locale, nonce: string): string {
  const words = WORDS[locale]
  return page(
    locale,
    words.unknown,
    nonce,
    html`<h1>${words.unknown}</h1>
      <p>${words.unknownText}</p>`,
  )
}

function form(approval: Approval, words: (typeof WORDS)[Locale], { typed = {} }: ApprovalView): Html {
  return html`<form method="post">
    ${approval.form.map(field => input(field, typed[`form.${field.name}`]))}
    <div>
      <label for="comment">${words.comment}</label>
      <textarea id="comment" name="comment" rows="3" maxlength="2000">${String(typed['comment'] ?? '')}</textarea>
    </div>
    <button name="decision" value="approved">${words.approve}</button>
    <button name="decision" value="rejected" formnovalidate>${words.reject}</button>
    <p class="note">${words.once}</p>
  </form>`
}

function input(field: InputDeclaration, typed: unknown): Html {
  const { name, type, required, description } = field
  const value = String(typed ?? field.default ?? '')
  const id = `form.${name}`
  const label = html`<label for="${id}">${description ?? name} ${required && html`<small>*</small>`}</label>`
  const choices = field.enum ?? (type === 'boolean' ? ['true', 'false'] : undefined)
  if (choices)
    return html`<div>
      ${label}
      <select id="${id}" name="${id}" ${required && html`required`}>
        <option value=""></option>
        ${choices.map(choice => html`<option ${String(choice) === value && html`selected`}>${String(choice)}</option>`)}
      </select>
    </div>`
  const kind = type === 'number' || type === 'integer' ? 'number' : type === 'date' ? 'date' : 'text'
  return html`<div>
    ${label}
    <input id="${id}" name="${id}" type="${kind}" step="any" value="${value}" ${required && html`required`} />
  </div>`
}

function ended(approval: Approval, vote: Vote, words: (typeof WORDS)[Locale]): string {
  const own = vote.decision === null ? '' : `${words.own[vote.decision]} ${vote.decidedAt}. `
  return approval.status === 'open' ? own : `${own}${words.isOver} ${howItEnded(approval)}.`
}

function page(locale: Locale, title: string, nonce: string, body: Html): string {
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <style nonce="${nonce}">
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main class="single">
          <section class="panel"><div>${body}</div></section>
        </main>
      </body>
    </html>`.text
}

const WORDS = {
  'pt-BR': {
    asked: (who: string) => `${who}, pedem a sua decisão:`,
    comment: 'Comentário',
    approve: 'Aprovar',
    reject: 'Rejeitar',
    once: 'Cada pessoa decide uma vez. Abrir esta página não decide nada.',
    own: { approved: 'Você aprovou em', rejected: 'Você rejeitou em' },
    isOver: 'Este pedido está encerrado:',
    unknown: 'Este link não vale',
    unknownText: 'Confira o link que você recebeu, ou peça outro a quem o enviou.',
  },
  en: {
    asked: (who: string) => `${who}, your decision is wanted:`,
    comment: 'Comment',
    approve: 'Approve',
    reject: 'Reject',
    once: 'Everybody decides once. Opening this page decides nothing.',
    own: { approved: 'You approved at', rejected: 'You rejected at' },
    isOver: 'This is decided:',
    unknown: 'This link is not valid',
    unknownText: 'Check the link that you received, or ask whoever sent it for another.',
  },
} as const
