/** `████████░░░░ 3/7`, in whole cells: full only when everything is done. */
export function progressBar(
  { settled, taskCount }: { readonly settled: number; readonly taskCount: number },
  cells = 12,
): string {
  const share = taskCount === 0 ? 0 : Math.min(1, settled / taskCount);
  const full = Math.floor(share * cells);

  return `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${settled}/${taskCount}`;
}
