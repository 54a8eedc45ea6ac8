import { type Invocation, quoted } from '../../cli/invocation.ts';
import type { NextEvents } from '../../projections/task/enabled-events.ts';
import type { Enabled } from '../../projections/task/enabled-tasks.ts';
import { formatTable } from './table.ts';
import { formatTime } from './times.ts';
import { oneLine } from './width.ts';

/** `was`: it is told of a run as it was, not as it is. */
type Tense = 'is' | 'was';

const titles = {
  is: ['What can happen next', 'What may be asked of the run'],
  was: ['What could have happened next', 'What could have been asked of the run'],
} as const;

type Told = { readonly next: NextEvents; readonly tense: Tense };

/** What can happen to a run next, and who may have it happen, for people. */
export function nextLines(invocation: Invocation, { next, tense }: Told): readonly string[] {
  const { events, commands, omitted } = next;
  const [ofEvents, ofCommands] = titles[tense];
  const { paint } = invocation.output;
  const moves =
    events.length === 0 ? ['  nothing: it has come to its end'] : tableOf(invocation, grouped(events));
  const more = omitted === 0 ? [] : [`  ... and ${omitted} more (of the same kinds)`];

  return [
    '',
    paint.bold(ofEvents),
    ...moves,
    ...more,
    '',
    paint.bold(ofCommands),
    ...(commands.length === 0 ? ['  nothing'] : tableOf(invocation, commands)),
  ];
}

/** That an attempt may begin, complete and fail is one line: who has it happen is the same. */
function grouped(events: readonly Enabled[]): readonly Enabled[] {
  const lines: Enabled[] = [];
  for (const each of events) {
    const last = lines.at(-1);
    const isAlike =
      last !== undefined &&
      !last.command &&
      !each.command &&
      !each.at &&
      last.task === each.task &&
      last.who === each.who;
    if (isAlike) lines.splice(-1, 1, { ...last, event: `${last.event}, ${each.event}` });
    else lines.push(each);
  }

  return lines;
}

function tableOf({ output, options, io, hint }: Invocation, items: readonly Enabled[]): readonly string[] {
  const columns = output.columns();
  const now = io.clock.now();
  const rows = items.map(({ event, task = '', who, at, command }) => [
    event,
    task,
    oneLine(who),
    at === undefined ? '' : formatTime(at, options.time ?? 'iso', now),
    command === undefined ? '' : hint(...command.map(typed)),
  ]);
  const hasCommand = items.some(({ command }) => command !== undefined);

  return formatTable(
    [
      { title: 'EVENT', flexible: true },
      { title: 'TASK', flexible: true },
      { title: 'WHO', flexible: true },
      { title: 'NOT BEFORE', givesWay: 2 },
      ...(hasCommand ? [{ title: 'COMMAND', givesWay: 1 }] : []),
    ],
    rows,
    { ...(columns === undefined ? {} : { columns: columns - 2 }), title: output.paint.dim },
  )
    .split('\n')
    .map((line) => `  ${line}`);
}

/** What has to be filled in stays as it is. */
export function typed(word: string): string {
  return word.startsWith('<') ? word : quoted(word);
}
