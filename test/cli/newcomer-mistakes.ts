// What people do wrong in their first hours, each with what they are told: the place, the value, what helps.

/** `files` are written into the project, beside definitions/greet.yaml; `says` are parts of what is printed. */
type Mistake = {
  readonly mistake: string;
  readonly line: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly says: readonly [place: string, value: string, help: string];
};

export const good = `workflow:
  id: greet
  version: 1
  input:
    required: [name]
    properties:
      name: {type: string}
      amount: {type: integer, default: 1}
  tasks:
    - id: greet
      type: TRANSFORM
      output: {greeting: "hello \${workflow.input.name}"}
    - {id: tell, type: NOOP, depends_on: greet}
  output: {said: "\${greet.output.greeting}"}
`;

function edited(from: string, to: string): Pick<Mistake, 'line' | 'files'> {
  return { line: 'check my.yaml', files: { 'my.yaml': good.replace(from, () => to) } };
}

const beside = { files: { 'my.yaml': good } };

export const mistakes: readonly Mistake[] = [
  {
    mistake: 'a file with the wrong ending',
    line: 'start my.yml --name Ada',
    ...beside,
    says: ['my.yml', 'there is no file', 'did you mean my.yaml?'],
  },
  {
    mistake: 'a slip in the name of a definition',
    line: 'start gret --name Ada',
    says: ['"gret"', 'no definition', 'did you mean "greet"?'],
  },
  {
    mistake: 'an input is left out',
    line: 'start greet',
    says: ['--name', 'required and not given', 'workflow start greet --help'],
  },
  {
    mistake: 'a slip in the name of an input',
    line: 'start greet --nmae Ada',
    says: ['--nmae', 'unknown flag', 'did you mean --name?'],
  },
  {
    mistake: 'an input without dashes',
    line: 'start greet name=Ada',
    says: ['"name=Ada"', 'not expected here', 'try: --name Ada'],
  },
  {
    mistake: 'a word where a number is wanted',
    line: 'start greet --name Ada --amount ten',
    says: ['--amount', '"ten"', 'such as --amount 3'],
  },
  {
    mistake: 'a time without its unit',
    line: 'start greet --name Ada --timeout 10',
    says: ['--timeout', 'a bare number', 'write 10s'],
  },
  {
    mistake: 'a command of another tool',
    line: 'lint my.yaml',
    says: ['workflow lint', 'there is no command', 'try: workflow check my.yaml'],
  },
  {
    mistake: 'a slip in an option',
    line: 'list --stauts RUNNING',
    says: ["'--stauts'", 'unknown option', 'workflow list --status RUNNING'],
  },
  {
    mistake: 'the last run without its @',
    line: 'show last',
    says: ['"last"', 'there is no run', 'did you mean "@last"?'],
  },
  {
    mistake: 'a status where a term is wanted',
    line: 'list --where FAILED',
    says: ['where:', '"FAILED"', 'try: status=FAILED'],
  },
  {
    mistake: 'JSON that the shell took the quotes of',
    line: 'emit order.paid --data {amount:1}',
    says: ['--data', '{amount:1}', `--data '{"amount": 1}'`],
  },
  {
    mistake: 'an answer that nobody asked for',
    line: 'approve @last',
    says: ['run ', 'asks for no approval now', 'workflow status '],
  },
  {
    mistake: 'tabs',
    ...edited('    - {id: tell', '\t- {id: tell'),
    says: ['my.yaml:13:1', 'a tab', 'indented with spaces'],
  },
  {
    mistake: 'no blank behind a colon',
    ...edited('id: greet\n  version', 'id:greet\n  version'),
    says: ['my.yaml:2:6', 'id:greet', 'a blank is missing behind the colon'],
  },
  {
    mistake: 'an expression in braces without quotes',
    ...edited('"hello ${workflow.input.name}"', 'hello ${workflow.input.name}'),
    says: ['my.yaml:12:', 'hello ${workflow.input.name}', 'needs quotes'],
  },
  {
    mistake: 'an expression in the braces of another tool',
    ...edited('{greeting: "hello ${workflow.input.name}"}', '{{name}}'),
    says: ['my.yaml:12:', '{{name}}', 'an expression is written "${...}"'],
  },
  {
    mistake: 'no key "workflow"',
    line: 'check my.yaml',
    files: { 'my.yaml': 'id: greet\nversion: 1\ntasks:\n  - {id: a, type: NOOP}\n' },
    says: ['my.yaml:1:1', '"workflow" is missing', 'put "workflow:" on the first line'],
  },
  {
    mistake: 'no version',
    ...edited('  version: 1\n', ''),
    says: ['my.yaml:1:1', '"version" is missing', 'write version: 1'],
  },
  {
    mistake: 'tasks as a mapping',
    line: 'check my.yaml',
    files: { 'my.yaml': 'workflow:\n  id: greet\n  version: 1\n  tasks:\n    build: {type: NOOP}\n' },
    says: ['my.yaml:5:5', 'found a mapping', 'write each as "- id: <name>"'],
  },
  {
    mistake: 'a slip in a task that comes before',
    ...edited('depends_on: greet', 'depends_on: gret'),
    says: ['my.yaml:13:42', '"gret"', 'did you mean "greet"?'],
  },
  {
    mistake: 'needs, as in GitHub Actions',
    ...edited('depends_on: greet', 'needs: greet'),
    says: ['my.yaml:13:30', '"needs"', 'did you mean "depends_on"?'],
  },
  {
    mistake: 'if, as in GitHub Actions',
    ...edited('depends_on: greet', 'depends_on: greet, if: "true"'),
    says: ['my.yaml:13:49', '"if"', 'did you mean "when"?'],
  },
  {
    mistake: 'retries, as in Celery',
    ...edited('depends_on: greet', 'depends_on: greet, retries: 3'),
    says: ['my.yaml:13:49', '"retries"', 'did you mean "retry_policy"?'],
  },
  {
    mistake: 'a number of attempts alone',
    ...edited('depends_on: greet', 'depends_on: greet, retry_policy: 3'),
    says: ['my.yaml:13:63', 'the number 3', 'such as {max_attempts: 3}'],
  },
  {
    mistake: 'a task type in small letters',
    ...edited('type: NOOP', 'type: human'),
    says: ['my.yaml:13:24', '"human"', 'did you mean "HUMAN"?'],
  },
  {
    mistake: 'a slip in an action',
    ...edited('type: NOOP', 'uses: files.sacn'),
    says: ['my.yaml:13:24', '"files.sacn"', 'did you mean "files.scan"?'],
  },
  {
    mistake: 'a duration in words',
    ...edited('depends_on: greet', 'depends_on: greet, timeout: 5 minutes'),
    says: ['my.yaml:13:58', '"5 minutes"', 'write 500ms, 30s, 2m'],
  },
  {
    mistake: 'two tasks that wait for each other',
    ...edited('      type: TRANSFORM', '      type: TRANSFORM\n      depends_on: tell'),
    says: ['my.yaml:12:19', 'greet -> tell -> greet', 'wait for each other'],
  },
  {
    mistake: 'inputs in place of input',
    ...edited('workflow.input.name', 'workflow.inputs.name'),
    says: ['my.yaml:12:35', '"inputs"', 'did you mean "input"?'],
  },
  {
    mistake: 'an input without "workflow."',
    ...edited('workflow.input.name', 'input.name'),
    says: ['my.yaml:12:35', '"input"', 'did you mean "workflow.input"?'],
  },
  {
    mistake: 'a result without "output"',
    ...edited('greet.output.greeting', 'greet.greeting'),
    says: ['my.yaml:14:21', '"greeting"', 'did you mean "greet.output.greeting"?'],
  },
  {
    mistake: 'a slip in a member of a result',
    ...edited('greet.output.greeting', 'greet.output.greting'),
    says: ['my.yaml:14:21', '"greting"', 'did you mean "greeting"?'],
  },
  {
    mistake: 'one = in a condition',
    ...edited('depends_on: greet', 'depends_on: greet, when: "${workflow.input.amount} = 1"'),
    says: ['my.yaml:13:81', '"="', 'write =='],
  },
  {
    mistake: 'a cron line with four fields',
    ...edited('  tasks:', '  triggers: [{id: nightly, cron: "0 2 * *", input: {name: Ada}}]\n  tasks:'),
    says: ['my.yaml:9:34', '"0 2 * *"', 'five fields such as 0 9 * * 1'],
  },
  {
    mistake: 'an agent in other letters than in agents.yaml',
    line: 'check my.yaml',
    files: {
      'my.yaml': good.replace('type: NOOP', 'assigned_to: writer'),
      'agents.yaml': 'agents:\n  - {name: WRITER, level: L2, skills: [write]}\n',
    },
    says: ['my.yaml:13:31', '"writer"', 'did you mean "WRITER"?'],
  },
  {
    mistake: 'an edited definition under a version that is taken',
    line: 'definitions publish definitions/greet.yaml',
    files: { 'definitions/greet.yaml': good.replace('hello', 'hi') },
    says: ['greet version 1', 'registered with other content', 'raise its version'],
  },
];
