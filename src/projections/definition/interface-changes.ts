import type { Definition, InputProperty } from '../../../machines/definition.ts';
import { inputType } from '../../../machines/language/check-input.ts';
import { triggerId } from '../../../machines/triggers/compiled-trigger.ts';
import type { PublishReport } from '../../api/definitions.ts';

type Change = PublishReport['changes'][number];
type Named<Value> = Readonly<Record<string, Value>>;
type Compared<Value> = {
  readonly place: Change['place'];
  readonly before: Named<Value>;
  readonly after: Named<Value>;
  readonly added: (value: Value) => Pick<Change, 'note' | 'breaks'>;
  readonly removed: Pick<Change, 'note' | 'breaks'>;
  readonly changed: (before: Value, after: Value) => Pick<Change, 'note' | 'breaks'> | undefined;
};

/** What differs between two definitions for whoever starts them, reads what they give, or waits for their tasks. */
export function interfaceChanges(before: Definition, after: Definition): readonly Change[] {
  return [
    ...compared({
      place: 'input',
      before: before.input,
      after: after.input,
      added: (input) =>
        isAsked(input)
          ? { note: 'has to be given now', breaks: true }
          : { note: 'may be given', breaks: false },
      removed: { note: 'a start that gives it is refused', breaks: true },
      changed: inputChange,
    }),
    ...plain('output', before, after, outputsOf),
    ...plain('trigger', before, after, triggersOf),
    ...compared({
      place: 'task',
      before: tasksOf(before),
      after: tasksOf(after),
      added: (type) => ({ note: type, breaks: false }),
      removed: { note: 'is not there any more', breaks: false },
      changed: (was, is) => (was === is ? undefined : { note: `was ${was}, is ${is}`, breaks: false }),
    }),
  ];
}

function compared<Value>({
  place,
  before,
  after,
  added,
  removed,
  changed,
}: Compared<Value>): readonly Change[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];

  return names.flatMap((name): readonly Change[] => {
    const was = Object.hasOwn(before, name) ? before[name] : undefined;
    const is = Object.hasOwn(after, name) ? after[name] : undefined;
    if (was === undefined) return is === undefined ? [] : [{ kind: 'added', place, name, ...added(is) }];
    if (is === undefined) return [{ kind: 'removed', place, name, ...removed }];
    const change = changed(was, is);

    return change === undefined ? [] : [{ kind: 'changed', place, name, ...change }];
  });
}

/** What has no more to it than that it is there. Who reads an output that is gone may fail. */
function plain(
  place: 'output' | 'trigger',
  before: Definition,
  after: Definition,
  namesOf: (definition: Definition) => Named<true>,
): readonly Change[] {
  return compared({
    place,
    before: namesOf(before),
    after: namesOf(after),
    added: () => ({ note: '', breaks: false }),
    removed: { note: 'is not there any more', breaks: place === 'output' },
    changed: () => undefined,
  });
}

function inputChange(
  before: InputProperty,
  after: InputProperty,
): Pick<Change, 'note' | 'breaks'> | undefined {
  const [was, is] = [inputType(before) ?? 'any', inputType(after) ?? 'any'];
  const isOther = was !== is && is !== 'any';
  const isNewlyAsked = isAsked(after) && !isAsked(before);
  const notes = [
    ...(was === is ? [] : [`was ${was}, is ${is}`]),
    ...(isNewlyAsked ? ['has to be given now'] : []),
    ...(isAsked(before) && !isAsked(after) ? ['need not be given any more'] : []),
    ...(rules(before) === rules(after) ? [] : ['other values are allowed']),
    ...(JSON.stringify(before.default) === JSON.stringify(after.default) ? [] : ['has another default']),
    ...(before.secret === after.secret ? [] : [after.secret ? 'is secret now' : 'is no secret any more']),
  ];
  if (notes.length === 0) return undefined;

  return { note: notes.join('; '), breaks: isOther || isNewlyAsked || rules(before) !== rules(after) };
}

function isAsked({ required, default: preset }: InputProperty): boolean {
  return required && preset === undefined;
}

function rules({
  enum: listed,
  pattern,
  minimum,
  maximum,
  minLength,
  maxLength,
  items,
}: InputProperty): string {
  return JSON.stringify([listed, pattern, minimum, maximum, minLength, maxLength, items]);
}

function outputsOf({ output }: Definition): Named<true> {
  return present(output.kind === 'names' ? output.names : Object.keys(output.map));
}

function triggersOf(definition: Definition): Named<true> {
  return present(definition.triggers.map((trigger) => triggerId(definition, trigger)));
}

function tasksOf({ tasks }: Definition): Named<string> {
  return Object.fromEntries(tasks.map(({ id, type }) => [id, type]));
}

function present(names: readonly string[]): Named<true> {
  return Object.fromEntries(names.map((name) => [name, true]));
}
