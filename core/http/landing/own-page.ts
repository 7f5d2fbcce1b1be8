import type { LandingContent, LandingField } from '../../sales/landing-page.ts'
import { checkbox, type FieldView, input, select, textarea, trap } from './fields.ts'
import { html, type Html } from '../../html.ts'
import type { OwnTyped } from './own-form.ts'
import { page } from './page.ts'
import { type Locale, TEXTS } from './texts.ts'

export interface OwnPageView {
  /** Of the style, in the content security policy of the same answer. */
  readonly nonce: string
  readonly action: string
  readonly typed: OwnTyped
  /** Inside of a page of another site: the form alone. */
  readonly embedded?: boolean
  readonly errors?: Readonly<Record<string, string>> | undefined
  /** What stood in the way of a form that was right. */
  readonly problem?: 'unavailable' | 'tooMany' | undefined
}

/** A page that a person wrote, with its form: works without JavaScript, keeps what was typed. */
export function ownPage(content: LandingContent, view: OwnPageView): string {
  const { locale } = content
  const count = Object.keys(view.errors ?? {}).length
  const title = count > 0 ? TEXTS[locale].problems(count) : content.headline
  const form = html`<section class="panel">${formOf(content, view)}</section>`
  const body = view.embedded
    ? html`<main class="single embedded">${form}</main>`
    : html`<main>
        <section class="story">
          ${content.logo !== '' && html`<p class="logo">${content.logo}</p>`}
          <div>
            <h1>${content.headline}</h1>
            ${paragraphs(content.text)}
            ${
              content.points.length > 0 &&
              html`<ul class="points">
                ${content.points.map(point => html`<li>${point}</li>`)}
              </ul>`
            }
          </div>
        </section>
        ${form}
      </main>`
  return page(locale, view.nonce, title, body, themeOf(content))
}

/** What a visitor reads after the form was stored. `onward`: an address to go on to, of a form inside of a foreign page. */
export function ownThanks(
  content: LandingContent,
  view: { readonly nonce: string; readonly embedded?: boolean; readonly onward?: string | null },
): string {
  return page(
    content.locale,
    view.nonce,
    content.thanksTitle,
    html`<main class="single ${view.embedded && 'embedded'}">
      <section class="panel">
        <div class="done">
          ${!view.embedded && content.logo !== '' && html`<p class="logo">${content.logo}</p>`}
          <h1>${content.thanksTitle}</h1>
          ${paragraphs(content.thanksText)}
          ${view.onward && html`<a class="button" target="_top" href="${view.onward}">${WORDS[content.locale].onward}</a>`}
        </div>
      </section>
    </main>`,
    themeOf(content),
  )
}

function formOf(content: LandingContent, { action, typed, errors = {}, problem }: OwnPageView): Html {
  const texts = TEXTS[content.locale]
  const names = [...content.fields.map(({ key }) => key), 'consent']
  const first = names.find(name => errors[name] !== undefined)
  const viewOf = (name: string, label: string, required: boolean, hint = ''): FieldView => ({
    name,
    label,
    hint,
    optional: required ? undefined : texts.optional,
    value: typed.values[name] ?? '',
    error: errors[name],
    focus: name === first,
  })
  const count = Object.keys(errors).length
  return html`<form method="post" action="${action}" novalidate>
    <h2 class="title">${content.formTitle}</h2>
    ${count > 0 && html`<p class="alert" role="alert">${texts.problems(count)}</p>`}
    ${problem && html`<p class="alert" role="alert">${WORDS[content.locale][problem]}</p>`}
    ${content.fields.map(field => fieldOf(field, viewOf(field.key, field.label, field.required, field.help), texts.choose))}
    ${checkbox(viewOf('consent', content.consent, true))} ${trap(texts.trap)}
    <input type="hidden" name="token" value="${typed.token}" />
    <input type="hidden" name="referrer" value="${typed.referrer}" />
    ${Object.entries(typed.utm).map(([name, value]) => html`<input type="hidden" name="utm_${name}" value="${value}" />`)}
    <button type="submit">${content.submit}</button>
  </form>`
}

function fieldOf({ key, kind, choices }: LandingField, view: FieldView, choose: string): Html {
  switch (kind) {
    case 'LONG_TEXT':
      return textarea(view)
    case 'CHOICE':
      return select(view, choose, choices)
    case 'EMAIL':
      return input(view, { type: 'email', autocomplete: key === 'email' ? 'email' : 'off' })
    case 'PHONE':
      return input(view, { type: 'tel', autocomplete: key === 'phone' ? 'tel' : 'off' })
    case 'TEXT':
      return input(view, { autocomplete: AUTOCOMPLETE[key] ?? 'off' })
    default:
      return kind satisfies never
  }
}
const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  name: 'name',
  company: 'organization',
  jobTitle: 'organization-title',
}

const paragraphs = (text: string) =>
  text
    .split(/\n\s*\n/)
    .filter(part => part.trim() !== '')
    .map(part => html`<p>${part.split('\n').map((line, index) => html`${index > 0 && html`<br />`}${line}`)}</p>`)

/** The one colour, in both schemes: darkened below white letters of the story, whole on buttons with ink that can be read. */
function themeOf({ color }: LandingContent): string {
  const ink = luminance(color) > 0.36 ? '#0c120f' : '#fff'
  return `:root{--accent:${color};--accent-ink:${ink};--focus:${color}33;--deep:color-mix(in srgb,${color} 42%,#0a100d);--deep-soft:#d7dfda}
.panel a:not(.button){color:inherit}.logo{margin:0;font-weight:650;font-size:1.1rem;letter-spacing:-.01em}.story .logo{color:#fff}
.story p+p,.done p+p{margin-top:14px}.points{margin:28px 0 0;padding:0;list-style:none;display:grid;gap:10px}
.points li{color:#e6ece8}.points li::before{content:'✓';color:#fff;font-weight:700}
.embedded{min-height:0}.embedded .panel{padding:20px 16px}`
}

/** Relative luminance (WCAG 2.2) of a colour as #rrggbb. */
function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map(start => {
    const part = Number.parseInt(color.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

const WORDS = {
  'pt-BR': {
    unavailable: TEXTS['pt-BR'].unavailable,
    tooMany:
      'Recebemos muitos envios deste endereço. Nada do que você digitou se perdeu: espere um minuto e envie de novo.',
    onward: 'Continuar',
  },
  en: {
    unavailable: TEXTS.en.unavailable,
    tooMany: 'Many forms came from this address. Nothing you typed is lost: wait a minute and send it again.',
    onward: 'Go on',
  },
} as const satisfies Record<Locale, unknown>
