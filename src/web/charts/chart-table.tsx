import { TimeText } from '../parts/time-text.tsx';
import type { ChartData } from './chart-data.ts';

export type ChartTableProps = { readonly data: ChartData; readonly onSpan: (at: number) => void };

/** The numbers of a chart, the latest span first. Each leads to its runs. */
export function ChartTable({ data: { title, at, lines, say }, onSpan }: ChartTableProps) {
  const rows = at.map((start, index) => ({
    start,
    values: lines.map(({ values }) => values[index] ?? null),
  }));

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section className="table-scroll chart-table" aria-label={`${title}, as a table`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(({ start, values }) => (
            <tr key={start}>
              <th scope="row">
                <button type="button" className="quiet" onClick={() => onSpan(start)}>
                  <TimeText iso={new Date(start).toISOString()} mode="local" />
                </button>
              </th>
              {values.map((value, index) => (
                <td key={lines[index]?.name} className="number">
                  {value === null ? '-' : say(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
