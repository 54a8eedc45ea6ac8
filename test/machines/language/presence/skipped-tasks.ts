// Tasks that are read and may have been skipped, or may not have ended.
import { flag, type Pair, use } from './pair.ts';

export const skippedTasks: readonly Pair[] = [
  {
    title: 'the output of a task with a condition, after join: all_done',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.flag}\n- {id: use, type: TRANSFORM, depends_on: a, join: all_done, output: {v: "${@@}"}}',
    broken: 'a.output.body',
    good: 'a.output.?body.orValue(null)',
    reads: 'a.output.body',
    says: '"use" starts also when "a" is skipped, as its "when" is false: workflow.input.flag (workflow.input.flag: false)',
  },
  {
    title: 'join: all_done where the default was meant',
    head: flag,
    tasks: `- {id: a, uses: x, when: workflow.input.flag}\n${use('a.output.body').replace('depends_on', '@@depends_on')}`,
    broken: 'join: all_done, ',
    good: '',
    reads: 'a.output.body',
    says: 'is skipped',
  },
  {
    title: 'one of two dependencies that may be skipped',
    head: flag,
    tasks:
      '- {id: a, uses: x@@}\n- {id: b, uses: x}\n- {id: use, type: TRANSFORM, depends_on: [a, b], output: {v: "${a.output.v}", w: "${b.output.v}"}}',
    broken: ', when: workflow.input.flag',
    good: '',
    reads: 'a.output.v',
    says: '"a" is skipped',
  },
  {
    title: 'the same condition, the other way round',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: "@@workflow.input.flag", input: {v: "${a.output.v}"}}',
    broken: '!',
    good: '',
    reads: 'a.output.v',
    says: '"a" is skipped',
  },
  {
    title: 'a weaker bound than that of the task that is read',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.n > 5}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: workflow.input.n > @@, input: {v: "${a.output.v}"}}',
    broken: '4',
    good: '5',
    reads: 'a.output.v',
    says: 'workflow.input.n > 5',
  },
  {
    title: 'a task of another case',
    head: flag,
    tasks:
      '- {id: d, type: DECISION, decision_param: "${workflow.input.n}", decision_cases: {1: {next: a}, 2: {next: c}}, default: c}\n- {id: a, uses: x}\n- {id: c, uses: x}\n- {id: use, type: TRANSFORM, depends_on: @@, output: {v: "${a.output.v}"}}',
    broken: '[a, c]',
    good: 'a',
    reads: 'a.output.v',
    says: 'takes another way',
  },
  {
    title: 'a skipped task, read two tasks later',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x, depends_on: a@@}\n- {id: use, type: TRANSFORM, depends_on: b, output: {v: "${a.output.v}"}}',
    broken: ', join: all_done',
    good: '',
    reads: 'a.output.v',
    says: '"a" is skipped',
  },
  {
    title: 'a task that is skipped with the one before it',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x, depends_on: a}\n- {id: use, type: TRANSFORM, depends_on: b@@, output: {v: "${b.output.v}"}}',
    broken: ', join: all_done',
    good: '',
    reads: 'b.output.v',
    says: '"a" is skipped',
  },
  {
    title: 'a skipped task in the output of the run',
    head: `${flag}\noutput: {v: "\${@@}"}`,
    tasks: '- {id: a, uses: x, when: workflow.input.flag}',
    broken: 'a.output.v',
    good: 'a.output.?v.orValue(null)',
    reads: 'a.output.v',
    says: 'the run completes also when "a" is skipped',
  },
  {
    title: 'the status guard of the wrong status',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.flag}\n- {id: use, uses: x, depends_on: a, join: all_done, when: "a.status == \'@@\'", input: {v: "${a.output.v}"}}',
    broken: 'SKIPPED',
    good: 'COMPLETED',
    reads: 'a.output.v',
    says: '"a" is skipped',
  },
  {
    title: 'a condition on what may be skipped',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.flag}\n- {id: use, uses: x, depends_on: a, join: all_done, when: "@@a.output.ok"}',
    broken: '',
    good: 'a.output != null && ',
    reads: 'a.output.ok',
    says: '"a" is skipped',
  },
  {
    title: 'a decision over the output of a skipped task',
    head: flag,
    tasks:
      '- {id: a, uses: x, when: workflow.input.flag}\n- {id: d, type: DECISION, depends_on: a, join: all_done, decision_param: "${@@}", decision_cases: {x: {next: b}}, default: c}\n- {id: b}\n- {id: c}',
    broken: 'a.output.kind',
    good: "a.output.?kind.orValue('x')",
    reads: 'a.output.kind',
    says: '"a" is skipped',
  },
  {
    title: 'the first of two tasks that are enough',
    tasks:
      '- {id: a, uses: x}\n- {id: b, uses: x}\n- {id: use, type: TRANSFORM, depends_on: [a, b], join: @@, output: {v: "${a.output.v}"}}',
    broken: 'any',
    good: 'all',
    reads: 'a.output.v',
    says: 'does not wait for all',
  },
  {
    title: 'two of three tasks that are enough',
    tasks:
      '- {id: a, uses: x}\n- {id: b, uses: x}\n- {id: c, uses: x}\n- {id: use, type: TRANSFORM, depends_on: [a, b, c], join: @@, output: {v: "${c.output.v}"}}',
    broken: '2',
    good: '3',
    reads: 'c.output.v',
    says: 'does not wait for all',
  },
  {
    title: 'a JOIN over a task that may be skipped',
    head: flag,
    tasks:
      '- {id: a, uses: x@@}\n- {id: b, uses: x}\n- {id: j, type: JOIN, join_on: [a, b]}\n- {id: use, type: TRANSFORM, depends_on: j, output: {v: "${j.output.a.v}"}}',
    broken: ', when: workflow.input.flag',
    good: '',
    reads: 'j.output.a',
    says: '"a" is skipped',
  },
  {
    title: 'the end of a branch that may be skipped',
    head: flag,
    tasks:
      '- id: f\n  type: FORK\n  branches: [[{id: a, uses: x@@}], [{id: b, uses: x}]]\n- {id: use, type: TRANSFORM, depends_on: f, output: {v: "${a.output.v}"}}',
    broken: ', when: workflow.input.flag',
    good: '',
    reads: 'a.output.v',
    says: '"a" is skipped',
  },
  {
    title: 'in a branch, the task before that was skipped',
    head: flag,
    tasks:
      '- id: f\n  type: FORK\n  branches: [[{id: a, uses: x, when: workflow.input.flag}, {id: use, uses: x, @@input: {v: "${a.output.v}"}}], [{id: b, uses: x}]]',
    broken: '',
    good: 'when: workflow.input.flag, ',
    reads: 'a.output.v',
    says: '"a" is skipped',
  },
  {
    title: 'a skipped task inside a loop, in its condition',
    head: flag,
    tasks:
      '- {id: l, type: DO_WHILE, loop_condition: "@@a.output.more", tasks: [{id: a, uses: x, when: workflow.input.flag}, {id: b, uses: x}]}',
    broken: '',
    good: "a.status == 'COMPLETED' && ",
    reads: 'a.output.more',
    says: '"a" is skipped',
  },
  {
    title: 'a variable that only a skipped task sets',
    head: `${flag}@@`,
    tasks:
      '- {id: a, type: SET_VARIABLE, when: workflow.input.flag, variables: {total: 1}}\n- {id: use, type: TRANSFORM, depends_on: a, join: all_done, output: {v: "${workflow.variables.total}"}}',
    broken: '',
    good: '\nvariables: {total: 0}',
    reads: 'workflow.variables.total',
    says: 'no SET_VARIABLE',
  },
  {
    title: 'what undoes a task, of another that it did not wait for',
    tasks:
      '- {id: b, uses: x}\n- {id: c, uses: x}\n- {id: a, type: HTTP, depends_on: [b, c], @@timeout: 5s, compensate: undo, request: {url: "https://example.test"}}\n- {id: undo, uses: x, input: {a: "${a.output.body}", b: "${b.output.v}"}}',
    broken: 'join: any, ',
    good: '',
    reads: 'b.output.v',
    says: '"a" may have to be undone before that',
  },
];
