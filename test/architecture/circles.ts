import { readImports, type SourceFile } from './read-imports.ts'

/** Sets of files that import each other in a loop, types as well, each sorted. (Tarjan, Depth-first search and linear graph algorithms, 1972.) */
export function circles(files: readonly SourceFile[]): string[][] {
  const known = new Set(files.map(({ path }) => path))
  const targets = new Map(
    files.map(file => [
      file.path,
      readImports(file).imports.flatMap(({ target }) => (known.has(target) ? [target] : [])),
    ]),
  )
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const found: string[][] = []
  const visit = (path: string): void => {
    order.set(path, order.size)
    lowest.set(path, order.get(path)!)
    open.push(path)
    for (const target of targets.get(path)!) {
      if (!order.has(target)) visit(target)
      if (open.includes(target)) lowest.set(path, Math.min(lowest.get(path)!, lowest.get(target)!))
    }
    if (lowest.get(path) !== order.get(path)) return
    const circle = open.splice(open.indexOf(path))
    if (circle.length > 1) found.push(circle.sort())
  }
  for (const path of known) if (!order.has(path)) visit(path)
  return found
}
