import { isFinal } from '../../../../machines/compile/task-status.ts';
import { siriusTime } from '../../../../machines/sirius-time.ts';
import { shownStatusOfLine } from '../../../projections/shown-status.ts';
import { truncateToWidth, widthOf } from '../render/width.ts';
import type { Known } from './known.ts';
import type { Look } from './look.ts';

/** `workflow  default  ● live, event 48121      14 running  3 wait  2 failed  14:05:23`. */
export function headerLine({ namespace, position, isLive, lines }: Known, look: Look): string {
  const { paint, columns, nowMs } = look;
  const live = isLive ? paint.look('succeeded', 'live') : paint.look('failed', 'reconnecting');
  const title = columns >= middleColumns ? '3OX WORKFLOW MONITOR' : '3OX';
  const left = ` ${paint.bold(title)}  ${namespace}  ${live} ${paint.dim(`event ${position}`)}`;
  const counts = countsOf(lines);
  const clock = new Date(nowMs).toISOString();
  const right = [
    paint.look('running', `${counts.running} running`),
    paint.look('waiting', `${counts.waiting} waiting`),
    paint.look('failed', `${counts.failed} failed`),
    columns >= wideColumns ? siriusTime(clock) : clock.slice(11, 19),
  ].join('  ');
  const gap = columns - widthOf(left) - widthOf(right) - 1;

  return gap >= 1 ? `${left}${' '.repeat(gap)}${right}` : truncateToWidth(`${left}  ${right}`, columns);
}

const middleColumns = 100;
const wideColumns = 120;

/** Failed: those that ended so and whose dead letter, if it is one, nobody has dropped is not known here: all. */
function countsOf(lines: Known['lines']) {
  const counts = { running: 0, waiting: 0, failed: 0 };
  for (const line of lines) {
    const shown = shownStatusOfLine(line);
    if (shown === 'FAILED' || shown === 'TIMED_OUT' || shown === 'QUARANTINED') counts.failed += 1;
    else if (shown === 'NEEDS_APPROVAL' || shown === 'PAUSED') counts.waiting += 1;
    else if (!isFinal(line.head.status)) counts.running += 1;
  }

  return counts;
}
