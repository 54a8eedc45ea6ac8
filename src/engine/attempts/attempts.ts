import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { AttemptLog, ModelUsage } from '../../../events/task-events.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { parsedTemplate } from '../../../machines/chart/templates.ts';
import { defined } from '../../../machines/language/defined.ts';
import { isPerformed } from '../../../machines/performed.ts';
import { countsMoney } from '../../../machines/run/budget-stop.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { unclaimed } from '../../../machines/run/record/claim-check.ts';
import { opened } from '../../../machines/run/record/open-sealed.ts';
import { render } from '../../../machines/run/render.ts';
import { hopsOf, idempotencyKey, type Run } from '../../../machines/run/run.ts';
import { passesBefore } from '../../../machines/run/scope.ts';
import { knownMs, type Task } from '../../../machines/task.ts';
import { type Attempt, type ModelAsking, type Performer, TaskError } from '../../ports/work/handler.ts';
import { attemptKey } from './attempt-claims.ts';
import {
  type AttemptsDeps,
  createAttemptGate,
  createAttemptStop,
  type Entry,
  isAttemptOpen,
  type Submit,
} from './attempt-entry.ts';
import type { Breakers } from './breakers.ts';
import { createLivePrinting } from './live-printing.ts';
import { attemptErrorOf, outputOf, rendered, whileStoreAway } from './task-output.ts';
import { claimantOf, createAttemptTurns } from './turns.ts';
import { inputOf } from './work-item.ts';

/** All attempts of this process stand in one line. */
const here = 'this process';

/** Delay before a breaker that could not be read is asked again. */
const troubledMs = 1_000;

/** Details are recorded at most this often, as those of workers are. */
const detailsEveryMs = 5_000;

/** Attempts carried out in this process, up to a limit; the others queue. */
export type Attempts = {
  /** Carries out an attempt and submits its result. Does nothing if it is in progress already. */
  readonly begin: (run: Run, asked: AskedFor, submit: Submit) => void;
  /** Stops attempts that an event made obsolete. */
  readonly settle: (run: Run) => void;
  /** Stops every attempt of a run without recording anything: another engine goes on with it, or this one later. */
  readonly drop: (run: string) => void;
  readonly stop?: () => void;
};

/** Those that this process carries out itself. */
export type LocalAttempts = Attempts & {
  /** Resolves when what was printed by the attempts that events made obsolete is recorded. */
  readonly whenLogged: () => Promise<void>;
  /** Begins nothing any more. */
  readonly stop: () => void;
};

export type AskedFor = {
  readonly task: Task;
  readonly address: string;
  readonly attempt: number;
  /** Its handler, if given. */
  readonly performer?: Performer | undefined;
};

export function createAttempts(deps: AttemptsDeps & { readonly breakers: Breakers }): LocalAttempts {
  const underWay = new Map<string, Map<string, Entry>>();
  const { gate = createAttemptGate() } = deps;
  /** Attempts that have a slot but may not begin yet. */
  const heldUp: Entry[] = [];
  const printing = createPrinting();
  let stopped = false;
  gate.onOpened(() => {
    for (const entry of heldUp.splice(0)) if (!entry.stop.isTold()) enqueue(entry);
  });
  const turns = createAttemptTurns<Entry>({
    clock: deps.clock,
    placesOf: () => (stopped ? 0 : deps.concurrencyMax),
    onTurn: start,
  });

  function begin(run: Run, asked: AskedFor, submit: Submit): void {
    const { address, attempt, task } = asked;
    const id = run.state.run;
    const ofRun = underWay.get(id) ?? new Map<string, Entry>();
    const current = ofRun.get(address);
    if (current?.attempt === attempt) return;
    current?.stop.tell(superseded);
    const stop = createAttemptStop(() => {
      gate.ended(entry);
      if (!entry.begun) turns.leave(here, entry);
    });
    const entry: Entry = { run, ...asked, submit, stop, begun: false };
    underWay.set(id, ofRun.set(address, entry));
    if (task.circuitBreaker === undefined) enqueue(entry);
    else whenAdmitted(deps, entry, () => enqueue(entry));
  }

  function enqueue(entry: Entry): void {
    turns.join(here, entry, claimantOf(entry));
  }

  function start(entry: Entry): void {
    if (gate.mayBegin(entry.run.state.run)) {
      entry.begun = true;
      void perform(entry);
      return;
    }
    heldUp.push(entry);
    turns.leave(here, entry);
  }

  async function perform(entry: Entry): Promise<void> {
    const { task, run } = entry;
    const performer = entry.performer ?? (isPerformed(task) ? deps.performers.find(task) : evaluator(entry));
    // There is no handler here: the entry stays, so that not every event asks again.
    if (performer !== undefined) gate.began(entry, run.state.run);
    if (performer?.prints === true) printing.began(entry);
    const command = performer === undefined ? undefined : await carryOut(entry, performer, deps);
    turns.leave(here, entry);
    if (command === undefined) return;
    if (entry.stop.isTold()) {
      await keepLog(entry, command).finally(() => printing.ended(entry));
      return;
    }
    printing.ended(entry);
    // Until its result is recorded the attempt counts as in progress: an event in between must not begin it again.
    await entry.submit(command);
    gate.ended(entry);
    forget(entry);
  }

  function forget(entry: Entry): void {
    const { run, address } = entry;
    const id = run.state.run;
    const ofRun = underWay.get(id);
    if (ofRun?.get(address) !== entry) return;
    ofRun.delete(address);
    if (ofRun.size === 0) underWay.delete(id);
  }

  function settle(run: Run): void {
    for (const entry of underWay.get(run.state.run)?.values() ?? []) {
      if (isAttemptOpen(run, entry)) continue;
      forget(entry);
      entry.stop.tell(overtaken);
    }
  }

  function drop(id: string): void {
    for (const entry of underWay.get(id)?.values() ?? []) entry.stop.tell(superseded);
    underWay.delete(id);
  }

  const stop = (): void => {
    stopped = true;
  };

  return { begin, settle, drop, stop, whenLogged: printing.whenLogged };
}

/** Attempts in progress that may print something. */
function createPrinting() {
  const entries = new Set<Entry>();
  const waiting: (() => void)[] = [];

  return {
    began: (entry: Entry): void => void entries.add(entry),
    ended: (entry: Entry): void => {
      if (!entries.delete(entry)) return;
      for (const wake of waiting.splice(0)) wake();
    },
    whenLogged: async (): Promise<void> => {
      while ([...entries].some(isOvertaken)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

function isOvertaken({ stop }: Entry): boolean {
  return stop.isTold() && stop.signal().reason === overtaken;
}

/** A result computed by the chart or an expression needs no handler: it is shaped and written directly. */
function evaluator({ run, address }: Entry): Performer {
  return {
    worker: 'engine',
    handler: async () => unclaimed(run, taskAt(run.state, address)?.output ?? {}),
  };
}

const superseded = new Error('another attempt, or another engine, goes on with the task');

const overtaken = new Error('the attempt timed out, was cancelled, or its run ended');

/** An attempt that was ended from outside has no result, but what it printed is kept. Another engine keeps its own. */
async function keepLog(entry: Entry, { task, attempt, worker, log }: AttemptEnd): Promise<void> {
  if (log === undefined || !isOvertaken(entry)) return;
  await entry.submit({ kind: 'logAttempt', task, attempt, worker, log });
}

type AttemptEnd = Extract<Command, { kind: 'completeTask' | 'failTask' }>;

/** Carries out one attempt, from its rendered input to its written output. Never rejects. */
async function carryOut(entry: Entry, performer: Performer, deps: AttemptsDeps): Promise<AttemptEnd> {
  const { clock } = deps;
  const { address, attempt, run, submit, task } = entry;
  const { worker } = performer;
  const startedAt = new Date(clock.now()).toISOString();
  const of = { task: address, attempt, worker, startedAt };
  const again = taskAt(run.state, address)?.state === 'in_progress';
  const start = () => void submit({ kind: 'startTask', task: address, attempt, worker, again });
  // An attempt that began in another engine begins anew, and records its start at once: its time-outs start over.
  if (again) start();
  let announced = again || !isPerformed(task);
  const announce = () => {
    if (!announced) start();
    announced = true;
  };
  const unannounce = announced ? () => undefined : clock.after(deps.startNoticeMs, announce);
  const beats = createHeartbeats(entry, clock, announce);
  const telling = createLivePrinting(entry, deps);
  let log: AttemptLog | undefined;
  let usage: ModelUsage | undefined;
  const keep = {
    log: (printed: AttemptLog) => {
      log = printed;
    },
    used: (asked: ModelUsage) => {
      usage = asked;
    },
  };

  try {
    // Templates are rendered first, so that a missing large value can be loaded before the handler begins.
    const result = await whileStoreAway(entry, deps, () =>
      performer.handler(
        attemptOf(entry, deps, { ...beats, ...keep, ...defined({ printing: telling?.printing }) }),
      ),
    );
    // A handler that ignores the signal may end long after the attempt: its file would overwrite a newer one.
    if (entry.stop.isTold()) throw new TaskError('attempt.over', 'the attempt was over before it ended');
    const output = await whileStoreAway(entry, deps, () => outputOf(entry, result, deps));
    return { kind: 'completeTask', ...of, output, ...printedBy(entry, log), ...defined({ usage }) };
  } catch (error) {
    beats.recordDetails();
    return { kind: 'failTask', ...of, error: attemptErrorOf(error), ...defined({ log, usage }) };
  } finally {
    beats.end();
    telling?.end();
    unannounce();
  }
}

/** The result of a command is read from its standard output: without an `output` map it is the output. */
function printedBy({ run, task }: Entry, log: AttemptLog | undefined) {
  return log === undefined ? {} : { log, isPrinted: run.chart.templates.get(task.id)?.output === undefined };
}

function attemptOf(
  { run, address, attempt, stop, task }: Entry,
  { projectDir }: AttemptsDeps,
  {
    heartbeat,
    details,
    used,
    ...told
  }: Pick<Attempt, 'heartbeat' | 'details' | 'log' | 'printing'> & Pick<ModelAsking, 'used'>,
): Attempt {
  const id = run.state.run;
  const hops = hopsOf(run.state);

  return {
    run: id,
    task: address,
    attempt,
    key: idempotencyKey(run, address),
    attemptKey: attemptKey({ run: id, address, attempt }),
    ...(hops === undefined ? {} : { hops }),
    input: inputOf(run, address),
    projectDir,
    get signal() {
      return stop.signal();
    },
    heartbeat,
    details,
    ...told,
    ...(task.performer.kind === 'model'
      ? { asking: { turns: passesBefore(run, address), needsPrice: countsMoney(run), used } }
      : {}),
    lastDetails: opened(run.aside, taskAt(run.state, address)?.details ?? null) ?? undefined,
    render: (template) => rendered(render(run, parsedTemplate(template), { address })),
  };
}

/** What an attempt in this process says while it goes on, thinned, because each of it is an event. */
type Heartbeats = Pick<Attempt, 'heartbeat' | 'details'> & {
  /** Whoever goes on with the task has to get what was said last. */
  readonly recordDetails: () => void;
  readonly end: () => void;
};

/** Heartbeats, three within the time-out; details, the first at once and then as those of workers are. */
function createHeartbeats(
  { task, address, attempt, submit, stop }: Entry,
  clock: AttemptsDeps['clock'],
  announce: () => void,
): Heartbeats {
  const everyMs = (knownMs(task.heartbeatTimeoutMs) ?? 30_000) / 3;
  const of = { kind: 'heartbeat', task: address, attempt } as const;
  let beatAtMs = Number.NEGATIVE_INFINITY;
  let detailsAtMs = Number.NEGATIVE_INFINITY;
  let unrecorded: Json | undefined;
  let recorded: string | undefined;
  let cancel: (() => void) | undefined;

  function recordDetails(): void {
    end();
    const details = unrecorded;
    unrecorded = undefined;
    if (details === undefined || stop.isTold() || canonicalJson(details) === recorded) return;
    recorded = canonicalJson(details);
    detailsAtMs = clock.steady();
    beatAtMs = detailsAtMs;
    // Only an attempt whose start is recorded can have anything to say.
    announce();
    void submit({ ...of, details });
  }

  function end(): void {
    cancel?.();
    cancel = undefined;
  }

  return {
    heartbeat: (progress) => {
      const nowMs = clock.steady();
      if (nowMs - beatAtMs < everyMs || stop.isTold()) return;
      beatAtMs = nowMs;
      void submit({ ...of, ...(progress === undefined ? {} : { progress }) });
    },
    details: (details) => {
      unrecorded = details;
      const leftMs = detailsAtMs + detailsEveryMs - clock.steady();
      if (leftMs <= 0) recordDetails();
      else cancel ??= clock.after(leftMs, recordDetails);
    },
    recordDetails,
    end,
  };
}

/** Holds back an attempt at a task that keeps failing, in any run, until its circuit breaker admits it. */
export function whenAdmitted(
  deps: Pick<AttemptsDeps, 'clock' | 'onTrouble'> & { readonly breakers: Breakers },
  entry: Pick<Entry, 'run' | 'task' | 'address' | 'attempt' | 'stop'>,
  onAdmitted: () => void,
): void {
  const { run, task, address, attempt } = entry;
  const asked = {
    definition: run.chart.definition.id,
    task,
    attempt: attemptKey({ run: run.state.run, address, attempt }),
  };

  async function ask(): Promise<void> {
    const answer = await deps.breakers.admit(asked).catch((error: unknown) => {
      deps.onTrouble(run.state.run, error);
      return { retryAtMs: deps.clock.now() + troubledMs };
    });
    if (entry.stop.isTold()) return;
    if (answer === 'now') onAdmitted();
    else deps.clock.after(Math.max(answer.retryAtMs - deps.clock.now(), 0), () => void ask());
  }

  void ask();
}
