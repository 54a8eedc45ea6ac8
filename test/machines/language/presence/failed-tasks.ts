// Tasks that are read and may have failed, and people and signals that may not have answered.
import { type Pair, use } from './pair.ts';

export const failedTasks: readonly Pair[] = [
  {
    title: 'the output of an optional task that failed',
    tasks: `- {id: a, uses: x@@}\n${use('a.output.body')}`,
    broken: ', optional: true',
    good: '',
    reads: 'a.output.body',
    says: 'it failed, which "optional" allows',
  },
  {
    title: 'an optional task whose status is not asked for',
    tasks:
      '- {id: a, uses: x, optional: true}\n- {id: use, uses: x, depends_on: a, @@input: {v: "${a.output.body}"}}',
    broken: '',
    good: 'when: "a.status == \'COMPLETED\'", ',
    reads: 'a.output.body',
    says: '"a" has no output',
  },
  {
    title: 'an optional HTTP task',
    tasks:
      '- {id: a, type: HTTP, optional: true, timeout: 5s, request: {url: "https://example.test"}}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${@@}"}}',
    broken: 'a.output.status',
    good: 'a.output.?status.orValue(0)',
    reads: 'a.output.status',
    says: '"a" has no output',
  },
  {
    title: 'a caught failure, read by the task that the catch goes on with',
    tasks:
      '- {id: a, uses: x, catch: [{errors: ["*"], next: use}]}\n- {id: use, uses: x, input: {v: "${@@}"}}',
    broken: 'a.output.v',
    good: 'a.error.message',
    reads: 'a.output.v',
    says: 'its catch goes on with "use"',
  },
  {
    title: 'a caught failure, read where both ways meet',
    tasks:
      '- {id: a, uses: x, catch: [{errors: [e.gone], next: other}]}\n- {id: other, uses: x}\n- {id: use, type: TRANSFORM, depends_on: [a@@, other], output: {v: "${a.output.v}"}}'.replace(
        '[a@@, other]',
        '@@',
      ),
    broken: '[a, other]',
    good: 'a',
    reads: 'a.output.v',
    says: 'its catch goes on with "other"',
  },
  {
    title: 'the error of a task that did not fail',
    tasks:
      '- {id: a, uses: x, optional: true}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${@@}"}}',
    broken: 'a.error.code',
    good: 'a.error == null ? null : a.error.code',
    reads: 'a.error.code',
    says: 'also when "a" did not fail',
  },
  {
    title: 'a fallback that gives something else',
    tasks:
      '- {id: a, uses: x, fallback: plan_b}\n- {id: plan_b, type: TRANSFORM, output: {@@: 0}}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${a.output.rate}"}}',
    broken: 'value',
    good: 'rate',
    reads: 'a.output.rate',
    says: 'its fallback stands in',
  },
  {
    title: 'what a fallback reads of the task that it stands in for',
    tasks: '- {id: a, uses: x, fallback: use}\n- {id: use, uses: x, input: {v: "${@@}"}}',
    broken: 'a.output.v',
    good: 'a.output.?v.orValue(1)',
    reads: 'a.output.v',
    says: 'it failed',
  },
  {
    title: 'a tolerated failure of a branch',
    tasks:
      '- id: f\n  type: FORK\n  @@branches: [[{id: a, uses: x}], [{id: b, uses: x}]]\n- {id: use, type: TRANSFORM, depends_on: f, output: {v: "${a.output.v}"}}',
    broken: 'tolerate_failures: 1\n  ',
    good: '',
    reads: 'a.output.v',
    says: '"tolerate_failures" allows',
  },
  {
    title: 'an optional task in the output of the run',
    head: 'output: {v: "${a.output.v}"}',
    tasks: '- {id: a, uses: x@@}',
    broken: ', optional: true',
    good: '',
    reads: 'a.output.v',
    says: 'the run completes also when',
  },
];

export const unanswered: readonly Pair[] = [
  {
    title: 'what comes with a signal that may be late',
    tasks:
      '- {id: a, type: WAIT, signal: paid, timeout: 1d, on_timeout: continue}\n- {id: use, uses: x, depends_on: a, @@input: {v: "${a.output.data.amount}"}}',
    broken: '',
    good: 'when: "!a.output.timed_out", ',
    reads: 'a.output.data.amount',
    says: 'its time passed before the signal came',
  },
  {
    title: 'a signal that may be late, asked for the wrong way round',
    tasks:
      '- {id: a, type: WAIT, signal: paid, timeout: 1d, on_timeout: continue}\n- {id: use, uses: x, depends_on: a, when: "@@a.output.timed_out", input: {v: "${a.output.data.amount}"}}',
    broken: '',
    good: '!',
    reads: 'a.output.data.amount',
    says: 'its time passed',
  },
  {
    title: 'a time-out that goes on where it should fail',
    tasks:
      '- {id: a, type: WAIT, signal: paid, timeout: 1d, on_timeout: @@}\n- {id: use, uses: x, depends_on: a, input: {v: "${a.output.data.amount}"}}',
    broken: 'continue',
    good: 'fail',
    reads: 'a.output.data.amount',
    says: 'its time passed',
  },
  {
    title: 'what a person gave who rejected it',
    tasks:
      '- {id: a, type: HUMAN, on_reject: continue, form: {properties: {sum: {type: number}}, required: [sum]}}\n- {id: use, uses: x, depends_on: a, @@input: {v: "${a.output.data.sum}"}}',
    broken: '',
    good: 'when: "a.output.decision == \'approved\'", ',
    reads: 'a.output.data.sum',
    says: 'somebody rejected it',
  },
  {
    title: 'a field of a form that need not be filled in',
    tasks:
      '- {id: a, type: HUMAN, form: {properties: {sum: {type: number}}@@}}\n- {id: use, uses: x, depends_on: a, input: {v: "${a.output.data.sum}"}}',
    broken: '',
    good: ', required: [sum]',
    reads: 'a.output.data.sum',
    says: 'its form does not ask for "sum"',
  },
  {
    title: 'an approval by time-out, which brings nothing along',
    tasks:
      '- {id: a, type: HUMAN, timeout: 1h, on_timeout: @@, form: {properties: {sum: {type: number}}, required: [sum]}}\n- {id: use, uses: x, depends_on: a, input: {v: "${a.output.data.sum}"}}',
    broken: 'approve',
    good: 'fail',
    reads: 'a.output.data.sum',
    says: 'nobody answered in time',
  },
];
