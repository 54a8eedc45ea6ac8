import { type Address, parseAddress } from '../../../machines/chart/address.ts';
import { isUnderWay, tasksIn } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Entry } from './attempt-entry.ts';

type OfAttempt = Pick<Entry, 'address' | 'attempt' | 'begun'>;

const open: ReadonlySet<string> = new Set(['scheduled', 'in_progress', 'shaping']);

/** Whether the run still waits for this very attempt. A paused run begins nothing: what has its turn goes on. */
export function isOpen(run: Run, entry: OfAttempt): boolean {
  const { status, phase, tasks } = run.state;
  if (isFinal(status) || (status === 'PAUSED' && !entry.begun)) return false;
  const place = placeOf(entry);
  const state = place === undefined ? undefined : tasksIn(tasks, place.owners)?.[place.id];
  if (place === undefined || state?.attempt !== entry.attempt || !open.has(state.state)) return false;

  return phase === 'compensating' || place.owners.length === 0 || isUnderWay(run.state, place);
}

/** It is asked of every attempt at every event of its run, so addresses are read once. */
const places = new WeakMap<OfAttempt, Address>();

function placeOf(entry: OfAttempt): Address | undefined {
  const place = places.get(entry) ?? parseAddress(entry.address);
  if (place !== undefined) places.set(entry, place);

  return place;
}
