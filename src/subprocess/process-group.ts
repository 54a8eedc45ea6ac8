import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/**
 * How long a killed group is waited for. Nobody in it runs any more, but where process 1 collects no orphans, it
 * stays.
 */
const vanishMsMax = 250;

/** A watchdog that ends sooner than this is not started again until the next command: it would end again. */
const watchdogLifeMsMin = 1000;

const alive = new Set<number>();

let registered = false;
let watchdog: ChildProcess | undefined;
let warned = false;

/**
 * Reads which groups there are (`+pid`) and are no longer (`-pid`), from its arguments and then its input. At the end
 * of that we are gone, however we went: it asks those that are left to end, waits half a second and kills the rest. A
 * pid that by now belongs to another process is told by the time at which that was started. Words only of POSIX, for
 * the shells of Debian, Alpine and macOS.
 */
const watchdogScript = `
trap '' HUP INT TERM
started() {
  if [ -r /proc/self/stat ]; then
    read -r line 2>/dev/null < "/proc/$1/stat" || return 0
    set -- \${line##*) }
    shift 19
    echo "$1"
  else
    ps -o lstart= -p "$1" | tr ' ' '_'
  fi
}
groups=
without() {
  rest=
  for each in $groups; do [ "\${each%%:*}" = "$1" ] || rest="$rest $each"; done
  groups=$rest
}
note() {
  pid=\${1#?}
  without "$pid"
  case $1 in +*) groups="$groups $pid:$(started "$pid")" ;; esac
}
for line; do note "$line"; done
while read -r line; do note "$line"; done
ours=
for each in $groups; do
  pid=\${each%%:*}
  now=$(started "$pid")
  if [ -z "$now" ] || [ "$now" = "\${each#*:}" ]; then ours="$ours -$pid"; fi
done
for group in $ours; do kill -s TERM -- "$group" 2>/dev/null; done
sleep 0.5 2>/dev/null || sleep 1
for group in $ours; do kill -s KILL -- "$group" 2>/dev/null; done
`;

/** A child and everything it starts, as long as they stay in its process group. */
export type ProcessGroup = {
  /** Asks all of them to end, waits, then forces the rest. Asking twice is fine. */
  readonly end: (graceMs: number) => Promise<void>;
  /** What is left of it may go on without us. */
  readonly release: () => void;
};

/**
 * Starts a child, which has to be the leader of a group (`detached`), and takes charge of it: the group ends with this
 * process, even when that is killed. The watchdog is there before the child, so that only the writing of a line lies
 * between the start of the child and its being watched.
 */
export function startGroup<Child extends { readonly pid?: number | undefined }>(
  start: () => Child,
): { readonly child: Child; readonly group: ProcessGroup | undefined } {
  if (watchdog === undefined) startWatchdog();
  const child = start();

  return { child, group: child.pid === undefined ? undefined : processGroup(child.pid) };
}

/** Takes charge of a group that is there already. */
export function processGroup(leader: number): ProcessGroup {
  endWithUs();
  alive.add(leader);
  tellWatchdog(`+${leader}`);
  const release = () => {
    if (alive.delete(leader)) tellWatchdog(`-${leader}`);
  };
  let ending: Promise<void> | undefined;

  return {
    end: (graceMs) => {
      ending ??= endGroup(leader, graceMs).finally(release);
      return ending;
    },
    release,
  };
}

async function endGroup(leader: number, graceMs: number): Promise<void> {
  if (!signal(leader, 'SIGTERM')) return;
  if (await vanishes(leader, graceMs)) return;

  signal(leader, 'SIGKILL');
  await vanishes(leader, vanishMsMax);
}

async function vanishes(leader: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += pollMs) {
    if (!signal(leader, 0)) return true;
    await delay(pollMs);
  }

  return !signal(leader, 0);
}

/** Sends a signal to the whole group; false when nobody is left in it. */
function signal(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, name);
    return true;
  } catch {
    return false;
  }
}

/** A group of its own does not get the terminal's Ctrl-C, so our own exit has to take the children along. */
function endWithUs(): void {
  if (registered) return;
  registered = true;
  process.on('exit', () => {
    for (const leader of alive) signal(leader, 'SIGKILL');
  });
}

/** Undefined while there is none: the next one is told of all groups at its start. */
function tellWatchdog(line: string): void {
  watchdog?.stdin?.write(`${line}\n`);
}

/** One for all commands of this process: a line for each costs less than a supervisor for each. */
function startWatchdog(): void {
  // There are no process groups on Windows.
  if (process.platform === 'win32') return;
  const startedMs = performance.now();
  // As arguments, because we may be killed before we get to write.
  const groups = [...alive].map((leader) => `+${leader}`);
  const started = spawn('/bin/sh', ['-c', watchdogScript, 'workflow-watchdog', ...groups], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', 'ignore', 'ignore'],
    // What is sent to our own group must not reach it.
    detached: true,
  });
  watchdog = started;
  const lost = (reason: string) => {
    if (watchdog !== started) return;
    watchdog = undefined;
    if (performance.now() - startedMs >= watchdogLifeMsMin && alive.size > 0) startWatchdog();
    else warnUnwatched(reason);
  };
  started.once('error', (error) => lost(error.message));
  started.once('exit', (code, killedBy) => lost(`it ended with ${killedBy ?? code}`));
  // It has ended, which is told above.
  started.stdin.on('error', () => undefined);
  started.unref();
  if (started.stdin instanceof Socket) started.stdin.unref();
}

function warnUnwatched(reason: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `if this process is killed, its commands go on: /bin/sh cannot watch over them (${reason})`,
    { code: 'command.unwatched' },
  );
}
