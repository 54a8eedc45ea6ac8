import { localId } from '../compile/address.ts';
import { answersTo } from '../explore/answers.ts';
import type { Move } from '../explore/move.ts';
import { type Open, silenceKey } from '../explore/owing.ts';
import type { Scene } from '../explore/scene.ts';
import type { Answer, ChildEnd, Outcome, TestCase } from './test-case.ts';

/** What a case says about a task that waits for the world: one move, and where it says so, in a list as the n-th. */
export type SaidMove = { readonly move: Move; readonly place: string; readonly index: number };

/** Undefined where it says nothing. `sent`: the attempts that a signal has been sent for, which waited for another. */
export function saidMove(
  scene: Scene,
  open: Open,
  { given, sent }: { readonly given: TestCase; readonly sent: ReadonlySet<string> },
): SaidMove | undefined {
  const { address, task, state } = open;
  const { attempt } = state;
  const of = { task: address, attempt };
  switch (task.type) {
    case 'HUMAN': {
      const found = sayingOf(given.answers, address, state.grants?.length ?? 0);
      return found && { ...at('answers', found), move: answered(found.says, scene, open) };
    }
    case 'SUB_WORKFLOW': {
      const found = sayingOf(given.children, address, attempt - 1);
      return found && { ...at('children', found), move: ended(found.says, of) };
    }
    case 'WAIT': {
      const { signal = '' } = task;
      const says = Object.hasOwn(given.signals, signal) ? given.signals[signal] : undefined;
      if (says === undefined) return undefined;
      const comes = says.kind === 'give' && !sent.has(silenceKey(address, attempt));
      const move: Move = comes
        ? { type: 'signal', name: signal, data: says.value }
        : { type: 'silence', ...of };
      return { place: `signals.${signal}`, index: 0, move };
    }
    default: {
      const found = sayingOf(given.results, address, attempt - 1);
      return found && { ...at('results', found), move: resulting(found.says, of) };
    }
  }
}

function at(where: string, { key, index }: { readonly key: string; readonly index: number }) {
  return { place: `${where}.${key}`, index };
}

/** By its address, or else by its id; the last one that is said counts for all further times. */
function sayingOf<Says>(
  sayings: Readonly<Record<string, readonly Says[]>>,
  address: string,
  times: number,
): { readonly key: string; readonly index: number; readonly says: Says } | undefined {
  const key = [address, localId(address)].find((each) => Object.hasOwn(sayings, each));
  const list = key === undefined ? [] : (sayings[key] ?? []);
  const index = Math.min(times, list.length - 1);
  const says = list[index];

  return key === undefined || says === undefined ? undefined : { key, index, says };
}

type OfAttempt = { readonly task: string; readonly attempt: number };

function resulting(says: Outcome, of: OfAttempt): Move {
  switch (says.kind) {
    case 'give':
      return { type: 'complete', ...of, output: says.value };
    case 'fail':
      return { type: 'fail', ...of, error: says.error };
    case 'silence':
      return { type: 'silence', ...of };
  }
}

function ended(says: ChildEnd, of: OfAttempt): Move {
  if (says.kind === 'silence') return { type: 'silence', ...of };
  const { status, output, error } = says;

  return {
    type: 'endChild',
    ...of,
    status,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Whoever is asked answers, and brings along what is asked for, unless the case says otherwise. */
function answered(says: Answer, scene: Scene, open: Open): Move {
  const { address: task, state } = open;
  if (says.kind === 'silence') return { type: 'silence', task, attempt: state.attempt };
  const usual = answersTo(scene, open).find((move) => move.type === says.kind);
  const { by = 'ana', data = undefined } = usual !== undefined && 'by' in usual ? usual : {};
  const brought = says.data ?? data;

  return {
    type: says.kind,
    task,
    by: says.by ?? by,
    ...(brought === undefined ? {} : { data: brought }),
  };
}
