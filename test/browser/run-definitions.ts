// Definitions for the page of one run: attempts that fail, ways that are not taken, a command that waits to be let go,
// very many events, and texts that try to be markup.

/** Fails twice and goes well the third time; then it chooses its way and waits for a person. */
export const flaky = `workflow:
  id: flaky
  version: 1
  input:
    properties:
      qty: { type: integer, default: 7 }
  tasks:
    - id: read
      run: { command: [node, -e, "const fs = require('fs'); fs.appendFileSync('tries', 'x'); if (fs.readFileSync('tries').length < 3) { console.error('EACCES items.csv'); process.exit(1); } console.log('{\\"rows\\": 3}')"] }
      timeout: 30s
      retry_policy: { max_attempts: 3, initial_delay: 100ms, backoff: fixed }
    - id: choose
      type: DECISION
      depends_on: read
      decision_param: "\${workflow.input.qty > 10 ? 'much' : 'little'}"
      decision_cases:
        much: { next: ship }
        little: { next: agree }
      default: ship
    - { id: ship, type: NOOP }
    - { id: agree, type: HUMAN, wait_for_approval: true, timeout: 1d, on_timeout: fail }
`;

/** Goes on when the file \`go\` is in the project, and ends with it: an engine that was killed ends nothing. */
export const untilLetGo = `workflow:
  id: until-let-go
  version: 1
  tasks:
    - id: hold
      run: { command: [node, -e, "const fs = require('fs'); setInterval(() => { if (fs.existsSync('go')) { console.log('{}'); process.exit(0); } if (!fs.existsSync('definitions')) process.exit(1); }, 50)"] }
      timeout: 2m
      retry_policy: { max_attempts: 5, initial_delay: 100ms, backoff: fixed }
    - { id: after, depends_on: hold, type: NOOP }
`;

/** Reads the file that its input names: fails where there is none. */
export const reading = `workflow:
  id: reading
  version: 1
  input:
    required: [file]
    properties:
      file: { type: string }
      key: { type: string, default: none, secret: true }
  output: { text: "\${read.output.text}" }
  tasks:
    - { id: prepare, type: NOOP }
    - id: read
      depends_on: prepare
      run: { command: [node, -e, "console.log(JSON.stringify({ text: require('fs').readFileSync(process.argv[1], 'utf8') }))", "\${workflow.input.file}"] }
      output: [text]
      timeout: 30s
    - { id: after, depends_on: read, type: NOOP }
`;

/** Two events and a few more for each item: one by each FORK. */
export const many = `workflow:
  id: many
  version: 1
  input: { required: [list] }
  tasks:
    - id: all
      type: FORK
      for_each: \${workflow.input.list}
      concurrency: 100
      task: { id: one, uses: folders.create, timeout: 1m, input: { folder: made } }
    - id: again
      type: FORK
      depends_on: all
      for_each: \${workflow.input.list}
      concurrency: 100
      task: { id: other, uses: folders.create, timeout: 1m, input: { folder: made } }
`;

export const evil = `<script>window.hacked=1</script><img src=x onerror="window.hacked=1">`;

/** Its name, its description and what it asks are markup. */
export const markup = `workflow:
  id: markup
  name: '${evil}'
  description: '${evil}'
  version: 1
  input: { required: [text] }
  tasks:
    - { id: say, name: '${evil}', run: { command: [node, -e, "console.log(JSON.stringify({ said: process.argv[1] }))", "\${workflow.input.text}"] }, timeout: 30s }
    - { id: agree, type: HUMAN, name: '${evil}', description: '${evil}', depends_on: say, wait_for_approval: true, timeout: 1d, on_timeout: fail, input: { text: "\${say.output.said}" } }
`;
