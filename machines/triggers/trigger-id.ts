import type { Definition, Trigger } from '../definition.ts';

/**
 * The name of a trigger among those of its definition: its `id`, or else the type of its event. Schedules and files
 * without an `id` are named after the definition and counted, so that their order is part of their name.
 */
export function triggerId({ id, triggers }: Pick<Definition, 'id' | 'triggers'>, trigger: Trigger): string {
  if (trigger.id !== undefined) return trigger.id;
  if (trigger.kind === 'event') return trigger.on;
  const unnamed = triggers.filter((each) => each.kind === trigger.kind && each.id === undefined);
  const place = unnamed.indexOf(trigger);

  return `${id}-${trigger.kind}${place === 0 ? '' : `-${place + 1}`}`;
}
