import type { EventOutcome } from '../../../events/event-outcome.ts';
import { effectText } from '../../projections/task/effect-text.ts';
import type { Look } from '../../terminal/render/glyphs.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { formatTime, sirius } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Invocation } from '../invocation.ts';

/** Events that came in, a line each. */
export function outcomeTable({ output, io, options }: Invocation, outcomes: readonly EventOutcome[]): string {
  const columns = output.columns();
  const style = options.time ?? 'relative';

  return formatTable(
    [
      { title: 'POSITION', align: 'right' },
      { title: 'AT', givesWay: 1 },
      { title: 'STATUS' },
      { title: 'TYPE', flexible: true },
      { title: 'ID', flexible: true, givesWay: 2 },
      { title: 'BY', givesWay: 3 },
      { title: 'WHAT BECAME OF IT', flexible: true },
    ],
    outcomes.map((outcome) => [
      String(outcome.position),
      formatTime(outcome.at, style, io.clock.now()),
      output.paint.look(looks[outcome.status], outcome.status),
      oneLine(outcome.type),
      oneLine(outcome.event?.id ?? ''),
      oneLine(outcome.by ?? ''),
      oneLine(effectsText(outcome)),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

/** Everything about an event that came in. */
export function outcomeText({ output, io, options }: Invocation, outcome: EventOutcome): string {
  const { paint } = output;
  const { event, text, by } = outcome;
  const style = options.time ?? 'utc';
  const at = (iso: string): string => `${formatTime(iso, style, io.clock.now())}  ${sirius(iso)}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['position', String(outcome.position)],
    ['id', event?.id],
    ['source', event?.source],
    ['subject', event?.subject],
    ['time', event === undefined ? undefined : at(event.time)],
    ['dealt with', at(outcome.at)],
    ['by', by === undefined ? undefined : `published as ${by}`],
    ['hops', event?.hops === undefined ? undefined : String(event.hops)],
    ['data', event?.data === undefined ? undefined : shortened(JSON.stringify(event.data))],
    ['text', text === undefined ? undefined : shortened(text)],
  ];
  const effects = outcome.effects.map((effect) => `  ${oneLine(effectText(effect))}`);

  return [
    `${paint.look(looks[outcome.status], outcome.status)}  ${paint.bold(oneLine(outcome.type))}`,
    ...effects,
    ...facts.flatMap(([key, value]) =>
      value === undefined ? [] : [`  ${key.padEnd(11)} ${oneLine(value)}`],
    ),
  ].join('\n');
}

const looks: Readonly<Record<EventOutcome['status'], Look>> = {
  taken: 'succeeded',
  ignored: 'queued',
  refused: 'failed',
  dead: 'failed',
};

const lengthMax = 2_000;

function shortened(text: string): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}… (--json shows all)` : text;
}

/** What started, woke or decided something is told in full; of the rest as much as fits a line. */
function effectsText({ effects }: EventOutcome): string {
  const [first, ...others] = effects;
  if (first === undefined) return '';

  return `${effectText(first)}${others.length === 0 ? '' : `; and ${others.length} more`}`;
}
