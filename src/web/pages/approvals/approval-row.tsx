import { Link, useSearch } from 'wouter';
import type { ApprovalPage } from '../../../api/people.ts';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { useNow } from '../../time/now.ts';
import { approvalPath, isLate } from './approval-order.ts';

export type ApprovalRowProps = {
  readonly approval: ApprovalPage;
  /** It is the one that is looked at. */
  readonly isChosen: boolean;
  /** It is one of those that are answered together. */
  readonly isTicked: boolean;
  /** Why it cannot be one of them. */
  readonly whyNot: string | undefined;
  readonly onTick: () => void;
};

/** One approval in the list: what, of which run, and by when. */
export function ApprovalRow({ approval, isChosen, isTicked, whyNot, onTick }: ApprovalRowProps) {
  const now = useNow();
  // Whoever looks at their own alone goes on doing so.
  const search = useSearchText();
  const { task, name, definition, shortId, dueAt, since, quorum, given } = approval;
  const late = isLate(approval, now);

  return (
    <li className="approval-row" data-chosen={isChosen}>
      <input
        type="checkbox"
        aria-label={`Choose ${name ?? task} of ${shortId}`}
        checked={isTicked}
        disabled={whyNot !== undefined && !isTicked}
        title={whyNot}
        onChange={onTick}
      />
      <Link href={approvalPath(approval) + search} aria-current={isChosen ? 'true' : undefined}>
        {name ?? task}
      </Link>
      <StatusBadge status={late ? 'LATE' : 'NEEDS_APPROVAL'} {...(late ? {} : { word: 'waiting' })} />
      <span className="soft">
        {definition.id} · <span className="mono">{shortId}</span>
        {quorum > 1 && ` · ${given} of ${quorum}`}
      </span>
      <span className="soft">
        {dueAt === undefined ? (
          <>
            since <TimeText iso={since} />
          </>
        ) : (
          <>
            due <TimeText iso={dueAt} />
          </>
        )}
      </span>
    </li>
  );
}

function useSearchText(): string {
  const search = useSearch();

  return search === '' ? '' : `?${search}`;
}
