import { Link } from 'wouter';
import type { PublishReport } from '../../../api/definitions.ts';
import { changesText, comparedText, underWayText, verdictText } from '../../editor/publish-words.ts';
import { StatusBadge } from '../../parts/status-badge.tsx';

/** What would become of the latest runs by a new version. Those that go another way come first. */
export function PublishReportView({ report }: { readonly report: PublishReport }) {
  const rows = report.reports.toSorted((left, right) => rank(left.outcome) - rank(right.outcome));

  return (
    <>
      <p>{comparedText(report)}</p>
      <p className="soft">{underWayText(report)}</p>
      <Changes report={report} />
      {rows.length > 0 && <Reports rows={rows} />}
    </>
  );
}

/** What differs for others: a start by the old rules may be refused, an output that somebody reads may be gone. */
function Changes({ report: { changes, against, definition } }: { readonly report: PublishReport }) {
  if (changes.length === 0) {
    return against === undefined ? null : <p>Its inputs, outputs, triggers and tasks are named as before.</p>;
  }

  return (
    <details open={changes.some(({ breaks }) => breaks) || changes.length < 6}>
      <summary>{changesText(changes)}</summary>
      <ul className="publish-changes" aria-label={`What version ${definition.version} changes for others`}>
        {changes.map(({ kind, place, name, note, breaks }) => (
          <li key={`${place} ${name}`} data-breaks={breaks}>
            {place} <code>{name}</code> {kind}
            {note === '' ? '' : `: ${note}`}
            {breaks && <strong> · may break those who use it</strong>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Reports({ rows }: { readonly rows: PublishReport['reports'] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section className="table-scroll publish-runs" aria-label="The latest runs" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col">Would be</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.run}>
              <td>
                <Link href={`/runs/${row.run}`} className="mono">
                  {row.run.slice(-8)}
                </Link>
              </td>
              <td>
                <StatusBadge shown={row.status} />
              </td>
              <td>
                {verdictText(row)}
                {row.outcome !== 'same' && row.text.map((line) => <p key={line}>{line}</p>)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function rank(outcome: PublishReport['reports'][number]['outcome']): number {
  return ['different', 'untold', 'same'].indexOf(outcome);
}
