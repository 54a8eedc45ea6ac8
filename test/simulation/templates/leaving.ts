// Templates for worlds in which runs leave the journal: what says itself how long its runs stay, and what is sealed.
import { endsWith, flow, type Template, template } from './template.ts';

/** Values of people that are to be sealed hold this text. */
export const sealedCanary = 'ada-of-the-sealed-value';

export const leavingTemplates: readonly Template[] = [
  template(
    'kept-otherwise',
    [
      flow(`kept-otherwise
  retention: {keep: 4s, then: keep_head}
  tasks:
    - {id: one, type: SUB_WORKFLOW, workflow: part}
    - {id: last, uses: work, depends_on: one, input: {fails: 1}, retry_policy: {max_attempts: 2, initial_delay: 2s}}`),
      flow(`part
  tasks: [{id: work, uses: work}]`),
    ],
    { wrong: endsWith('COMPLETED', { one: 'completed', last: 'completed' }) },
  ),
  template(
    'sealed',
    [
      flow(`sealed
  erasure_key: \${workflow.input.name}
  input: {properties: {name: {type: string, pii: true}}, required: [name]}
  tasks:
    - {id: greet, type: TRANSFORM, output: {text: "Dear \${workflow.input.name}"}}
    - {id: work, uses: work, depends_on: greet}
    - {id: nap, type: WAIT, duration: 8s, depends_on: work}
    - {id: again, type: TRANSFORM, depends_on: nap, output: {text: "\${greet.output.text}"}}`),
    ],
    {
      input: () => ({ name: sealedCanary }),
      wrong: endsWith('COMPLETED', { work: 'completed', again: 'completed' }),
      // As long as an engine of an earlier release is there, no run is begun that seals values.
      mayBeRefused: true,
    },
  ),
];
