import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { TraeError } from '../errors.ts'

/** Some 8,000 tokens, which every question to the model costs. */
export const MOST_INSTRUCTIONS = 32_000

/** Instructions of a skill to the model, as the manifest carries them. Names and lengths are those of the Agent Skills format. */
export const skill = z.strictObject({
  name: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower case letters, digits and single hyphens'),
  description: z.string().trim().min(1).max(1024),
  instructions: z.string().trim().min(1).max(MOST_INSTRUCTIONS),
})
export type Skill = z.infer<typeof skill>

/** The head of a `SKILL.md`; what is only for other readers of the format is let through. */
const head = z.strictObject({
  name: skill.shape.name,
  description: skill.shape.description,
  license: z.string().optional(),
  compatibility: z.string().min(1).max(500).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  'allowed-tools': z.string().optional(),
})

/** `SKILL.md` of a plugin's source; undefined where there is none. Throws `MANIFEST` naming file and key. */
export async function readSkill(source: string): Promise<Skill | undefined> {
  const path = join(source, 'SKILL.md')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const wrong = (why: string) => new TraeError('MANIFEST', `${path}: ${why}`)
  const parts = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(text)
  if (!parts) throw wrong('must begin with a head of YAML between two lines of ---, with name and description')
  let written: unknown
  try {
    written = parse(parts[1]!)
  } catch (cause) {
    throw wrong(`its head is no YAML: ${(cause as Error).message.split('\n')[0]}`)
  }
  const read = head.safeParse(written)
  if (!read.success) {
    const [{ path: key, message }] = read.error.issues as [z.core.$ZodIssue]
    throw wrong(`${key.join('.') || 'its head'}: ${message}`)
  }
  const { name, description } = read.data
  const instructions = (parts[2] ?? '').trim()
  if (instructions === '') throw wrong('has a head and no instructions under it')
  if (instructions.length > MOST_INSTRUCTIONS)
    throw wrong(
      `has ${instructions.length} characters of instructions; at most ${MOST_INSTRUCTIONS} are given to the model`,
    )
  return { name, description, instructions }
}
