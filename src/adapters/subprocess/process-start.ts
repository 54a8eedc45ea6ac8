import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process was started, as text that only this process has under its pid; undefined when there is none. A pid
 * alone may by now belong to somebody else.
 */
export function processStart(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? startTicks(pid) : startDate(pid);
  } catch {
    return undefined;
  }
}

/** Field 22 of the line. The second is the program's name, which may hold spaces and parentheses. */
function startTicks(pid: number): string | undefined {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');

  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
}

function startDate(pid: number): string | undefined {
  const options = {
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  } as const;
  const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim();

  return text === '' ? undefined : text;
}
