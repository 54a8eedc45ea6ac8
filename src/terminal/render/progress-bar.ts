/** `████████░░░░ 3/7`, in whole cells: full only when everything is done. */
export function progressBar(
  { settled, tasks }: { readonly settled: number; readonly tasks: number },
  cells = 12,
): string {
  const share = tasks === 0 ? 0 : Math.min(1, settled / tasks);
  const full = Math.floor(share * cells);

  return `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${settled}/${tasks}`;
}
