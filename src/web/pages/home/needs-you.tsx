import { Link } from 'wouter';
import type { Home } from '../../../api/home.ts';
import { StatusGlyph } from '../../parts/status-glyph.tsx';
import type { Glyph, Hue } from '../../parts/status-look.ts';
import { TimeText } from '../../parts/time-text.tsx';

type Need = {
  readonly count: number;
  readonly what: string;
  readonly href: string;
  readonly hue: Hue;
  readonly glyph: Glyph;
};

/** What waits for a person. Every number leads to what it counts. */
export function NeedsYou({ needs }: { readonly needs: Home['needsYou'] }) {
  const open = needsOf(needs).filter(({ count }) => count > 0);
  if (open.length === 0) return <p className="soft">Nothing waits for a person.</p>;

  return (
    <ul className="needs">
      {open.map(({ count, what, href, hue, glyph }) => (
        <li key={href}>
          <Link href={href} className="badge need" data-hue={hue}>
            <StatusGlyph glyph={glyph} size={16} />
            <strong>{count}</strong> {what}
          </Link>
          {href === '/approvals' && needs.oldestApprovalSince !== undefined && (
            <span className="soft">
              the oldest came <TimeText iso={needs.oldestApprovalSince} />
              {needs.lateApprovals > 0 && `, ${needs.lateApprovals} late`}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function needsOf(needs: Home['needsYou']): readonly Need[] {
  return [
    { count: needs.approvals, what: 'to approve', href: '/approvals', hue: 'waiting', glyph: 'diamond' },
    { count: needs.pausedRuns, what: 'paused', href: '/runs?status=PAUSED', hue: 'waiting', glyph: 'bars' },
    { count: needs.deadLetters, what: 'dead letters', href: '/failures', hue: 'failed', glyph: 'cross' },
    {
      count: needs.quarantined,
      what: 'quarantined',
      href: '/runs?status=QUARANTINED',
      hue: 'failed',
      glyph: 'box',
    },
  ];
}
