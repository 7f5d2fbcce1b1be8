import { checkbox, type FieldView, input, select, textarea, trap } from './fields.ts'
import { html, Html } from '../../html.ts'
import type { Typed } from './form.ts'
import { STYLE } from './style.ts'
import { COMPANY_SIZES, type Field, FIELDS, type Locale, TEXTS } from './texts.ts'

const OPTIONAL: ReadonlySet<Field> = new Set(['phone', 'company', 'jobTitle', 'companySize', 'message'])

export interface LandingOptions {
  /** Of the style, in the content security policy of the same answer. */
  readonly nonce: string
  /** Where the form is posted to, with its language. */
  readonly action: string
  /** The same page in the other language. */
  readonly otherLanguage: string
  readonly typed: Typed
  readonly errors?: Readonly<Partial<Record<Field, string>>>
  /** The form was right, but could not be stored. */
  readonly unavailable?: boolean
}

/** The landing page with its form: works without JavaScript, keeps what was typed, says beside each field what is wrong with it. */
export function landingPage(locale: Locale, options: LandingOptions): string {
  const texts = TEXTS[locale]
  const { typed, errors = {} } = options
  const wrong = FIELDS.filter(field => errors[field] !== undefined)
  const field = (name: Field): FieldView => ({
    name,
    label: texts.labels[name],
    hint: texts.hints[name],
    optional: OPTIONAL.has(name) ? texts.optional : undefined,
    value: typed.values[name],
    error: errors[name],
    focus: wrong[0] === name,
  })
  return page(
    locale,
    options.nonce,
    wrong.length > 0 ? texts.problems(wrong.length) : texts.title,
    html`<main>
      <section class="story">
        <div>
          <h1>${texts.lead}</h1>
          <p>${texts.text}</p>
          <h2>${texts.nextTitle}</h2>
          <ol>
            ${texts.next.map(step => html`<li>${step}</li>`)}
          </ol>
        </div>
        <footer class="foot">
          <span>${texts.demo}</span>
          <a href="/admin/">${texts.admin}</a>
        </footer>
      </section>
      <section class="panel">
        <a
          class="lang"
          href="${options.otherLanguage}"
          hreflang="${locale === 'en' ? 'pt-BR' : 'en'}"
          lang="${locale === 'en' ? 'pt-BR' : 'en'}"
          >${texts.otherLanguage}</a
        >
        <form method="post" action="${options.action}" novalidate>
          <h2 class="title">${texts.title}</h2>
          ${wrong.length > 0 && html`<p class="alert" role="alert">${texts.problems(wrong.length)}</p>`}
          ${options.unavailable && html`<p class="alert" role="alert">${texts.unavailable}</p>`}
          ${input(field('name'), { autocomplete: 'name' })}
          ${input(field('email'), { autocomplete: 'email', type: 'email' })}
          ${input(field('phone'), { autocomplete: 'tel', type: 'tel' })}
          ${input(field('company'), { autocomplete: 'organization', half: true })}
          ${input(field('jobTitle'), { autocomplete: 'organization-title', half: true })}
          ${select(field('companySize'), texts.choose, COMPANY_SIZES, size => size.replace('-', '–'))}
          ${textarea(field('message'))} ${checkbox(field('consent'))} ${trap(texts.trap)}
          <input type="hidden" name="token" value="${typed.token}" />
          ${Object.entries(typed.utm).map(([name, value]) => html`<input type="hidden" name="utm_${name}" value="${value}" />`)}
          <button type="submit">${texts.submit}</button>
          <p class="note">${texts.privacy}</p>
        </form>
      </section>
    </main>`,
  )
}

/** Where a visitor is sent after the form was stored. */
export function thanksPage(locale: Locale, options: { readonly nonce: string; readonly again: string }): string {
  const texts = TEXTS[locale]
  return page(
    locale,
    options.nonce,
    texts.thanksTitle,
    html`<main class="single">
      <section class="panel">
        <div class="done">
          <span class="tick"
            ><svg
              width="28"
              height="28"
              viewBox="0 0 24 24"
              fill="none"
              stroke="currentColor"
              stroke-width="2.2"
              stroke-linecap="round"
              stroke-linejoin="round"
              aria-hidden="true"
            >
              <path d="m5.5 12.5 4 4 9-9" /></svg
          ></span>
          <h1>${texts.thanksTitle}</h1>
          <p>${texts.thanksText}</p>
          <p>${texts.demoNote}</p>
          <p class="actions">
            <a class="button" href="/admin/">${texts.admin}</a><a href="${options.again}">${texts.again}</a>
          </p>
        </div>
      </section>
    </main>`,
  )
}

export function missingPage(locale: Locale, { nonce }: { readonly nonce: string }): string {
  const { missingTitle, missingText } = TEXTS[locale]
  return saidPage(locale, nonce, { title: missingTitle, text: missingText })
}

/** A public page that only says something. */
export function saidPage(
  locale: Locale,
  nonce: string,
  { title, text }: { readonly title: string; readonly text: string },
): string {
  return page(
    locale,
    nonce,
    title,
    html`<main class="single">
      <section class="panel">
        <div class="done">
          <h1>${title}</h1>
          <p>${text}</p>
        </div>
      </section>
    </main>`,
  )
}

/** The frame of every public page; `style` is added to the common one. */
export function page(locale: Locale, nonce: string, title: string, body: Html, style = ''): string {
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" type="image/svg+xml" href="/admin/favicon.svg" />
        <style nonce="${nonce}">
          ${new Html(STYLE + style)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`.text
}
