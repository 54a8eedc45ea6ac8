type Asked = {
  readonly run: string;
  readonly task: string;
  readonly dueAt?: string | undefined;
  readonly since?: string | undefined;
};

/** What is due first comes first; what is due never comes last, the longest waiting first. */
export function byDeadline<T extends Asked>(approvals: readonly T[]): readonly T[] {
  const rank = ({ dueAt, since = '' }: Asked): string => `${dueAt ?? '~'} ${since}`;

  return approvals.toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

/** Whether its time is over, or somebody else has been asked because nobody answered. */
export function isLate(
  { dueAt, escalatedAt }: { dueAt?: string | undefined; escalatedAt?: string | undefined },
  nowMs: number,
): boolean {
  return escalatedAt !== undefined || (dueAt !== undefined && Date.parse(dueAt) < nowMs);
}

/** The page of one approval. */
export function approvalPath({ run, task }: { readonly run: string; readonly task: string }): string {
  return `/approvals/${run}/${encodeURIComponent(task)}`;
}
