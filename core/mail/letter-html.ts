import { type Html, html, linked } from '../html.ts'

/**
 * A letter as a page, beside its plain text and made of nothing else: paragraphs, lines and links as they stand there, in the reader's
 * own font and colours. Nothing is loaded from anywhere. To a lead with the way to be written to no more, where there is a page for it.
 */
export function letterHtml(
  { subject, body, locale }: { readonly subject: string; readonly body: string; readonly locale: string },
  unsubscribe?: string,
): string {
  const language = locale.startsWith('en') ? 'en' : 'pt-BR'
  const paragraphs = body
    .replaceAll('\r\n', '\n')
    .trim()
    .split(/\n{2,}/)
  const page = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${subject}</title>
      </head>
      <body>
        <div style="max-width: 36em; font-family: system-ui, sans-serif; font-size: 16px; line-height: 1.5">
          ${paragraphs.map(text => html`<p>${linesOf(text)}</p> `)}${
            unsubscribe && html`<p style="font-size: 14px"><a href="${unsubscribe}">${UNSUBSCRIBE[language]}</a></p> `
          }
        </div>
      </body>
    </html>`
  return page.text
}

const UNSUBSCRIBE = { en: 'Receive no more e-mails', 'pt-BR': 'Não receber mais e-mails' }

const linesOf = (text: string): Html[] =>
  text.split('\n').map((line, index) => html`${index > 0 && html`<br /> `}${linked(line)}`)
