import { Link } from 'wouter';
import type { ApprovalPage } from '../../../api/people.ts';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { useNow } from '../../time/now.ts';
import { approvalPath, isLate } from './approval-order.ts';

/** One approval in the list: what, of which run, and by when. */
export function ApprovalRow({
  approval,
  isChosen,
}: {
  readonly approval: ApprovalPage;
  readonly isChosen: boolean;
}) {
  const now = useNow();
  const { task, name, definition, shortId, dueAt, since, quorum, given } = approval;
  const late = isLate(approval, now);

  return (
    <li className="approval-row" data-chosen={isChosen}>
      <Link href={approvalPath(approval)} aria-current={isChosen ? 'true' : undefined}>
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
