/** The event that is seen after a move by so many; undefined: as it is now, which is behind the last event. */
export function laterEvent(
  at: number | undefined,
  { by, last }: { readonly by: number; readonly last: number },
): number | undefined {
  const next = Math.max(1, (at ?? last) + by);

  return next >= last ? undefined : next;
}
