/** Playbooks that a plugin ships as templates: `playbooks/*.yaml` of its source, carried by the manifest. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readTextsOf } from '../playbooks/in-language.ts'

const MOST_TEMPLATES = 20
const MOST_CHARACTERS = 50_000

/** By the `id` of the playbook. */
export const templates = z
  .record(
    z
      .string()
      .max(60)
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be the id of a playbook'),
    z.string().min(1).max(MOST_CHARACTERS, `may have ${MOST_CHARACTERS} characters`),
  )
  .refine(all => Object.keys(all).length <= MOST_TEMPLATES, `at most ${MOST_TEMPLATES} templates`)

/** In another language: by locale, each text of the templates with its translation, as `playbooks/texts/` of the host has them. */
export const templateTexts = z.partialRecord(
  z.enum(['pt-BR', 'en']),
  z
    .record(z.string().max(5000), z.string().max(5000))
    .refine(all => Object.keys(all).length <= 500, 'at most 500 texts'),
)

/** The texts of `playbooks/texts/<locale>.yaml` of a source; undefined where it has none. Throws `CONFIG` for a file that is no list of texts. */
export async function readTemplateTexts(source: string): Promise<Record<string, Record<string, string>> | undefined> {
  const folder = join(source, 'playbooks')
  const names = await namesIn(join(folder, 'texts'))
  const locales = names.filter(name => name.endsWith('.yaml')).map(name => name.replace(/\.yaml$/, ''))
  if (locales.length === 0) return undefined
  const entries = await Promise.all(
    locales.sort().map(async locale => [locale, (await readTextsOf(folder, locale))!.playbooks] as const),
  )
  return Object.fromEntries(entries)
}

const namesIn = (folder: string) =>
  readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw error
  })

/** What the folder of a source has, by name of the file; undefined where it has none. */
export async function readTemplates(source: string): Promise<Record<string, string> | undefined> {
  const folder = join(source, 'playbooks')
  const names = await namesIn(folder)
  const files = names.filter(name => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)).sort()
  if (files.length === 0) return undefined
  const texts = await Promise.all(
    files.map(async file => [file.replace(/\.ya?ml$/, ''), await readFile(join(folder, file), 'utf8')] as const),
  )
  return Object.fromEntries(texts)
}
