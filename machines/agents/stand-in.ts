import { type ApproverQuery, type authorityOf, mayBeAsked, refusedAsExcluded } from './authority.ts';

/** An approval, as far as it says who may answer it, and who has. */
export type Answerable = {
  readonly task: string;
  readonly asked: ApproverQuery;
  /** Who agreed already, and in whose place. */
  readonly given: ReadonlySet<string>;
};

/** `absent`: who is away now and named `by` to answer meanwhile. */
type Asking = {
  readonly by: string;
  readonly absent: readonly string[];
  readonly authority?: ReturnType<typeof authorityOf> | undefined;
};

/** Whether somebody may answer for themselves. */
export function mayAnswerThemselves(
  { by, authority }: Omit<Asking, 'absent'>,
  approval: Answerable,
): boolean {
  const { task, asked, given } = approval;
  if (given.has(by) || !mayBeAsked(asked, by)) return false;

  return authority?.refusal(by, { kind: 'approve', task, asked }) === undefined;
}

/**
 * In whose place somebody answers who may not for themselves: undefined for nobody. Whoever is away gives away what
 * they could do, and no more: neither what others gave them in the same way, nor what four eyes keep from either.
 */
export function standsInFor(asking: Asking, approval: Answerable): string | undefined {
  const { by, absent, authority } = asking;
  const { task, asked, given } = approval;
  if (absent.length === 0 || given.has(by) || mayAnswerThemselves(asking, approval)) return undefined;
  if (refusedAsExcluded(asked, by, task) !== undefined) return undefined;
  if (authority?.refusal(by, { kind: 'approve', task, asked })?.code === 'authority.unknown')
    return undefined;

  return absent.find((name) => name !== by && mayAnswerThemselves({ by: name, authority }, approval));
}
