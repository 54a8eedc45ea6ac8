import { pageMax } from '../../api/page.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import { CliFailure } from '../cli-failure.ts';
import type { Invocation } from '../invocation.ts';

/** How many items of a list are wanted, and behind which. */
export type PageFlags = { readonly limit: string; readonly after?: string; readonly all?: boolean };

type Page<Item> = {
  readonly items: readonly Item[];
  readonly total: number;
  readonly next?: string | undefined;
};

/** The value of `--limit`. Throws CliFailure. */
export function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new CliFailure('usage.limit', `--limit takes a whole number from 1 on, not "${text}"`);
  }

  return limit;
}

/** As many items as `--limit` says, or all of them, asked for page by page. Throws CliFailure. */
export async function wantedPage<Item, List extends Page<Item>>(
  { limit, after, all }: PageFlags,
  ask: (wanted: { readonly limit: number; readonly after?: string }) => Promise<List & Page<Item>>,
): Promise<List> {
  let left = all === true ? Number.POSITIVE_INFINITY : limitOf(limit);
  const pageOf = (behind: string | undefined) =>
    ask({ limit: Math.min(left, pageMax), ...(behind === undefined ? {} : { after: behind }) });
  const first = await pageOf(after);
  const items = [...first.items];
  let { next } = first;
  left -= items.length;
  while (left > 0 && next !== undefined) {
    const page = await pageOf(next);
    items.push(...page.items);
    left -= page.items.length;
    next = page.next;
  }

  return { ...first, items, next };
}

/** Says how to see what a list has besides. */
export function noteMore({ output }: Invocation, { items, total, next }: Page<unknown>): void {
  if (next !== undefined)
    output.note(`${items.length} of ${total}; --limit <count> shows more, --after ${next} the next`);
}

/** A page of what is read here. Rejects with CliFailure for a cursor of another list. */
export async function listed<List>(page: () => List | Promise<List>): Promise<List> {
  try {
    return await page();
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    throw new CliFailure(error.code, error.message);
  }
}
