import packageJson from '../../package.json' with { type: 'json' }

/** The version of TRAE OS, which a plugin's `engine` range is compared with. */
export const ENGINE_VERSION: string = packageJson.version
