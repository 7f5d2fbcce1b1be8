import { type AnyVariables, stringifyDocument, type TypedDocumentNode } from 'urql'

const texts = new WeakMap<object, string>()

/** The text of an operation, printed once. */
export function textOf<Data, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>): string {
  const known = texts.get(document)
  if (known !== undefined) return known
  const text = stringifyDocument(document)
  texts.set(document, text)
  return text
}
