import { Link } from 'wouter';
import type { Home } from '../../../api/home.ts';
import { StatusBadge } from '../../parts/status-badge.tsx';

/** Definitions of whose latest runs some failed, with what most of them failed of. */
export function Failing({ groups }: { readonly groups: Home['failing'] }) {
  if (groups.length === 0) return <p className="soft">None of the latest runs failed.</p>;

  return (
    <ul className="rows">
      {groups.map(({ definition, failed, of, error, key }) => (
        <li key={key}>
          <Link
            href={`/runs?status=FAILED,TIMED_OUT&where=${encodeURIComponent(`definition=${definition}`)}`}
          >
            {definition}
          </Link>
          <StatusBadge status="FAILED" word={`${failed} of the last ${of} failed`} />
          <code className="grows">{error}</code>
          <Link href={`/failures?group=${encodeURIComponent(key)}`}>Open the group</Link>
        </li>
      ))}
    </ul>
  );
}
