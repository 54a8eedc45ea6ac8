import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { mapping } from './spellings.ts';

type Members = Readonly<Record<string, Json>>;

/**
 * The definition, as JSON text, of a failure workflow that is written out inside of another definition: its steps in
 * sequence. A step that is only named is the task of that name, or else carried out by an agent with a skill of that
 * name. `parsed` is the text of the whole definition, parsed; undefined where it holds no such workflow.
 */
export function failureDefinition(parsed: Json): string | undefined {
  const workflow = member(parsed, 'workflow');
  const failure = member(workflow, 'failure_workflow');
  const steps = member(failure, 'steps');
  const id = member(failure, 'id');
  if (!Array.isArray(steps) || typeof id !== 'string') return undefined;

  return canonicalJson({
    workflow: {
      id,
      name: `failure of ${String(member(workflow, 'id'))}`,
      version: member(workflow, 'version') ?? 1,
      input: { optional: inputsOf(workflow).map((name) => ({ [name]: null })) },
      tasks: inSequence(steps, listOf(member(workflow, 'tasks')).map(mapping)),
    },
  });
}

/** What is known of the failure, besides the input of the run that failed. */
const told = ['error', 'original_run_id', 'failed_task'];

function inputsOf(workflow: Json | undefined): readonly string[] {
  const input = member(workflow, 'input');
  const required = listOf(member(input, 'required')).flatMap((each) =>
    typeof each === 'string' ? [each] : [],
  );
  const optional = listOf(member(input, 'optional')).flatMap((each) =>
    typeof each === 'string' ? [each] : Object.keys(mapping(each)),
  );
  const typed = Object.keys(mapping(member(input, 'properties')));

  return [...new Set([...required, ...optional, ...typed, ...told])];
}

function inSequence(steps: readonly Json[], main: readonly Members[]): readonly Json[] {
  const tasks = steps.map((step) => (typeof step === 'string' ? named(step, main) : mapping(step)));

  return tasks.map((task, index) => {
    const before = tasks[index - 1]?.['id'];
    const follows = before === undefined || 'depends_on' in task || 'parallel_with' in task;
    return follows ? task : { ...task, depends_on: before };
  });
}

/** A step may name a task of the definition: it is carried out in the same way, out of its old surroundings. */
function named(id: string, main: readonly Members[]): Members {
  const listed = main.find((task) => task['id'] === id);
  if (listed === undefined) return { id };

  return Object.fromEntries(Object.entries(listed).filter(([key]) => !surroundings.has(key)));
}

const surroundings: ReadonlySet<string> = new Set([
  'depends_on',
  'parallel_with',
  'join',
  'when',
  'fallback',
  'catch',
  'compensate',
]);

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function member(value: Json | undefined, key: string): Json | undefined {
  return mapping(value)[key];
}
