import type { Json } from '../../../../events/canonical-json.ts';
import { isMap, isUnset, textAt } from '../source/json.ts';
import { toTemplate } from '../templates.ts';
import { build, type Convert, single } from './build.ts';
import { reportUnusedPolicies } from './fields.ts';

export const convertNoop: Convert = (given) => {
  reportUnusedPolicies(given.task, given.place);

  return single(build(given, 'NOOP', {}));
};

export const convertSetVariable: Convert = (given) => {
  const { task, place, scope } = given;
  reportUnusedPolicies(task, place);
  if (isUnset(task.input)) {
    place.say.info('SET_VARIABLE', 'it sets no variable', { became: 'NOOP' });
    return single(build(given, 'NOOP', {}));
  }
  for (const name of Object.keys(task.input)) scope.context.variable(name);

  return single(build(given, 'SET_VARIABLE', { fields: { variables: toTemplate(task.input, place) } }));
};

/** TERMINATE: nothing comes after it. */
export const convertTerminate: Convert = (given) => {
  const { task, place } = given;
  reportUnusedPolicies(task, place);
  const written = textAt(task.input, 'terminationStatus') ?? 'COMPLETED';
  const status = written.toUpperCase() === 'COMPLETED' ? 'COMPLETED' : 'FAILED';
  if (written.includes('${')) {
    place.say.loss('terminationStatus', `the status is worked out at run time (${written})`, {
      became: 'FAILED',
    });
  } else if (!['COMPLETED', 'FAILED'].includes(written.toUpperCase())) {
    place.say.warning('terminationStatus', `"${written}": a TERMINATE ends the run COMPLETED or FAILED`, {
      became: 'FAILED',
    });
  }
  const reason = textAt(task.input, 'terminationReason');
  const rendered = reason === undefined ? undefined : toTemplate(reason, place);
  const emitted = build(given, 'TERMINATE', {
    fields: {
      status,
      reason: typeof rendered === 'string' && rendered.trim() !== '' ? rendered : undefined,
      output: outputOf(task.input['workflowOutput'], given),
    },
  });
  for (const key of Object.keys(task.input)) {
    if (!['terminationStatus', 'terminationReason', 'workflowOutput'].includes(key)) {
      place.say.info(`inputParameters.${key}`, 'a TERMINATE reads no such input');
    }
  }

  return { emitted: [emitted], exits: [emitted.id], ends: true };
};

/** The output of a run is a map here. */
function outputOf(output: Json | undefined, { place }: Parameters<Convert>[0]): Json | undefined {
  if (output === undefined || isUnset(output)) return undefined;
  if (isMap(output)) return toTemplate(output, place);
  place.say.warning('workflowOutput', 'the output of a run is a map here, so that the value has a name', {
    became: 'output: {result: ...}',
  });

  return { result: toTemplate(output, place) };
}
