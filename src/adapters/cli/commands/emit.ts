import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ulid } from 'ulid';
import { type CloudEvent, isEventType } from '../../../../events/cloud-event.ts';
import type { EventOutcome } from '../../../../events/event-outcome.ts';
import { messageOf } from '../../../ports/message-of.ts';
import type { TriggersDesk } from '../../../ports/triggers-desk.ts';
import type { CliIo } from '../app.ts';
import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type FollowFlags, timeoutOf } from '../follow/follow-options.ts';
import { type Invocation, quoted } from '../invocation.ts';
import { outcomeText } from '../outcome-text.ts';
import { granted, warnUnattended, withTriggers } from '../with-triggers.ts';
import { writtenTimeMs } from '../written-time.ts';
import { actorOf } from './actor.ts';
import { jsonOption } from './json-option.ts';

export type EmitFlags = Pick<FollowFlags, 'timeout'> & {
  readonly data?: string;
  readonly id?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly at?: string;
  readonly as?: string;
  readonly wait?: boolean;
};

/** `workflow emit <type>`: publishes an event for triggers and for runs that wait. */
export async function emit(invocation: Invocation, type: string, flags: EmitFlags): Promise<ExitCode> {
  const { output, io, hint } = invocation;
  const as = actorOf(io, flags.as);
  const event = await eventOf(io, { type, as, flags });
  const { timeoutMs = waitMsMax } = timeoutOf(flags);

  return withTriggers(invocation, async (desk) => {
    granted(invocation, await desk.emit(event, { as }));
    const namespace = io.env['WORKFLOW_NAMESPACE'] ?? 'default';
    if (flags.wait !== true) {
      output.document('EventEmitted', { event, namespace });
      output.data(`emitted ${type}, id ${event.id}, source ${event.source}, to the namespace ${namespace}`);
      if (await warnUnattended(invocation, desk))
        output.note(`what becomes of it: ${hint('events', 'list', '--type', quoted(type))}`);
      return 0;
    }
    output.note(`emitted ${type}, id ${event.id}, source ${event.source}, to the namespace ${namespace}`);
    const outcome = await outcomeOf(invocation, desk, { event, timeoutMs });
    output.document('EventOutcome', outcome);
    output.data(outcomeText(invocation, outcome));

    return outcome.status === 'taken' || outcome.status === 'ignored' ? 0 : 1;
  });
}

const waitMsMax = 30_000;
const lookEveryMs = 200;
/** An event that was published before goes by its id for so long: what became of it then is what becomes of it. */
const repeatedMs = 15 * 60_000;
const outcomesMax = 1_000;

type Waiting = { readonly event: CloudEvent; readonly timeoutMs: number };

async function outcomeOf(
  invocation: Invocation,
  desk: TriggersDesk,
  { event: { type, id, source }, timeoutMs }: Waiting,
): Promise<EventOutcome> {
  const { clock } = invocation.io;
  const begunMs = clock.now();
  let isWarned = false;
  for (;;) {
    const outcomes = await desk.outcomes({ limit: outcomesMax, type, sinceMs: begunMs - repeatedMs });
    const found = outcomes.find(({ event }) => event?.id === id && event.source === source);
    if (found !== undefined) return found;
    if (!isWarned) isWarned = !(await warnUnattended(invocation, desk));
    if (clock.now() - begunMs >= timeoutMs) throw await stillOpen(invocation, desk, id);
    await new Promise<void>((over) => void clock.after(lookEveryMs, over));
  }
}

async function stillOpen({ hint }: Invocation, desk: TriggersDesk, id: string): Promise<CliFailure> {
  const rest = `event ${id} is published, and is dealt with when one does`;
  if (!(await desk.isAttended()))
    return new CliFailure('engine.none', `no engine looks after triggers; ${rest}`, hint('serve'));

  return new CliFailure(
    'wait.timeout',
    `no engine has dealt with the event yet; ${rest}`,
    hint('events', 'list'),
  );
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

/** `@file` and `-` say where the data stands. */
async function dataText(io: CliIo, text: string | undefined): Promise<string | undefined> {
  if (text === '-') return io.stdin();
  if (text?.startsWith('@') !== true) return text;
  try {
    return (await readFile(resolve(io.cwd, text.slice(1)), 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new CliFailure('usage.data', `--data ${text}: ${messageOf(error)}`);
  }
}
