import type { LetterReader } from '../sales/unsubscribe-reader.ts'
import { html } from '../html.ts'
import { page } from './landing/page.ts'
import type { Locale } from './landing/texts.ts'

/** Asks whether somebody wants no more letters, or says that they get none. */
export function unsubscribePage(reader: LetterReader, locale: Locale, nonce: string): string {
  const words = WORDS[locale]
  const { company, address, unsubscribed } = reader
  return page(
    locale,
    nonce,
    words.title,
    html`<main class="single">
      <section class="panel">
        <h1>${unsubscribed ? words.done : words.title}</h1>
        <p>${unsubscribed ? words.doneText(company, address) : words.text(company, address)}</p>
        ${!unsubscribed && html`<form method="post"><button type="submit">${words.button}</button></form>`}
      </section>
    </main>`,
  )
}

/** For an address that leads to no letter of ours. */
export function noReaderPage(locale: Locale, nonce: string): string {
  const words = WORDS[locale]
  return page(
    locale,
    nonce,
    words.unknown,
    html`<main class="single">
      <section class="panel">
        <h1>${words.unknown}</h1>
        <p>${words.unknownText}</p>
      </section>
    </main>`,
  )
}

const WORDS = {
  en: {
    title: 'No more e-mails?',
    text: (company: string, address: string) => `${company} will not write to ${address} any more.`,
    button: 'Unsubscribe',
    done: 'You are unsubscribed',
    doneText: (company: string, address: string) => `${company} does not write to ${address} any more.`,
    unknown: 'This link leads nowhere',
    unknownText: 'Use the whole link of the e-mail, or answer it: we take you off the list.',
  },
  'pt-BR': {
    title: 'Não quer mais receber e-mails?',
    text: (company: string, address: string) => `${company} não escreverá mais para ${address}.`,
    button: 'Cancelar inscrição',
    done: 'Inscrição cancelada',
    doneText: (company: string, address: string) => `${company} não escreve mais para ${address}.`,
    unknown: 'Este link não leva a lugar nenhum',
    unknownText: 'Use o link inteiro do e-mail, ou responda a ele: nós tiramos você da lista.',
  },
}
