/** Values of an enum that are called in the schema as in the code, each with its description. */
export function described<const Name extends string>(
  names: readonly Name[],
  descriptions: Readonly<Record<Name, string>>,
) {
  return Object.fromEntries(names.map(name => [name, { description: descriptions[name] }])) as Record<
    Name,
    { description: string }
  >
}

/** Values of an enum that are SCREAMING_SNAKE in the schema and anything else in the code. */
export function renamed<const Value extends string>(descriptions: Readonly<Record<Value, string>>) {
  const entries = Object.entries<string>(descriptions).map(([value, description]) => [
    value.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase(),
    { value: value as Value, description },
  ])
  return Object.fromEntries(entries) as Record<string, { value: Value; description: string }>
}
