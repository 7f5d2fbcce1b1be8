import type { InstallationSource, NpmProvenance } from '../../core/plugins/entities.ts'
import { sourceShown } from '../../core/plugins/packages/warnings.ts'
import { builder } from '../builder.ts'
import { described } from '../described.ts'

const PluginSourceKind = builder.enumType('PluginSourceKind', {
  description: 'Where a package came from.',
  values: described(['BUILT_IN', 'NPM', 'URL', 'TARBALL', 'FOLDER'], {
    BUILT_IN: 'It comes with TRAE OS.',
    NPM: 'From a registry, verified against the hash that it gives.',
    URL: 'A tarball that was fetched from an https address.',
    TARBALL: 'From a file that somebody handed in.',
    FOLDER: 'From a folder of the host.',
  }),
})
const KINDS = { 'built-in': 'BUILT_IN', npm: 'NPM', url: 'URL', tarball: 'TARBALL', folder: 'FOLDER' } as const

const PluginProvenanceRef = builder.objectRef<NpmProvenance>('PluginProvenance').implement({
  description: 'Where the registry says that this very tarball was built. Its signature is not verified here.',
  fields: t => ({
    repository: t.exposeString('repository', { description: 'The source repository.' }),
    ref: t.exposeString('ref', { nullable: true, description: 'The branch or tag.' }),
  }),
})

const ofNpm = (source: InstallationSource) => (source.kind === 'npm' ? source : undefined)

export const PluginSourceRef = builder.objectRef<InstallationSource>('PluginSource').implement({
  description: 'Where a package came from.',
  fields: t => ({
    kind: t.field({ type: PluginSourceKind, description: 'What kind of place.', resolve: ({ kind }) => KINDS[kind] }),
    name: t.string({
      description: 'The place: package and registry, address, file, folder.',
      resolve: source => (source.kind === 'url' ? source.url : sourceShown(source)),
    }),
    publishedBy: t.string({
      nullable: true,
      description: 'The account that published it, as the registry says.',
      resolve: source => ofNpm(source)?.publishedBy,
    }),
    publishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was published, as the registry says.',
      resolve: source => ofNpm(source)?.publishedAt,
    }),
    integrity: t.string({
      nullable: true,
      description:
        'SHA-512 of the tarball: the hash of the registry that it was verified against, or of what came from the address.',
      resolve: source => (source.kind === 'url' ? source.integrity : ofNpm(source)?.integrity),
    }),
    signedWith: t.string({
      nullable: true,
      description:
        'Of a package from a registry: the id of its key whose signature of name, version and hash was verified. Null: it is not signed.',
      resolve: source => ofNpm(source)?.signedWith,
    }),
    provenance: t.field({
      type: PluginProvenanceRef,
      nullable: true,
      description: 'Where it was built; null where the registry does not say.',
      resolve: source => ofNpm(source)?.provenance,
    }),
  }),
})
