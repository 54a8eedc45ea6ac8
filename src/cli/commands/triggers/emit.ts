import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ulid } from 'ulid';
import { type CloudEvent, isEventType } from '../../../../events/cloud-event.ts';
import type { EventOutcome } from '../../../../events/event-outcome.ts';
import type { EmitReport } from '../../../api/people.ts';
import { delay, within } from '../../../lib/deadline.ts';
import { messageOf } from '../../../lib/text.ts';
import { eventUseCases } from '../../../operations/events/use-cases.ts';
import type { NotedOutcome } from '../../../ports/events/outcome-filter.ts';
import type { TriggersDesk } from '../../../ports/events/trigger-admin.ts';
import { outcomeRow } from '../../../projections/insights/outcome-row.ts';
import { writtenTimeMs } from '../../../projections/where.ts';
import type { CliIo } from '../../app.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type FollowFlags, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { outcomeText } from '../../text/outcome-text.ts';
import { carriedOut, warnUnattended, withPorts } from '../../with-ports.ts';
import { actorOf } from '../actor.ts';
import { jsonOption } from '../json-option.ts';

const lookEveryMs = 200;
const attendedMsMax = 1_000;
/** How long an event published again counts as the same one, by its id. */
const repeatedMs = 15 * 60_000;
const outcomesMax = 1_000;

export type EmitFlags = Pick<FollowFlags, 'timeout'> & {
  readonly data?: string;
  readonly id?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly at?: string;
  readonly as?: string;
  readonly wait?: boolean;
};

const waitMsMax = 30_000;
const repeated = 'this id was published already within the last ten minutes; nothing new was stored';

/** `workflow emit <type>`: publishes an event for triggers and for runs that wait. */
export async function emit(invocation: Invocation, type: string, flags: EmitFlags): Promise<ExitCode> {
  const { output, io } = invocation;
  const as = actorOf(io, flags.as);
  const event = await eventOf(io, { type, as, flags });
  const { timeoutMs = waitMsMax } = timeoutOf(flags);

  return withPorts<ExitCode>(invocation, async (ports) => {
    const { triggers: desk, project } = ports;
    const report = await carriedOut(invocation, ports, eventUseCases.emit, { input: { event }, as });
    const published = { ...report, namespace: project.namespace };
    const { stored } = report;
    if (flags.wait !== true) return told(invocation, desk, published);
    output.note(publishedText(published));
    if (stored) return shown(invocation, await outcomeOf(invocation, desk, { event, timeoutMs }));
    const earlier = await earlierOutcome(invocation, desk, event);
    if (earlier !== undefined) return shown(invocation, earlier);

    return told(invocation, desk, published);
  });
}

type Told = EmitReport & { readonly namespace: string };

function publishedText({ event: { type, id, source }, stored, namespace }: Told): string {
  const named = `${type}, id ${id}, source ${source}`;

  return stored ? `emitted ${named}, to the namespace ${namespace}` : `${named}: ${repeated}`;
}

async function told(invocation: Invocation, desk: TriggersDesk, published: Told): Promise<ExitCode> {
  const { output, hint } = invocation;
  const { namespace: _where, ...report } = published;
  output.document('EventEmitted', report);
  output.data(publishedText(published));
  if (await warnUnattended(invocation, desk))
    output.note(`what becomes of it: ${hint('events', 'list', '--type', quoted(report.event.type))}`);

  return 0;
}

function shown(invocation: Invocation, outcome: EventOutcome): ExitCode {
  const { output } = invocation;
  output.document('Event', outcomeRow(outcome));
  output.data(outcomeText(invocation, outcome));

  return outcome.status === 'taken' || outcome.status === 'ignored' ? 0 : 1;
}

type Given = { readonly type: string; readonly as: string; readonly flags: EmitFlags };

async function eventOf(io: CliIo, { type, as, flags }: Given): Promise<CloudEvent> {
  if (!isEventType(type)) {
    const rule = 'letters, digits, - and _ in parts between dots, such as order.paid';
    throw new CliFailure('usage.event-type', `${JSON.stringify(type)} is no type of an event: ${rule}`);
  }
  for (const name of ['id', 'source', 'subject'] as const) {
    if (flags[name] === '') throw new CliFailure(`usage.${name}`, `--${name} is empty`);
  }
  const data = jsonOption('data', await dataText(io, flags.data));

  return {
    specversion: '1.0',
    id: flags.id ?? ulid(),
    source: flags.source ?? `/cli/${encodeURIComponent(as)}`,
    type,
    ...(flags.subject === undefined ? {} : { subject: flags.subject }),
    time: timeOf(flags.at, io.clock.now()),
    ...(data === undefined ? {} : { datacontenttype: 'application/json' as const, data }),
  };
}

function timeOf(text: string | undefined, nowMs: number): string {
  const ms = text === undefined ? nowMs : writtenTimeMs(text);
  if (ms !== undefined) return new Date(ms).toISOString();

  throw new CliFailure('usage.at', `--at: "${text}" is no time, such as 2026-01-31T09:00:00Z`);
}

/** `@file` and `-` name the source of the data. */
async function dataText(io: CliIo, text: string | undefined): Promise<string | undefined> {
  if (text === '-') return io.stdin();
  if (text?.startsWith('@') !== true) return text;
  try {
    return (await readFile(resolve(io.cwd, text.slice(1)), 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new CliFailure('usage.data', `--data ${text}: ${messageOf(error)}`);
  }
}

type Waiting = { readonly event: CloudEvent; readonly timeoutMs: number };

/** Waits until an engine has handled the event. Throws CliFailure on a time-out. */
async function outcomeOf(
  invocation: Invocation,
  desk: TriggersDesk,
  { event, timeoutMs }: Waiting,
): Promise<EventOutcome> {
  const { clock } = invocation.io;
  let isLate = false;
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(timeoutMs, () => {
      isLate = true;
      resolve(undefined);
    });
  });
  async function looking(): Promise<EventOutcome | undefined> {
    const sinceMs = clock.now() - repeatedMs;
    let isWarned = false;
    while (!isLate) {
      const outcomes = await desk.outcomes({ limit: outcomesMax, type: event.type, sinceMs });
      const found = outcomeIn(outcomes, event);
      if (found !== undefined) return found;
      if (!isWarned) isWarned = !(await warnUnattended(invocation, desk));
      await delay(clock, lookEveryMs);
    }
    return undefined;
  }

  try {
    // If the server is gone, no poll is answered.
    const outcome = await Promise.race([looking(), late]);
    if (outcome !== undefined) return outcome;
  } finally {
    cancel();
  }
  throw await stillOpen(invocation, desk, event.id);
}

/** The outcome of an event that was published before, perhaps with another type. Undefined: none yet. */
async function earlierOutcome(
  { io }: Invocation,
  desk: TriggersDesk,
  event: CloudEvent,
): Promise<EventOutcome | undefined> {
  const outcomes = await desk.outcomes({ limit: outcomesMax, sinceMs: io.clock.now() - repeatedMs });

  return outcomeIn(outcomes, event);
}

function outcomeIn(noted: readonly NotedOutcome[], { id, source }: CloudEvent): EventOutcome | undefined {
  return noted.map(({ outcome }) => outcome).find(({ event }) => event?.id === id && event.source === source);
}

async function stillOpen({ io, hint }: Invocation, desk: TriggersDesk, id: string): Promise<CliFailure> {
  const rest = `the event ${id} itself is stored, and is dealt with when one does`;
  if ((await within(io.clock, attendedMsMax, desk.isAttended())) === false)
    return new CliFailure('engine.none', `no engine looks after triggers; ${rest}`, hint('serve'));

  return new CliFailure(
    'wait.timeout',
    `nothing is known yet of an engine that has dealt with it; ${rest}`,
    hint('events', 'list'),
  );
}
