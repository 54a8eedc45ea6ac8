import type { Json } from '../../../../events/canonical-json.ts';
import { isArray, isMap, type JsonMap, numberAt } from './parse-json.ts';

const reference = /^[\w-]+\.(input|output)(\.[\w-]+)*$/;
const holders = new Set(['inputParameters', 'outputParameters']);

/** Schema version 1 writes `workflow.input.a` where version 2 writes `${workflow.input.a}`. */
export function withReferences(workflow: JsonMap): JsonMap {
  return numberAt(workflow, 'schemaVersion') === 1 ? (rewritten(workflow, false) as JsonMap) : workflow;
}

function rewritten(value: Json, inside: boolean): Json {
  if (typeof value === 'string') return inside && reference.test(value) ? `\${${value}}` : value;
  if (isArray(value)) return value.map((each) => rewritten(each, inside));
  if (!isMap(value)) return value;

  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      rewritten(each, inside || (holders.has(key) && isMap(each))),
    ]),
  );
}
