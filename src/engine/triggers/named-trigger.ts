import { didYouMean } from '../../../machines/language/suggest.ts';
import type { TriggerName, TriggerRefusal } from '../../ports/events/triggers-desk.ts';
import type { KnownTrigger } from './known-triggers.ts';

/**
 * The trigger that goes by a name. Where several of one definition do, for the same type of events, it is the first:
 * they are paused and resumed as one. `what` is how they are called, such as `schedule`.
 */
export function namedTrigger<Known extends KnownTrigger>(
  all: readonly Known[],
  name: TriggerName,
  what: 'trigger' | 'schedule',
): Known | TriggerRefusal {
  const { definition, trigger } = name;
  const found = all.filter(
    ({ ref, compiled }) => compiled.id === trigger && (definition === undefined || ref.id === definition),
  );
  const [first] = found;
  if (first === undefined) return unknown(all, name, what);
  const definitions = [...new Set(found.map(({ ref }) => ref.id))];
  if (definitions.length === 1) return first;
  const names = definitions.map((id) => `${id}/${trigger}`).join(', ');

  return { code: 'trigger.ambiguous', message: `several definitions have a ${what} ${trigger}: ${names}` };
}

function unknown(
  all: readonly KnownTrigger[],
  { definition, trigger }: TriggerName,
  what: string,
): TriggerRefusal {
  const named = (of: string, id: string) => (definition === undefined ? id : `${of}/${id}`);
  const given = named(definition ?? '', trigger);
  const names = all.map(({ ref, compiled }) => named(ref.id, compiled.id));
  const message = `there is no ${what} ${JSON.stringify(given)}${didYouMean(given, names)}`;

  return { code: 'trigger.unknown', message };
}
