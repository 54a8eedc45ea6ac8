/** Where an arrow key, Home or End leads in a row of `of` things; undefined for every other key. It goes round. */
export function nextIndex(
  key: string,
  { at, of }: { readonly at: number; readonly of: number },
): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return (at + 1) % of;
    case 'ArrowLeft':
    case 'ArrowUp':
      return (at - 1 + of) % of;
    case 'Home':
      return 0;
    case 'End':
      return of - 1;
    default:
      return undefined;
  }
}
