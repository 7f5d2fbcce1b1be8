import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'vite'

/** Something that a file exports, as an author sees it. */
export interface Declaration {
  readonly name: string
  /** The docstring, without its stars; empty where there is none. */
  readonly doc: string
  /** TypeScript without what stands inside of functions; empty for a value whose type is not written. */
  readonly signature: string
  readonly file: string
}

// oxlint-disable-next-line typescript/no-explicit-any -- nodes of ESTree, whose kinds are looked at one by one
type Node = any

/** What an entry point exports, in its order: its own declarations, and those of the files that it re-exports. */
export function exportsOf(entry: string): Declaration[] {
  const { program, text } = read(entry)
  const own = declarationsOf(entry)
  return program.body.flatMap((node: Node): Declaration[] => {
    if (node.type === 'ExportAllDeclaration') return [...declarationsOf(fileOf(entry, node.source.value)).values()]
    if (node.type !== 'ExportNamedDeclaration') return []
    if (node.declaration) return namesOf(node.declaration).map(name => own.get(name)!)
    if (!node.source)
      throw new Error(`${entry} exports names of its own in a list: ${text.slice(node.start, node.end)}`)
    if (!node.source.value.startsWith('.')) return [] // zod documents itself
    const there = declarationsOf(fileOf(entry, node.source.value))
    return node.specifiers.flatMap(({ local, exported }: Node) => {
      const found = there.get(local.name)
      if (found) return [{ ...found, name: exported.name }]
      if (local.name === 'z') return []
      throw new Error(`${entry} exports ${local.name}, which ${node.source.value} does not declare`)
    })
  })
}

function declarationsOf(file: string): Map<string, Declaration> {
  const { program, comments, text } = read(file)
  const found = new Map<string, Declaration>()
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) continue
    const doc = docBefore(node.start, comments, text)
    for (const name of namesOf(node.declaration))
      found.set(name, { name, doc, file, signature: signatureOf(node.declaration, text) })
  }
  return found
}

const namesOf = (declaration: Node): string[] =>
  declaration.type === 'VariableDeclaration'
    ? declaration.declarations.map(({ id }: Node) => id.name)
    : [declaration.id.name]

function signatureOf(declaration: Node, text: string): string {
  const source = (start: number, end: number) => text.slice(start, end).trim()
  switch (declaration.type) {
    case 'FunctionDeclaration':
      return source(declaration.start, declaration.body.start)
    case 'ClassDeclaration': {
      const members = declaration.body.body.flatMap((member: Node) => {
        if (member.key?.type === 'PrivateIdentifier' || member.accessibility === 'private') return []
        const end = member.type === 'MethodDefinition' ? member.value.body.start : member.end
        const from = text.lastIndexOf('\n', member.start) + 1
        return [`${docAbove(text, from)}  ${source(member.start, end)}`]
      })
      return `${source(declaration.start, declaration.body.start)} {\n${members.join('\n')}\n}`
    }
    case 'VariableDeclaration': {
      const [{ id, init }] = declaration.declarations
      if (init.type === 'ArrowFunctionExpression')
        return `const ${source(id.start, init.body.start).replace(/=>$/, '').trim()}`
      return id.typeAnnotation ? `const ${source(id.start, id.end)}` : ''
    }
    default:
      return source(declaration.start, declaration.end)
  }
}

/** The docstring that ends right above this line, with its line breaks; empty where there is none. */
function docAbove(text: string, line: number): string {
  const [doc = ''] = /[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/.exec(text.slice(0, line)) ?? []
  return doc
}

function docBefore(start: number, comments: readonly Node[], text: string): string {
  const doc = comments.findLast(({ end }) => end <= start && text.slice(end, start).trim() === '')
  if (doc?.type !== 'Block' || !doc.value.startsWith('*')) return ''
  return doc.value
    .slice(1)
    .split('\n')
    .map((line: string) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
}

function read(file: string) {
  const text = readFileSync(file, 'utf8')
  const { program, comments, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file} cannot be parsed: ${errors[0].message}`)
  return { program: program as Node, comments: comments as Node[], text }
}

const fileOf = (from: string, specifier: string) => join(dirname(from), specifier)
