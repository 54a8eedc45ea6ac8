import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Holder } from '../ports/leases.ts';

/** Names this process among the engines. */
export function thisHolder(): Holder {
  return {
    node: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    host: hostname(),
    pid: process.pid,
  };
}

/** A holder on this machine whose process is gone has died without giving its leases back. */
export function isDeadHere({ host, pid }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
