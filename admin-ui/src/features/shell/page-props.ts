/** What a page gets: the parts of the path that its pattern names. */
export interface PageProps {
  readonly id: string
}
