import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isScalar, parseDocument, visit } from 'yaml'
import { z } from 'zod'
import { TraeError } from '../errors.ts'

/** The language in which the playbooks of a folder are written; other languages are `texts/<locale>.yaml` beside them. */
const WRITTEN_IN = 'pt-BR'

/** Texts of a folder of playbooks in another language, by what stands in the files. */
const folderTexts = z.strictObject({
  playbooks: z.record(z.string(), z.string()),
  /** Of the decision policies in `policies/`. */
  policies: z.record(z.string(), z.string()).default({}),
  /** What the tests expect of them. */
  tests: z.record(z.string(), z.string()).default({}),
})
export type FolderTexts = z.output<typeof folderTexts>

/** The texts of a folder in a language; undefined where it has none, or is written in it. Throws `CONFIG` for a file that is no such list. */
export async function readTexts(folder: string, locale: string): Promise<FolderTexts | undefined> {
  return locale === WRITTEN_IN ? undefined : readTextsOf(folder, locale)
}

/** The same of a folder that may be written in any language. */
export async function readTextsOf(folder: string, locale: string): Promise<FolderTexts | undefined> {
  const path = join(folder, 'texts', `${locale}.yaml`)
  const source = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw cause
  })
  if (source === undefined) return undefined
  const document = parseDocument(source)
  const read = folderTexts.safeParse(document.errors.length > 0 ? undefined : document.toJS())
  if (!read.success)
    throw new TraeError(
      'CONFIG',
      `${path} must hold \`playbooks\`, a list of texts with their translation: ${document.errors[0]?.message ?? read.error.issues[0]?.message}`,
    )
  return read.data
}

/**
 * A playbook, or its tests, with other texts. Only whole values that stand in the list change, each where it stands, so that comments, lines and
 * everything that is no text stay as they were written. A file that cannot be read comes back as it is: whoever compiles it says why.
 */
export function inLanguage(source: string, texts: Readonly<Record<string, string>>): string {
  if (Object.keys(texts).length === 0) return source
  const document = parseDocument(source)
  if (document.errors.length > 0) return source
  const changes: { from: number; to: number; text: string }[] = []
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || typeof node.value !== 'string' || !node.range) return
      const text = Object.hasOwn(texts, node.value) ? texts[node.value] : undefined
      if (text === undefined) return
      const [from, to] = node.range
      // A block of lines ends with the end of its last line
      changes.push({ from, to, text: JSON.stringify(text) + (source[to - 1] === '\n' ? '\n' : '') })
    },
  })
  return changes.reduceRight((written, { from, to, text }) => written.slice(0, from) + text + written.slice(to), source)
}
