// Small definitions that reach the states a screen has to show.

/** Waits for a person between two commands. */
export const greeting = `workflow:
  id: greeting
  name: Greeting
  version: 1
  description: Greets somebody, once a person has agreed.
  input:
    required: [name]
    properties:
      name: { type: string, description: Who is greeted. }
      times: { type: integer, default: 2, minimum: 1, maximum: 9 }
      mood: { type: string, enum: [glad, calm], default: calm }
  tasks:
    - id: write
      run: { command: [node, -e, "console.log(JSON.stringify({ text: 'hello ' + process.argv[1] }))", "\${workflow.input.name}"] }
      output: [text]
      timeout: 30s
    - id: agree
      name: Agree to the greeting
      description: Somebody has to read it first.
      type: HUMAN
      depends_on: write
      wait_for_approval: true
      approvers: { level: L1 }
      timeout: 1d
      on_timeout: fail
      input: { text: "\${write.output.text}" }
    - id: send
      depends_on: agree
      run: { command: [node, -e, "console.log('sent')"] }
      timeout: 30s
`;

/** Fails until the file \`ready\` is in the project. */
export const needsFile = `workflow:
  id: needs-file
  name: Needs a file
  version: 1
  description: Fails until a file is there.
  tasks:
    - id: read
      run: { command: [node, -e, "require('fs').readFileSync('ready')"] }
      timeout: 30s
`;

/** Waits for a person at once: as many runs as one likes stay under way. */
export const waiting = `workflow:
  id: waiting
  name: Waiting
  version: 1
  description: Waits for a person.
  tasks:
    - id: agree
      type: HUMAN
      wait_for_approval: true
      approvers: { level: L1 }
      timeout: 1d
      on_timeout: fail
`;
