import { createHash } from 'node:crypto';
import { subjectToken } from '../lib/text.ts';

/** A task of a run. */
type Place = { readonly run: string; readonly task: string };

/** Room is left for the name of a worker and for what is appended to the name of a file that is put aside. */
const stemBytesMax = 140;
const workerBytesMax = 90;

/**
 * What all files about a task have in common: `<run>-<task>`. What is no letter, digit or `_` in the task becomes `=`
 * and two hexadecimal digits, so that the last `-` ends the run and no two tasks share a name. A name that would get
 * too long ends in a digest instead: the header of the file has the whole.
 */
export function stemOf({ run, task }: Place): string {
  const stem = `${run}-${subjectToken(task).replaceAll('-', '=2D')}`;
  if (stem.length <= stemBytesMax) return stem;

  return `${stem.slice(0, stemBytesMax - 34)}=~${createHash('sha256').update(stem).digest('hex').slice(0, 32)}`;
}

export function taskFileName(stem: string): string {
  return `task-${stem}.yaml`;
}

/** Whose task a file is, and which worker claimed it by renaming it; undefined for any other name. */
export function claimOf(name: string): { readonly stem: string; readonly worker: string } | undefined {
  const [, stem, worker] = /^task-([^.]+)\.yaml\.(.+)\.claimed$/.exec(name) ?? [];
  if (stem === undefined || worker === undefined || Buffer.byteLength(worker) > workerBytesMax)
    return undefined;

  return { stem, worker };
}

export function isAnswerName(name: string): boolean {
  return /^(response|result)-.+\.(yaml|yml|json)$/.test(name);
}

/** Whether a file is an answer about the task, also while it is reported. Both spellings of the task count. */
export function isAnswerTo(place: Place, name: string): boolean {
  const original = takenBy(name)?.name ?? name;
  if (!isAnswerName(original)) return false;
  const stem = original.slice(original.indexOf('-') + 1, original.lastIndexOf('.'));

  return stem === stemOf(place) || stem === `${place.run}-${place.task}`;
}

/** Who takes answers: a process, and which of its queues. */
export type Taker = { readonly pid: number; readonly id: string };

/** The name of an answer while it is reported. */
export function takenName({ pid, id }: Taker, name: string): string {
  return `.taking-${pid}-${id}-${name}`;
}

export function takenBy(name: string): (Taker & { readonly name: string }) | undefined {
  const [, pid, id, original] = /^\.taking-(\d+)-([0-9a-f]+)-(.+)$/.exec(name) ?? [];
  if (pid === undefined || id === undefined || original === undefined) return undefined;

  return { pid: Number(pid), id, name: original };
}
