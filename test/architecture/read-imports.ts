import { posix } from 'node:path'
import { parseSync } from 'vite'

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string
  readonly text: string
}

export interface Import {
  /** As it is written. */
  readonly specifier: string
  /** The file from the root of the repository for a relative one, else as it is written. */
  readonly target: string
  readonly typeOnly: boolean
  readonly line: number
}

export interface ReadFile {
  readonly imports: readonly Import[]
  /** Nothing stands in it but re-exports of our own files. */
  readonly barrel: boolean
}

/** Every import of a file: static, dynamic, re-exported, `import('…')` as a type, in JSDoc too, and `require`. Throws on a syntax error. */
export function readImports({ path, text }: SourceFile): ReadFile {
  const { program, module, errors } = parseSync(path, text)
  if (errors[0]) throw new Error(`${path} cannot be parsed: ${errors[0].message}`)
  const found: { specifier: string; typeOnly: boolean; at: number }[] = []
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const typeOnly =
      /^import\s+type\b/.test(text.slice(start)) || (entries.length > 0 && entries.every(entry => entry.isType))
    found.push({ specifier: moduleRequest.value, typeOnly, at: start })
  }
  for (const { entries, start } of module.staticExports) {
    const requests = new Map(
      entries.flatMap(({ moduleRequest, isType }) => (moduleRequest ? [[moduleRequest.value, isType] as const] : [])),
    )
    for (const [specifier, typeOnly] of requests) found.push({ specifier, typeOnly, at: start })
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const [, specifier] = /^['"`]([^'"`$]+)['"`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end)) ?? []
    if (specifier !== undefined) found.push({ specifier, typeOnly: false, at: start })
  }
  const dynamic = new Set(module.dynamicImports.map(({ start }) => start))
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) {
    if (!dynamic.has(match.index)) found.push({ specifier: match[1]!, typeOnly: true, at: match.index }) // a type, here or in a comment
  }
  for (const { specifier, at } of requires(program, text)) found.push({ specifier, typeOnly: false, at })

  const statements = program.body as readonly {
    readonly type: string
    readonly source?: { readonly value: unknown } | null
  }[]
  const barrel =
    statements.length > 0 &&
    statements.every(
      ({ type, source }) => /^Export(All|Named)Declaration$/.test(type) && String(source?.value).startsWith('.'),
    )
  return {
    barrel,
    imports: found.map(({ specifier, typeOnly, at }) => ({
      specifier,
      typeOnly,
      target: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
      line: text.slice(0, at).split('\n').length,
    })),
  }
}

/** `require('x')`, `createRequire(…)('x')`, `createRequire(…).resolve('x')`. */
function requires(node: unknown, text: string): { specifier: string; at: number }[] {
  if (typeof node !== 'object' || node === null) return []
  const below = Object.values(node).flatMap(child => requires(child, text))
  const { type, callee, arguments: given, start } = node as Call
  if (type !== 'CallExpression' || typeof given?.[0]?.value !== 'string' || !callee) return below
  const isRequire = /^(\w+\.)?(require|createRequire)\b/.test(text.slice(callee.start, callee.end))
  return isRequire ? [...below, { specifier: given[0].value, at: start }] : below
}

interface Call {
  readonly type?: string
  readonly start: number
  readonly callee?: { readonly start: number; readonly end: number }
  readonly arguments?: readonly { readonly value?: unknown }[]
}
