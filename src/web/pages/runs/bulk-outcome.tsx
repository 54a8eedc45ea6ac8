import { Link } from 'wouter';
import type { BulkReport } from '../../../api/commands.ts';

const ITEMS_MAX = 10;

/** What became, or would become, of each run: refusals first, ten lines at most. */
export function BulkOutcome({ report }: { readonly report: BulkReport }) {
  const items = report.items.toSorted((one, other) => Number(one.ok) - Number(other.ok));

  return (
    <section aria-label={report.dryRun ? 'What would happen' : 'What happened'}>
      {!report.dryRun && (
        <p role="status">
          <strong>
            {report.changed} of {report.total} runs changed
          </strong>
          {report.refused > 0 && `, ${report.refused} refused`}.
        </p>
      )}
      <ul>
        {items.slice(0, ITEMS_MAX).map(({ run, shortId, definition, status, refusal }) => (
          <li key={run}>
            <Link href={`/runs/${run}`} className="mono">
              {shortId}
            </Link>{' '}
            {definition}{' '}
            <span className="soft">{refusal === undefined ? status.toLowerCase() : refusal.message}</span>
          </li>
        ))}
      </ul>
      {items.length > ITEMS_MAX && <p className="soft">and {items.length - ITEMS_MAX} more</p>}
    </section>
  );
}
