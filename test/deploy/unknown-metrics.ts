/** Names of metrics in an expression for Prometheus that are not among these. */
export const unknownMetrics = (expression: string, names: ReadonlySet<string>): string[] =>
  Array.from(
    expression.replace(/\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)/g, ' ').matchAll(/\b[a-z]\w*_\w+\b/g),
    ([name]) => name,
  ).filter(
    name => name !== 'histogram_quantile' && !names.has(name) && !names.has(name.replace(/_(bucket|count)$/, '')),
  )
