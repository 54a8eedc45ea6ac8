/**
 * How many of the runs that came to an end of their own completed, from 0 to 1; nothing where there are none. Those
 * that people stopped do not count: they neither succeeded nor failed.
 */
export function successRate(completed: number, failed: number): { readonly successRate?: number } {
  const judged = completed + failed;

  return judged === 0 ? {} : { successRate: completed / judged };
}
