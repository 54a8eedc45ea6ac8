import { type RefObject, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartData, ChartMark } from './chart-data.ts';
import { ChartTable } from './chart-table.tsx';
import { plotOptions } from './plot-options.ts';
import { useThemeCount } from './use-theme-count.ts';
import './line-chart.css';

export type LineChartProps = {
  readonly data: ChartData;
  readonly marks: readonly ChartMark[];
  /** Called with the beginning of the span that was chosen, ms since 1970. */
  readonly onSpan: (at: number) => void;
};

/** Lines over time, and the same numbers as a table. */
export function LineChart({ data, marks, onSpan }: LineChartProps) {
  const [isTable, setTable] = useState(false);

  return (
    <figure className="line-chart">
      <figcaption>
        <h3>{data.title}</h3>
        <button type="button" className="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Show as chart' : 'Show as table'}
        </button>
        <Legend data={data} />
      </figcaption>
      {isTable ? (
        <ChartTable data={data} onSpan={onSpan} />
      ) : (
        <Plot data={data} marks={marks} onSpan={onSpan} />
      )}
    </figure>
  );
}

function Legend({ data }: Pick<LineChartProps, 'data'>) {
  return (
    <ul className="chart-legend">
      {data.lines.map(({ name, hue, isDashed = false }) => (
        <li key={name} data-hue={hue} data-dashed={isDashed}>
          {name}
        </li>
      ))}
    </ul>
  );
}

function Plot(props: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  usePlot(frame, props);

  return <div ref={frame} className="chart-plot" role="img" aria-label={`${props.data.title}, as a chart`} />;
}

/** Drawn anew when the data or the theme change: a canvas does not follow style sheets. */
function usePlot(frame: RefObject<HTMLDivElement | null>, { data, marks, onSpan }: LineChartProps): void {
  const theme = useThemeCount();
  const chosen = useRef(onSpan);
  chosen.current = onSpan;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew for each theme.
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const columns = [data.at.map((ms) => ms / 1_000), ...data.lines.map(({ values }) => [...values])];
    const plot = new uPlot(plotOptions({ data, marks, element }), columns as uPlot.AlignedData, element);
    const watcher = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: plot.height }),
    );
    watcher.observe(element);
    const choose = (): void => {
      const at = data.at[plot.cursor.idx ?? -1];
      if (at !== undefined) chosen.current(at);
    };
    plot.over.addEventListener('click', choose);

    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [frame, data, marks, theme]);
}
