import uPlot from 'uplot';
import { type ChartData, type ChartMark, markNames } from './chart-data.ts';

const HEIGHT = 200;
/** More points than these hide the line that they are on. */
const POINTS_MAX = 60;
const DAY_S = 86_400;
const font = '12px system-ui, sans-serif';

/** How a chart is drawn. The colours are those that the page has now. */
export function plotOptions({
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
