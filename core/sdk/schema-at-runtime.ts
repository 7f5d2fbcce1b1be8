/**
 * Stands for zod inside the sandbox. Definitions still run there (`input: z.object({ … })`), but nobody reads what they
 * make: the host has checked the data before it crosses. So everything answers with the same hollow thing, except
 * reading data through a schema, which would pass unchecked data on in silence and therefore throws.
 */
const READERS: ReadonlySet<string | symbol> = new Set([
  'parse',
  'parseAsync',
  'safeParse',
  'safeParseAsync',
  'decode',
  'encode',
])

// `then` must not exist: an awaited schema would never settle. Symbols are how the language itself looks at a value.
const hollow: unknown = new Proxy(() => undefined, {
  get: (_target, name) =>
    typeof name === 'symbol' || name === 'then' ? undefined : READERS.has(name) ? refuse(name) : hollow,
  apply: () => hollow,
})

const refuse = (name: string | symbol) => () => {
  throw new Error(
    `z.${String(name)}() does not exist inside the sandbox: the host has checked input and output already. ` +
      `To read other data with zod, add zod to the plugin's own dependencies and import it from 'zod'.`,
  )
}

export const z = hollow
