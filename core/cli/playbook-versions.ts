import { defineCommand } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { findPlaybook } from './playbook-of-host.ts'
import { inColumns } from './terminal.ts'

export interface ListedVersion {
  readonly id: string
  readonly number: number
  readonly publishedAt: string
  readonly origin: string
  readonly rolledBackTo: number | null
  readonly note: string | null
  readonly publishedBy: { readonly email: string } | null
}

export const playbookVersions = defineCommand({
  usage: 'playbook versions <slug>',
  about: 'The versions of a playbook of the running host, newest first: when, by whom, and what was said of them.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ positionals, terminal }) {
    const session = await openSession()
    const slug = positionals[0]!
    await findPlaybook(session, slug)
    const { playbook } = await ask<VersionList>(session, VERSIONS, { slug })
    const versions = playbook!.versions.edges.map(({ node }) => node)
    terminal.line(
      versions.length === 0
        ? `${slug} has no version yet: publish it.`
        : inColumns(
            versions.map(version => [
              `${version.number}${version.number === playbook!.published?.number ? ' *' : ''}`,
              `${version.publishedAt.slice(0, 16).replace('T', ' ')}  ${whence(version)}${version.note ? `  ${version.note}` : ''}`,
            ]),
          ),
    )
    terminal.data(versions)
    return 0
  },
})

function whence({ origin, rolledBackTo, publishedBy }: ListedVersion): string {
  const who = publishedBy?.email ?? (origin === 'FILE' ? 'from its file' : 'the host')
  return rolledBackTo === null ? who : `${who}, back to ${rolledBackTo}`
}

export interface VersionList {
  readonly playbook: {
    readonly published: { readonly number: number } | null
    readonly versions: { readonly edges: readonly { readonly node: ListedVersion }[] }
  } | null
}
export const VERSIONS = `query ($slug: String!) {
  playbook(slug: $slug) {
    published { number }
    versions(first: 100) { edges { node { id number publishedAt origin rolledBackTo note publishedBy { email } } } }
  }
}`
