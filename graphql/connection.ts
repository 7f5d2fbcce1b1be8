import type { Page } from '../core/page.ts'
import { builder } from './builder.ts'

/** A Pothos type that stands for a T. */
export type Ref<T> = ReturnType<ReturnType<typeof builder.objectRef<T>>['implement']>

/** A page with, where it is cheap to know, how many there are in all. */
export type Listed<T> = Page<T> & { readonly totalCount?: () => Promise<number | null> }

/** The arguments of every list. Wrong ones are refused by `pageSize` and `decodeCursor` of core/page.ts. */
export const pageArgs = builder.args(t => ({
  first: t.int({ defaultValue: 20, description: 'How many, 1 to 100.' }),
  after: t.string({ description: 'The cursor to go on after, from `pageInfo.endCursor`.' }),
}))

interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | undefined
  readonly endCursor: string | undefined
}

const PageInfoRef = builder.objectRef<PageInfo>('PageInfo').implement({
  description: 'Where a page stands in its list.',
  fields: t => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Is there more after this page?' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'Is there more before this page?' }),
    startCursor: t.exposeString('startCursor', {
      nullable: true,
      description: 'Cursor of the first edge; null on an empty page.',
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'Cursor of the last edge: give it as `after` for the next page.',
    }),
  }),
})

/** The Relay connection of a type, with its edge. */
export function connectionOf<T>(name: string, node: Ref<T>) {
  const Edge = builder.objectRef<Page<T>['items'][number]>(`${name}Edge`).implement({
    description: `One ${name} in a list.`,
    fields: t => ({
      node: t.field({ type: node, description: `The ${name}.`, resolve: edge => edge.node as never }),
      cursor: t.exposeString('cursor', { description: 'Its place in the list, stable under inserts.' }),
    }),
  })
  return builder.objectRef<Listed<T>>(`${name}Connection`).implement({
    description: `A page of a list of ${name}.`,
    fields: t => ({
      edges: t.field({ type: [Edge], description: 'What is on the page.', resolve: page => [...page.items] }),
      pageInfo: t.field({
        type: PageInfoRef,
        description: 'Where the page stands.',
        resolve: ({ items, hasNextPage, hasPreviousPage }) => ({
          hasNextPage,
          hasPreviousPage,
          startCursor: items[0]?.cursor,
          endCursor: items.at(-1)?.cursor,
        }),
      }),
      totalCount: t.int({
        nullable: true,
        description: 'How many there are in all; null where counting them would cost too much.',
        resolve: ({ totalCount }) => totalCount?.(),
      }),
    }),
  })
}
