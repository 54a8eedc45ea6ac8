import { once } from 'node:events';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import type { AttemptLog, Printed } from '../../events/task-events.ts';
import { defined } from '../../machines/language/defined.ts';
import type { Attempt } from '../ports/work/handler.ts';
import { type CommandReport, readReport, reportDescriptor } from './command-report.ts';
import { startGroup } from './process-group.ts';

const stdoutBytesMax = 1024 * 1024;

/** Of what is printed on either stream, its beginning and its end are kept. */
const headBytesMax = 8 * 1024;
const tailBytesMax = 24 * 1024;

/** Of standard error, so much stands in the error of an attempt. */
const stderrBytesMax = 4 * 1024;

/** How long output may still come after the last process of the group is gone. */
const drainMsMax = 1000;

const heartbeatEveryMs = 1000;

export type ChildPlan = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly graceMs: number;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly heartbeat: Attempt['heartbeat'];
  readonly details: Attempt['details'];
  readonly printing: Attempt['printing'];
  /** Called in the same turn in which the child was started, and only when it was. */
  readonly onStarted: (pid: number) => void;
};

export type ChildOutcome = {
  /** Why we ended it, when we did. */
  readonly ended?: 'aborted' | 'timeout' | 'too-large';
  /** The system's reason why it could not be started. */
  readonly notStarted?: string;
  readonly exitCode?: number;
  readonly killedBy?: string;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** What it printed; absent where it printed nothing. */
  readonly log?: AttemptLog;
  /** What it said on descriptor 3; absent where it was not started. */
  readonly report?: CommandReport;
  readonly timeoutMs: number | undefined;
};

/** Runs one child to its end, and ends whatever it left running. Never rejects for what the child does. */
export async function runChild(plan: ChildPlan): Promise<ChildOutcome> {
  const { timeoutMs } = plan;
  if (plan.signal.aborted) return { ended: 'aborted', stdout: Buffer.alloc(0), stderr: '', timeoutMs };

  const { child, group } = startGroup(() => start(plan));
  let ended: ChildOutcome['ended'];
  const end = (reason: NonNullable<ChildOutcome['ended']>) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    ended ??= reason;
    void group?.end(plan.graceMs);
  };
  const abort = () => end('aborted');
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => end('timeout'), timeoutMs);
  plan.signal.addEventListener('abort', abort, { once: true });
  if (child.pid !== undefined) plan.onStarted(child.pid);

  const stdout = collectHead(child.stdout, stdoutBytesMax, () => end('too-large'));
  const printed = { stdout: collectEnds(child.stdout), stderr: collectEnds(child.stderr) };
  const said = child.stdio[reportDescriptor];
  const report = said instanceof Readable ? readReport(said, plan) : undefined;
  beatOnOutput(child, printed.stderr, plan.heartbeat);
  tellOutput(child, plan.printing);
  const drained = child.pid === undefined ? undefined : drainAfterExit(child, () => group?.end(plan.graceMs));

  const result = await child;
  await drained;
  clearTimeout(timer);
  plan.signal.removeEventListener('abort', abort);

  return {
    ...(ended === undefined ? {} : { ended }),
    ...(child.pid === undefined ? { notStarted: result.code ?? String(result.originalMessage) } : {}),
    ...(child.exitCode === null ? {} : { exitCode: child.exitCode }),
    ...(child.signalCode === null ? {} : { killedBy: child.signalCode }),
    stdout: stdout.bytes(),
    stderr: printed.stderr.last(stderrBytesMax),
    ...logOf(printed, report),
    ...(report === undefined ? {} : { report }),
    timeoutMs,
  };
}

type Child = ReturnType<typeof start>;

/** In a process group of its own (`detached`), so that the whole tree can be ended by one signal. */
function start({ file, args, cwd, env, stdin }: ChildPlan) {
  return execa(file, args, {
    cwd,
    env,
    extendEnv: false,
    input: stdin,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
}

/** Output is the sign of life of a command; what it says on standard error is taken for its progress. */
function beatOnOutput(child: Child, stderr: Ends, heartbeat: Attempt['heartbeat']): void {
  let beatAtMs = performance.now();
  const beat = () => {
    const nowMs = performance.now();
    if (nowMs - beatAtMs < heartbeatEveryMs) return;
    beatAtMs = nowMs;
    const message = stderr.last(stderrBytesMax).split('\n').at(-1)?.slice(0, 200);
    heartbeat(message ? { message } : undefined);
  };
  child.stdout.on('data', beat);
  child.stderr.on('data', beat);
}

function tellOutput(child: Child, printing: Attempt['printing']): void {
  if (printing === undefined) return;
  child.stdout.on('data', (bytes: Buffer) => printing('stdout', bytes));
  child.stderr.on('data', (bytes: Buffer) => printing('stderr', bytes));
}

/**
 * A command may exit and leave children behind that hold its output open. They are ended with it; one that left the
 * group cannot be, but it does not keep the attempt waiting.
 */
async function drainAfterExit(child: Child, endGroup: () => Promise<void> | undefined): Promise<void> {
  const closed = once(child, 'close');
  await once(child, 'exit');
  await endGroup();
  const timer = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
    child.stdio[reportDescriptor]?.destroy();
  }, drainMsMax);
  await closed;
  clearTimeout(timer);
}

type Collected = { readonly bytes: () => Buffer };

/** Keeps the first bytes of a stream and calls back once when there are more. */
function collectHead(stream: Readable, bytesMax: number, onOverflow: () => void): Collected {
  const chunks: Buffer[] = [];
  let kept = 0;
  let overflowed = false;
  stream.on('data', (chunk: Buffer) => {
    if (overflowed) return;
    const room = bytesMax - kept;
    chunks.push(chunk.subarray(0, room));
    kept += Math.min(chunk.length, room);
    if (chunk.length <= room) return;
    overflowed = true;
    onOverflow();
  });

  return { bytes: () => Buffer.concat(chunks) };
}

type Ends = {
  /** The text of the last bytes. */
  readonly last: (bytesMax: number) => string;
  /** Everything, or what is kept of it; undefined where nothing was printed. */
  readonly printed: () => Printed | undefined;
};

/** Keeps the first and the last bytes of a stream, however much there is. */
function collectEnds(stream: Readable): Ends {
  let head = Buffer.alloc(0);
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let total = 0;
  const keepTail = (chunk: Buffer) => {
    tail.push(chunk);
    tailBytes += chunk.length;
    if (tailBytes < 2 * tailBytesMax) return;
    tail = [Buffer.from(Buffer.concat(tail).subarray(-tailBytesMax))];
    tailBytes = tailBytesMax;
  };
  stream.on('data', (chunk: Buffer) => {
    total += chunk.length;
    const room = headBytesMax - head.length;
    if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)]);
    // A copy, because a view would keep the whole chunk alive.
    if (chunk.length > room) keepTail(Buffer.from(chunk.subarray(room).subarray(-tailBytesMax)));
  });
  const end = () => Buffer.concat(tail).subarray(-tailBytesMax);

  return {
    last: (bytesMax) => Buffer.concat([head, end()]).subarray(-bytesMax).toString('utf8').trim(),
    printed: () => {
      if (total === 0) return undefined;
      const kept = end();
      const omittedBytes = total - head.length - kept.length;
      if (omittedBytes === 0) return Buffer.concat([head, kept]).toString('utf8');

      return {
        head: head.toString('utf8').replace(/\ufffd{1,3}$/, ''),
        omittedBytes,
        tail: kept.toString('utf8').replace(/^\ufffd{1,3}/, ''),
      };
    },
  };
}

function logOf(
  { stdout, stderr }: { readonly stdout: Ends; readonly stderr: Ends },
  report: CommandReport | undefined,
): { readonly log?: AttemptLog } {
  const problems = report?.problems() ?? [];
  const log = defined({
    stdout: stdout.printed(),
    stderr: stderr.printed(),
    report: problems.length === 0 ? undefined : [...problems],
  });

  return Object.keys(log).length === 0 ? {} : { log };
}
