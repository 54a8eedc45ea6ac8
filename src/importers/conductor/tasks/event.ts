import { isUnset, textAt } from '../source/parse-json.ts';
import { toTemplate } from '../templates.ts';
import { attemptFields } from './attempts.ts';
import { build, type Convert, single } from './build.ts';

/** EVENT: a CloudEvent whose type is made of the sink. */
export const convertEvent: Convert = (given) => {
  const { task, place, scope } = given;
  const sink = textAt(task.raw, 'sink') ?? textAt(task.input, 'sink') ?? 'conductor';
  const [queue = '', ...rest] = sink.split(':');
  const own = queue === 'conductor' && rest.join('') === '';
  // Conductor names an event of its own after the workflow and the task.
  const parts = own ? [queue, scope.context.workflowId(scope.context.name), given.id] : [queue, ...rest];
  const type = parts
    .map(typePart)
    .filter((part) => part !== '')
    .join('.');
  if (queue === 'conductor')
    place.say.info('sink', `"${sink}" becomes the type of a CloudEvent`, { became: type });
  else {
    place.say.loss(
      'sink',
      `"${sink}" is a queue outside; the event is published on the broker of ours only`,
      {
        became: type,
      },
    );
  }
  const data = Object.fromEntries(Object.entries(task.input).filter(([key]) => key !== 'sink'));

  return single(
    build(given, 'EVENT', {
      fields: {
        event: { type, ...(isUnset(data) ? {} : { data: toTemplate(data, place) }) },
        optional: task.raw['optional'] === true ? true : undefined,
        ...attemptFields(task, place, { worker: false }),
      },
    }),
  );
};

function typePart(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
}
