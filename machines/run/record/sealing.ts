import { isBlobRef } from '../../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Fact, FactMembers } from '../../../events/catalogue.ts';
import { sealedRest, sealedWith } from '../../../events/sealed-text.ts';
import type { SealedParts } from '../../chart/sealed-parts.ts';
import { localId } from '../../chart/task-at.ts';
import { ownErrorCodes } from '../../language/world/error-codes.ts';
import type { Run, Sealing } from '../run.ts';
import { type FreeMember, freeMembers, withMember } from './claim-check.ts';
import { opened } from './open-sealed.ts';
import { hidden } from './redact.ts';

type Members = Readonly<Record<string, Json>>;

/** What has to be sealed would be recorded as it is, since nobody brought the key along. */
class KeyNotAtHand extends Error {
  override readonly name = 'KeyNotAtHand';
  readonly code = 'key.not-at-hand';

  constructor(run: string) {
    super(`run ${run} records sealed values, and the key to seal them with is not at hand`);
  }
}

const everything: SealedParts = {
  all: true,
  inputs: new Set(),
  variables: new Set(),
  tasks: new Set(),
  output: true,
};

/** What is said of errors whose code nobody names: a worker may put anything there. */
const otherCode = 'task.failed';

/**
 * The fact as a run may record it whose definition marks values to be sealed: each of them by itself, so that names of
 * tasks, inputs and outputs can be read by the chart. After erasure `***` is recorded in their place.
 */
export function sealFact(run: Run, fact: Fact): Fact {
  const { chart, aside, state } = run;
  if (chart.sealed === undefined && state.erasureKey === undefined) return fact;
  const { sealing } = aside;
  const parts = chart.sealed ?? everything;
  let sealed = fact;
  for (const member of freeMembers(fact)) {
    if (!isToSeal(parts, fact, member.path)) continue;
    if (sealing === undefined) throw new KeyNotAtHand(state.run);
    const value = sealMember(run, member, sealing);
    if (value !== member.value) sealed = withMember(sealed, member.path, value);
  }

  return sealed;
}

function sealMember(run: Run, { path, kind, value }: FreeMember, sealing: Sealing): Json {
  if (kind === 'text' && path.at(-1) === 'code') return knownCode(run, String(value));
  if (sealedWith(value) === sealing.key || isBlobRef(value) || value === hidden) return value;
  const { output } = run.chart.definition;
  // Of these the chart makes the output of the run, name by name.
  const names = output.kind === 'names' && path.at(-1) === 'output' ? output.names : [];

  return names.some((name) => hasMember(value, name))
    ? sealMembers(value as Members, names, sealing)
    : seal(value, sealing);
}

function hasMember(value: Json, name: string): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
}

function sealMembers(value: Members, names: readonly string[], sealing: Sealing): Json {
  const entries = Object.entries(value);
  const rest = entries.filter(([name]) => !names.includes(name));

  return Object.fromEntries([
    ...entries.filter(([name]) => names.includes(name)).map(([name, each]) => [name, seal(each, sealing)]),
    ...(rest.length === 0 ? [] : [[sealedRest, seal(Object.fromEntries(rest), sealing)]]),
  ]);
}

function seal(value: Json, { key, erasedAt, seal: sealWith }: Sealing): Json {
  if (erasedAt !== undefined) return hidden;

  return sealedWith(value) === key ? value : sealWith(canonicalJson(value));
}

/** Routes and retries go by codes: those that the definition names stay, and those that the engine itself gives. */
function knownCode({ chart: { definition } }: Run, code: string): string {
  if (ownErrorCodes.has(code)) return code;

  return JSON.stringify(definition).includes(JSON.stringify(code)) ? code : otherCode;
}

function isToSeal(parts: SealedParts, fact: Fact, path: readonly string[]): boolean {
  const { type, data } = fact;
  const [first = '', second = '', third = ''] = path;
  // Who carries out a task, and what it waits for, the chart has to read; what is shown of it, it has not.
  if (type === 'names.evaluated') return second === 'show' && isOfSealedTask(parts, data.task);
  // The checker lets nothing sealed get into these.
  if (first === 'businessKey' || first === 'labels') return false;
  if (first === 'variables' || type === 'variables.set')
    return parts.all || isOfVariables(parts, type, data, second);
  if (first === 'input' && type !== 'child.started') return isSealedInput(parts, second);
  if (first === 'before' && second === 'input') return isSealedInput(parts, third);

  return parts.all || isOfSealed(parts, fact, first);
}

function isOfSealed(parts: SealedParts, { type, data }: Fact, member: string): boolean {
  switch (type) {
    case 'run.rerun':
      return member !== 'reason' && parts.tasks.has(localId(data.from));
    case 'run.completed':
    case 'run.failed':
      return parts.output;
    case 'signal.received':
      return parts.tasks.size > 0;
    case 'failure-workflow.started':
      return true;
    default:
      return 'task' in data && data.task !== undefined && parts.tasks.has(localId(data.task));
  }
}

function isOfSealedTask({ all, tasks }: SealedParts, address: string): boolean {
  return all || tasks.has(localId(address));
}

function isOfVariables(
  { variables, tasks }: SealedParts,
  type: Fact['type'],
  data: Fact['data'],
  name: string,
): boolean {
  return (
    variables.has(name) || (type === 'variables.set' && 'task' in data && tasks.has(localId(data.task ?? '')))
  );
}

/** Inputs that the definition does not know are those of another one, which the run came from. */
function isSealedInput({ all, inputs }: SealedParts, name: string): boolean {
  return inputs.has(name) || (all && inputs.size === 0);
}

/** The fact as it was before it was sealed. Throws ValueErased. */
export function openedFact({ aside }: Pick<Run, 'aside'>, fact: Fact): Fact {
  if (aside.sealing === undefined) return fact;
  let plain = fact;
  for (const { path, value } of freeMembers(fact)) {
    const content = opened(aside, value);
    if (content !== value) plain = withMember(plain, path, content);
  }

  return plain;
}

/** The name of the key that a run seals with, as its first event has it. */
export function erasureKeyIn({ erasureKey, state }: FactMembers): string | undefined {
  return erasureKey ?? (state as { readonly erasureKey?: string } | undefined)?.erasureKey;
}
