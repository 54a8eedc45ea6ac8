/**
 * Where a task of a run is: `pay` in the run itself, `orders[2].pay` in the third pass through the body of the FORK or
 * loop `orders`, `orders:2[0].pay` in the first pass of its second attempt, and so on inwards. Ids hold none of `:[].`.
 */
export type Address = { readonly owners: readonly Owner[]; readonly id: string };
/** A pass through a body: of which task, in which of its attempts, and which one, from 0. */
export type Owner = { readonly id: string; readonly attempt: number; readonly index: number };

/** The id that the definition gives the task. */
export function localId(address: string): string {
  return address.slice(address.lastIndexOf('.') + 1);
}

export function bodyPrefix(prefix: string, { id, attempt, index }: Owner): string {
  return `${prefix}${id}${attempt > 1 ? `:${attempt}` : ''}[${index}].`;
}

const plain = /^[^:[\].]+$/;
const segment = /^([^:[\].]+)(?::(\d{1,9}))?\[(\d{1,9})\]$/;

/** Undefined for a text that is no address. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes('[')) return { owners: [], id: text };
  const parts = text.split('.');
  const id = parts.pop() ?? '';
  if (!plain.test(id)) return undefined;
  const owners: Owner[] = [];
  for (const part of parts) {
    const [, owner, attempt, index] = segment.exec(part) ?? [];
    if (owner === undefined) return undefined;
    owners.push({ id: owner, attempt: Number(attempt ?? 1), index: Number(index) });
  }

  return { owners, id };
}
