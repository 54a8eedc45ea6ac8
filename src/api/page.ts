import { z } from 'zod';

/** The most items that one page holds. */
export const pageMax = 1_000;

/** Which part of a list is asked for. */
export const pageQuery = (usual: number) =>
  z.object({
    limit: z.coerce.number<string | number>().int().min(1).max(pageMax).default(usual),
    /** `next` of the page before. */
    after: z.string().max(2_000).optional(),
  });

/** A page of a list, of how many items, and what to give as `after` for those behind it; absent at the end. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.int(), next: z.string().optional() });

/** A list that is usually short is asked for whole. */
export const PageQuery = pageQuery(pageMax);
export type PageQuery = z.input<typeof PageQuery>;
