import { input, textarea, trap } from '../landing/fields.ts'
import { html, type Html } from '../../html.ts'
import { page, saidPage } from '../landing/page.ts'
import { SHEET } from '../landing/style.ts'
import { type Locale, TEXTS } from '../landing/texts.ts'
import { shownAmount } from '../../sales/proposal.ts'
import type { ProposalDocument } from '../../sales/proposal-document.ts'

export interface ProposalPageView {
  readonly nonce: string
  /** Where the file is. */
  readonly pdf: string
  readonly typed?: { readonly name: string; readonly note: string } | undefined
  readonly problem?: keyof (typeof WORDS)['en']['problems'] | undefined
}

/** A proposal as the customer reads it, with a form to answer; or what was answered, or that it is too late. */
export function proposalPage(document: ProposalDocument, view: ProposalPageView): string {
  const { proposal, company, lead, locale } = document
  const words = WORDS[locale]
  const shown = (cents: number) => shownAmount(cents, proposal.currency, locale)
  return page(
    locale,
    view.nonce,
    `${words.proposal} ${proposal.number}: ${proposal.title}`,
    html`<main class="single sheet">
      <section class="panel">
        <article>
          <p class="above"><strong>${company}</strong><span>${words.proposal} ${proposal.number}</span></p>
          <h1>${proposal.title}</h1>
          <p class="facts">
            ${words.for}
            ${lead.company ? `${lead.name}, ${lead.company}` : lead.name}${
              proposal.validUntil !== null && html` · ${words.validUntil} ${dayOf(proposal.validUntil, locale)}`
            }
          </p>
          ${paragraphs(proposal.introduction)}
          <table>
            <thead>
              <tr>
                <th scope="col">${words.item}</th>
                <th scope="col">${words.quantity}</th>
                <th scope="col">${words.unitPrice}</th>
                <th scope="col">${words.total}</th>
              </tr>
            </thead>
            <tbody>
              ${proposal.items.map(
                ({ description, quantity, unitAmount }) =>
                  html`<tr>
                    <td>${description}</td>
                    <td data-label="${words.quantity}">${new Intl.NumberFormat(locale).format(quantity)}</td>
                    <td data-label="${words.unitPrice}">${shown(unitAmount)}</td>
                    <td data-label="${words.total}">${shown(quantity * unitAmount)}</td>
                  </tr>`,
              )}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colspan="3">${words.total}</th>
                <td>${shown(proposal.total)}</td>
              </tr>
            </tfoot>
          </table>
          ${
            proposal.terms !== null &&
            html`<h2 class="title">${words.terms}</h2>
              ${paragraphs(proposal.terms)}`
          }
          <p><a class="button quiet" href="${view.pdf}">${words.download}</a></p>
          ${view.problem && html`<p class="alert" role="alert">${words.problems[view.problem]}</p>`}
          ${answer(document, view)}
        </article>
      </section>
    </main>`,
    STYLE,
  )
}

export function noProposalPage(locale: Locale, nonce: string, why: 'expired' | 'unknown'): string {
  return saidPage(locale, nonce, WORDS[locale][why])
}

function answer({ proposal, locale, timeZone }: ProposalDocument, { typed, problem }: ProposalPageView): Html {
  const words = WORDS[locale]
  if (proposal.status === 'EXPIRED')
    return html`<p class="alert">${words.late(dayOf(proposal.validUntil!, locale))}</p>`
  if (proposal.status === 'ACCEPTED' || proposal.status === 'DECLINED') {
    const at = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(
      new Date(proposal.decidedAt!),
    )
    return html`<p class="answer" role="status">${words.answered[proposal.status](proposal.decidedBy, at)}</p>`
  }
  const texts = TEXTS[locale]
  const view = (name: 'name' | 'note', error?: string) => ({
    name,
    label: words[name],
    optional: name === 'note' ? texts.optional : undefined,
    value: typed?.[name] ?? '',
    error,
    focus: error !== undefined,
  })
  return html`<form method="post">
    <h2 class="title">${words.yourAnswer}</h2>
    ${input(view('name', problem === 'name' ? words.problems.name : undefined), { autocomplete: 'name' })}
    ${textarea(view('note'))} ${trap(texts.trap)}
    <input type="hidden" name="revision" value="${proposal.revision}" />
    <button name="decision" value="ACCEPTED">${words.accept}</button>
    <button class="quiet" name="decision" value="DECLINED">${words.decline}</button>
    <p class="note">${words.once}</p>
  </form>`
}

const dayOf = (day: string, locale: Locale) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${day}T12:00:00Z`))

const paragraphs = (text: string | null) =>
  (text ?? '')
    .split(/\n\s*\n/)
    .filter(part => part.trim() !== '')
    .map(
      part => html`<p class="said">${part.split('\n').map((line, at) => html`${at > 0 && html`<br />`}${line}`)}</p>`,
    )

const STYLE = `${SHEET}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:10px 8px;text-align:right;vertical-align:top;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}thead th{font-size:.85rem;color:var(--soft);font-weight:550}tfoot th,tfoot td{font-weight:650;font-size:1.1rem;border:0}
.sheet form{border-top:1px solid var(--line);padding-top:22px}.sheet form button{grid-column:auto}
@media (max-width:620px){thead{position:absolute;left:-9999px}tbody tr{display:grid;grid-template-columns:auto auto auto;justify-content:space-between;gap:2px 12px;border-bottom:1px solid var(--line);padding:8px 0}tbody td{border:0;padding:4px 0;text-align:left}tbody td:first-child{grid-column:1/-1;font-weight:550}
tbody td+td::before{content:attr(data-label);display:block;font-size:.8rem;color:var(--soft)}tfoot tr{display:flex;justify-content:space-between}tfoot th,tfoot td{padding-inline:0}.sheet form button{grid-column:1/-1}}
@media print{.sheet form,.button{display:none}}
`

const WORDS = {
  'pt-BR': {
    proposal: 'Proposta',
    for: 'Para',
    validUntil: 'válida até',
    item: 'Descrição',
    quantity: 'Quantidade',
    unitPrice: 'Preço unitário',
    total: 'Total',
    terms: 'Condições',
    download: 'Baixar em PDF',
    yourAnswer: 'Sua resposta',
    name: 'Seu nome completo',
    note: 'Comentário',
    accept: 'Aceitar a proposta',
    decline: 'Recusar',
    once: 'A resposta vale uma vez e fica registrada com seu nome, a data e a hora. Abrir esta página não responde nada.',
    late: (day: string) => `Esta proposta valia até ${day} e não pode mais ser aceita. Peça uma nova a quem a enviou.`,
    answered: {
      ACCEPTED: (who: string | null, at: string) => (who ? `Aceita por ${who} em ${at}.` : `Aceita em ${at}.`),
      DECLINED: (who: string | null, at: string) => (who ? `Recusada por ${who} em ${at}.` : `Recusada em ${at}.`),
    },
    problems: {
      name: 'Escreva seu nome, com pelo menos duas letras.',
      answered: 'Esta proposta já tinha sido respondida. Nada mudou.',
      late: 'O prazo desta proposta terminou. Nada foi registrado.',
      changed: 'A proposta mudou depois que você abriu a página. Leia de novo antes de responder.',
      unavailable: 'Não conseguimos registrar sua resposta agora. Espere um instante e envie de novo.',
    },
    expired: {
      title: 'Este link expirou',
      text: 'Peça um novo a quem enviou a proposta.',
    },
    unknown: {
      title: 'Este link não vale',
      text: 'Confira o link que você recebeu, ou peça outro a quem o enviou.',
    },
  },
  en: {
    proposal: 'Proposal',
    for: 'For',
    validUntil: 'valid until',
    item: 'Description',
    quantity: 'Quantity',
    unitPrice: 'Unit price',
    total: 'Total',
    terms: 'Terms',
    download: 'Download as PDF',
    yourAnswer: 'Your answer',
    name: 'Your full name',
    note: 'Comment',
    accept: 'Accept the proposal',
    decline: 'Decline',
    once: 'You answer once, and it is recorded with your name, the date and the time. Opening this page answers nothing.',
    late: (day: string) =>
      `This proposal was valid until ${day} and cannot be accepted any more. Ask whoever sent it for another.`,
    answered: {
      ACCEPTED: (who: string | null, at: string) => (who ? `Accepted by ${who} on ${at}.` : `Accepted on ${at}.`),
      DECLINED: (who: string | null, at: string) => (who ? `Declined by ${who} on ${at}.` : `Declined on ${at}.`),
    },
    problems: {
      name: 'Write your name, two letters at least.',
      answered: 'This proposal was answered before. Nothing has changed.',
      late: 'The time of this proposal is over. Nothing was recorded.',
      changed: 'The proposal was changed after you opened the page. Read it again before you answer.',
      unavailable: 'We could not record your answer just now. Wait a moment and send it again.',
    },
    expired: { title: 'This link has expired', text: 'Ask whoever sent the proposal for another.' },
    unknown: {
      title: 'This link is not valid',
      text: 'Check the link that you received, or ask whoever sent it for another.',
    },
  },
} as const
