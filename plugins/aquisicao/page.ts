/** What stands on a landing page. Everything is text: nothing of it is read as HTML. */
export interface PageText {
  readonly locale: string
  readonly headline: string
  readonly lead?: string | null | undefined
  readonly points: readonly string[]
  readonly proof: readonly string[]
  readonly fields: readonly {
    readonly name: string
    readonly label: string
    readonly type: string
    readonly required: boolean
  }[]
  readonly consent: string
  readonly button: string
  readonly postTo: string
  readonly noticeUrl?: string | null | undefined
}

/** A page with a form, whole: no script, no font, nothing from elsewhere. Pure. */
export function pageOf({
  locale,
  headline,
  lead,
  points,
  proof,
  fields,
  consent,
  button,
  postTo,
  noticeUrl,
}: PageText): string {
  const list = (items: readonly string[]) =>
    items.length === 0 ? '' : `<ul>${items.map(item => `<li>${escape(item)}</li>`).join('')}</ul>`
  const input = ({ name, label, type, required }: PageText['fields'][number]) => {
    const attributes = `name="${escape(name)}"${required ? ' required' : ''}${AUTOCOMPLETE[name] ? ` autocomplete="${AUTOCOMPLETE[name]}"` : ''}`
    const field =
      type === 'textarea'
        ? `<textarea ${attributes} rows="4"></textarea>`
        : `<input type="${escape(type)}" ${attributes}>`
    return `<label>${escape(label)}${required ? ' *' : ''}${field}</label>`
  }
  const notice = noticeUrl ? ` <a href="${escape(noticeUrl)}">↗</a>` : ''
  return `<!doctype html>
<html lang="${escape(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escape(headline)}</title>
<style>body{font:18px/1.5 system-ui,sans-serif;margin:0;color:#1b1f24;background:#fff}main{max-width:40rem;margin:0 auto;padding:2rem 1rem}h1{line-height:1.15}label{display:block;margin:0 0 1rem}input:not([type=checkbox]),textarea{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.6rem;border:1px solid #6b7280;border-radius:.4rem}button{font:inherit;font-weight:600;padding:.7rem 1.4rem;border:0;border-radius:.4rem;background:#12408a;color:#fff}</style>
</head>
<body><main>
<h1>${escape(headline)}</h1>
${lead ? `<p>${escape(lead)}</p>` : ''}
${list(points)}
${list(proof)}
<form method="post" action="${escape(postTo)}">
${fields.map(input).join('\n')}
<label><input type="checkbox" name="consent" value="yes" required> ${escape(consent)}${notice}</label>
<button>${escape(button)}</button>
</form>
</main></body>
</html>
`
}

const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  name: 'name',
  email: 'email',
  phone: 'tel',
  company: 'organization',
  jobTitle: 'organization-title',
}

const escape = (text: string) =>
  text.replace(
    /[&<>"']/g,
    character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character]!,
  )
