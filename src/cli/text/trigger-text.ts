import { formatDuration } from '../../../machines/language/duration.ts';
import type { TriggerRow } from '../../api/people.ts';
import { shortId } from '../../terminal/render/short-id.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { formatTime, type TimeStyle } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Invocation } from '../invocation.ts';

/** All triggers, a line each. */
export function triggerTable({ output }: Invocation, triggers: readonly TriggerRow[]): string {
  const columns = output.columns();

  return formatTable(
    [
      { title: 'TRIGGER' },
      { title: 'DEFINITION', flexible: true },
      { title: 'KIND' },
      { title: 'STARTS ON', flexible: true },
      { title: 'STATE', flexible: true },
    ],
    triggers.map((row) => [
      row.trigger,
      `${row.definition.id} v${row.definition.version}`,
      row.type === 'cron' ? 'schedule' : row.type,
      oneLine(row.on),
      oneLine(triggerState(row)),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

/** Whether a trigger starts anything, and who has stopped it. */
function triggerState({ paused, flooded, held }: TriggerRow): string {
  const waits = held === undefined ? '' : `; ${held.events} events wait, ${held.why}; next at ${held.nextAt}`;
  const refused = flooded === undefined ? '' : `; refused events at ${flooded.at}: ${flooded.message}`;
  if (paused === undefined) return `active${waits}${refused}`;

  const left = held === undefined ? '' : `; ${held.events} events wait until it is resumed`;

  return `paused by ${paused.by}${paused.reason === undefined ? '' : `: ${paused.reason}`}${left}`;
}

/** All schedules, a line each. */
export function scheduleTable({ output, io, options }: Invocation, schedules: readonly TriggerRow[]): string {
  const columns = output.columns();
  const style = options.time ?? 'relative';
  const time = (iso: string | undefined) => formatTime(iso, style, io.clock.now());

  return formatTable(
    [
      { title: 'SCHEDULE' },
      { title: 'DEFINITION', flexible: true, givesWay: 2 },
      { title: 'CRON' },
      { title: 'ZONE', givesWay: 4 },
      { title: 'OVERLAP', givesWay: 5 },
      { title: 'STATE', flexible: true },
      { title: 'LAST', givesWay: 1 },
      { title: 'RUN', givesWay: 3 },
      { title: 'NEXT', flexible: true },
    ],
    schedules.map((view) => [
      view.trigger,
      `${view.definition.id} v${view.definition.version}`,
      ...[view.rule['cron'], view.rule['timezone'], view.rule['overlap']].map(String),
      oneLine(triggerState(view)),
      time(view.schedule?.last?.tick),
      lastRun(view),
      view.paused === undefined ? view.next.map(time).join(', ') : '',
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function lastRun({ schedule }: TriggerRow): string {
  const last = schedule?.last;
  if (last === undefined) return '';

  return last.refused === undefined ? shortId(last.run) : oneLine(last.refused.code);
}

/** Everything about a schedule. */
export function scheduleText({ output, io, options }: Invocation, view: TriggerRow): string {
  const { definition, rule, schedule: state, paused, next } = view;
  const style: TimeStyle = options.time ?? 'utc';
  const time = (iso: string) => formatTime(iso, style, io.clock.now());
  const since = paused === undefined ? '' : `, since ${time(paused.at)}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['definition', `${definition.id} v${definition.version}`],
    ['cron', `${rule['cron']}  ${rule['timezone']}`],
    ['overlap', overlapText[String(rule['overlap'])]],
    ['catch-up', catchUpText(Number(rule['catchupMs']))],
    ['state', `${triggerState(view)}${since}`],
    ['decided', state === undefined ? 'no engine has looked at it yet' : `up to ${time(state.decidedUntil)}`],
    ['last', lastText(view, time)],
    [
      'starting',
      state?.firing === undefined ? undefined : `${state.firing.run}, of ${time(state.firing.tick)}`,
    ],
    ['waiting', waitingText(view, time)],
    ['so far', state === undefined ? undefined : countsText(state.counts)],
  ];

  return [
    output.paint.bold(view.trigger),
    ...facts.flatMap(([key, text]) => (text === undefined ? [] : [`  ${key.padEnd(11)} ${oneLine(text)}`])),
    `  ${paused === undefined ? 'next' : 'it would be due'}`,
    ...next.map((each) => `    ${time(each)}`),
  ].join('\n');
}

function catchUpText(ms: number): string {
  return ms === 0 ? 'none' : `what was missed for at most ${formatDuration(ms)}`;
}

const overlapText: Readonly<Record<string, string>> = {
  skip: 'skip: what is due while the run before is going on is left out',
  buffer: 'buffer: what is due while the run before is going on waits for its end',
  allow: 'allow: runs may go on side by side',
};

function lastText({ schedule: state }: TriggerRow, time: (iso: string) => string): string | undefined {
  const last = state?.last;
  if (last === undefined) return undefined;
  const { tick, run, why, refused } = last;
  if (refused !== undefined)
    return `${time(tick)} (${why}): not started, ${refused.code}: ${refused.message}`;

  return `${time(tick)} (${why}): run ${run}`;
}

const waitingShownMax = 5;

function waitingText({ schedule: state }: TriggerRow, time: (iso: string) => string): string | undefined {
  const waiting = state?.waiting ?? [];
  if (waiting.length === 0) return undefined;
  const shown = waiting.slice(0, waitingShownMax).map(({ tick, why }) => `${time(tick)} (${why})`);
  const more = waiting.length > shown.length ? `, and ${waiting.length - shown.length} more` : '';

  return `${waiting.length}: ${shown.join(', ')}${more}`;
}

function countsText({
  fired,
  refused,
  skipped,
  missed,
  paused,
}: NonNullable<TriggerRow['schedule']>['counts']): string {
  return `${fired} started, ${refused} refused, ${skipped} skipped, ${missed} missed, ${paused} while paused`;
}
