import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventEffect, EventOutcome } from '../../../events/event-outcome.ts';

/** Longer messages hold data of the event, which can be read there. */
const messageCharactersMax = 1_000;
/** The most effects that are told of one event; an event may wake thousands of runs. */
const effectsMax = 200;

/** What one definition, or one run, made of an event. */
export function effectOf(effect: EventEffect): EventEffect {
  const { message } = effect;

  return message === undefined ? effect : { ...effect, message: message.slice(0, messageCharactersMax) };
}

const wanted: ReadonlySet<EventEffect['kind']> = new Set(['started', 'already', 'woke', 'decided']);

/** What became of an event, from what everybody made of it. */
export function statusOf(effects: readonly EventEffect[]): Exclude<EventOutcome['status'], 'dead'> {
  if (effects.some(({ kind }) => wanted.has(kind))) return 'taken';

  return effects.some(({ kind }) => kind === 'refused') ? 'refused' : 'ignored';
}

/** As many as are told; what came of the event goes before what did not. */
export function toldEffects(effects: readonly EventEffect[]): EventEffect[] {
  if (effects.length <= effectsMax) return [...effects];
  const sorted = [...effects].sort((a, b) => Number(a.kind === 'ignored') - Number(b.kind === 'ignored'));
  const left = effects.length - effectsMax;

  return [
    ...sorted.slice(0, effectsMax),
    { kind: 'ignored', code: 'trigger.more', message: `and ${left} more` },
  ];
}

/** News of our own runs, which most of the time concerns nobody here. */
export function isOwnNews({ type, source }: CloudEvent): boolean {
  return source.startsWith('/3ox/') && (type.startsWith('workflow.run.') || type.startsWith('approval.'));
}
