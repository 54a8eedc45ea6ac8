import { type RefObject, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type ChartData, type ChartMark, markNames } from './chart-data.ts';
import './line-chart.css';
import { TimeText } from '../parts/time-text.tsx';

const HEIGHT = 200;
/** More points than these hide the line that they are on. */
const POINTS_MAX = 60;
const DAY_S = 86_400;
const font = '12px system-ui, sans-serif';

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

type ChartTableProps = { readonly data: ChartData; readonly onSpan: (at: number) => void };

/** The numbers of a chart, the latest span first. Each leads to its runs. */
function ChartTable({ data: { title, at, lines, say }, onSpan }: ChartTableProps) {
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

/** The options of a chart, in the current colours of the page. */
function plotOptions({
  data,
  marks,
  element,
}: {
  readonly data: ChartData;
  readonly marks: readonly ChartMark[];
  readonly element: HTMLElement;
}): uPlot.Options {
  const color = (name: string) => colorOf(element, name);
  const axis = {
    stroke: color('--text-soft'),
    font,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
  };

  return {
    width: Math.max(element.clientWidth, 200),
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { y: { range: (_plot, _min, max) => [0, data.max ?? Math.max(max * 1.1, 1)] } },
    axes: [
      { ...axis, space: 72, values: timeTexts },
      { ...axis, size: 64, values: (_plot, values) => values.map((value) => data.say(value)) },
    ],
    series: [
      {},
      ...data.lines.map(({ name, hue, isDashed = false }) => ({
        label: name,
        stroke: color(`--status-${hue}`),
        width: 2,
        ...(isDashed ? { dash: [6, 4] } : {}),
        points: { show: data.at.length <= POINTS_MAX, size: 6 },
      })),
    ],
    hooks: { draw: [(plot: uPlot) => drawMarks(plot, marks, color('--text-soft'))] },
  };
}

/** A line from top to bottom where a version was first used, with its name beside it. */
function drawMarks(plot: uPlot, marks: readonly ChartMark[], color: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.font = `${11 * uPlot.pxRatio}px system-ui, sans-serif`;
  ctx.setLineDash([2, 3]);
  for (const { at } of marks) {
    const x = plot.valToPos(at / 1_000, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  for (const [index, { at, text }] of markNames(marks, (max - min) * 1_000).entries()) {
    const x = plot.valToPos(at / 1_000, 'x', true);
    const isRight = x > bbox.left + bbox.width / 2;
    ctx.textAlign = isRight ? 'right' : 'left';
    ctx.fillText(text, isRight ? x - 4 : x + 4, bbox.top + (12 + (index % 4) * 14) * uPlot.pxRatio);
  }
  ctx.restore();
}

/** Times of day within two days, else days; in the zone of the browser. */
function timeTexts(_plot: uPlot, splits: readonly number[]): string[] {
  const isShort = (splits.at(-1) ?? 0) - (splits[0] ?? 0) < 2 * DAY_S;
  const format = new Intl.DateTimeFormat(
    'en-GB',
    isShort ? { hour: '2-digit', minute: '2-digit' } : { day: '2-digit', month: 'short' },
  );

  return splits.map((seconds) => format.format(seconds * 1_000));
}

/** A custom property as a colour that a canvas knows: `light-dark()` is none. */
function colorOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();

  return color;
}

/** Goes up each time that the theme of the page changes, whether it was switched here or by the system. */
function useThemeCount(): number {
  const [count, setCount] = useState(0);

  useEffect(() => {
    const changed = (): void => setCount((before) => before + 1);
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const watcher = new MutationObserver(changed);
    system.addEventListener('change', changed);
    watcher.observe(document.documentElement, { attributeFilter: ['data-theme'] });

    return () => {
      system.removeEventListener('change', changed);
      watcher.disconnect();
    };
  }, []);

  return count;
}
