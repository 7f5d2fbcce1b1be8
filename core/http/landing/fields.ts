import { html, type Html } from '../../html.ts'

/** One field of a form, as it is to be drawn. Its label, its error and what was typed stay together. */
export interface FieldView {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  /** The word for a field that may stay empty; undefined for one that may not. */
  readonly optional: string | undefined
  readonly value: string
  readonly error: string | undefined
  /** The first field that is wrong takes the focus. */
  readonly focus: boolean
}

export function input(
  view: FieldView,
  { autocomplete, type = 'text', half = false }: { autocomplete: string; type?: string; half?: boolean },
): Html {
  const { name, value, hint } = view
  return html`<div class="${half ? 'half' : ''}">
    ${labelOf(view)}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      maxlength="255"
      autocomplete="${autocomplete}"
      placeholder="${hint}"
      ${view.optional === undefined && html`required`}
      ${described(view)}
    />
    ${errorOf(view)}
  </div>`
}

export function select(
  view: FieldView,
  choose: string,
  choices: readonly string[],
  show: (choice: string) => string = choice => choice,
): Html {
  const { name, value } = view
  return html`<div>
    ${labelOf(view)}
    <select id="${name}" name="${name}" ${view.optional === undefined && html`required`} ${described(view)}>
      <option value="">${choose}</option>
      ${choices.map(choice => html`<option value="${choice}" ${choice === value && html`selected`}>${show(choice)}</option>`)}
    </select>
    ${errorOf(view)}
  </div>`
}

export function textarea(view: FieldView): Html {
  const { name, value, hint } = view
  // A newline that directly follows the tag is not part of the text: without ours, one that was typed would be lost.
  return html`<div>
    ${labelOf(view)}
    <textarea
      id="${name}"
      name="${name}"
      rows="4"
      maxlength="4000"
      placeholder="${hint}"
      ${view.optional === undefined && html`required`}
      ${described(view)}
    >
${value}</textarea>
    ${errorOf(view)}
  </div>`
}

export function checkbox(view: FieldView): Html {
  const { name, label, value } = view
  return html`<div>
    <label class="check"
      ><input
        type="checkbox"
        name="${name}"
        value="yes"
        required
        ${value !== '' && html`checked`}
        ${described(view)}
      /><span>${label}</span></label
    >
    ${errorOf(view)}
  </div>`
}

/** A field that people do not see: whatever fills it is a program. */
export function trap(label: string): Html {
  return html`<div class="trap" aria-hidden="true">
    <label for="website">${label}</label><input id="website" name="website" tabindex="-1" autocomplete="off" />
  </div>`
}

const labelOf = ({ name, label, optional }: FieldView) =>
  html`<label for="${name}">${label}${optional !== undefined && html` <small>${optional}</small>`}</label>`

const described = ({ name, error, focus }: FieldView) =>
  html`${error !== undefined && html`aria-invalid="true" aria-describedby="${name}-error"`} ${focus && html`autofocus`}`

const errorOf = ({ name, error }: FieldView) =>
  error !== undefined && html`<p class="error" id="${name}-error">${error}</p>`
