import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { shippedPath } from '../../files/package-path.ts';
import { codeOf, messageOf } from '../../lib/text.ts';
import { CliFailure } from '../cli-failure.ts';

/** A file of a project, by its path in it. */
export type ProjectFile = { readonly path: string; readonly text: string };

/** By which editors know the keys of a definition: the schema beside it. */
export const workflowSchema = 'definitions/workflow.schema.json';
export const schemaComment = '# yaml-language-server: $schema=workflow.schema.json\n';

/** The definition that needs nothing: no agent, no input, no other file. */
export const helloText = `# Greets somebody. While \`workflow dev\` runs, each save of this file is checked, and started at once.
workflow:
  id: hello
  version: 1
  name: Hello
  description: Greets somebody.

  input:
    properties:
      who:
        type: string
        default: world
        description: Who is greeted.

  tasks:
    - id: greet
      run:
        command: [node, -p, '"hello " + process.argv[1]', "\${workflow.input.who}"]
      timeout: 10s

    # An agent can do it in place of \`run\`. GREETER of agents.yaml is there:
    #   assigned_to: GREETER
    #   input: {who: "\${workflow.input.who}"}
    #   output: [stdout]

  output:
    said: \${greet.output.stdout}
`;

export const helloTest = `# What hello does. \`workflow test\` plays these cases on a real engine, with the results that they give.
test:
  cases:
    - name: somebody is greeted
      input: {who: Ada}
      results:
        greet: {stdout: hello Ada}
      expect:
        status: COMPLETED
        output: {said: hello Ada}
`;

const agentsText = `# yaml-language-server: $schema=definitions/agents.schema.json
# Who carries tasks out: the \`assigned_to\` of tasks.
agents:
  # A command that the engine runs for each task: the input comes in as JSON, the result goes out as JSON.
  GREETER:
    transport:
      command:
        run:
          command: [node, agents/greeter.mjs]
          timeout: 30s

  # A program that takes tasks itself and goes on running: \`workflow dev\` starts it, and again when it ends.
  # RESEARCHER:
  #   command: [python3, agents/researcher.py]
`;

const greeterText = `// The agent GREETER: gets the input of a task as JSON, and prints its result as JSON.
let text = '';
for await (const part of process.stdin) text += part;
const { who } = JSON.parse(text);
console.error(\`greeting \${who}\`);
console.log(JSON.stringify({ stdout: \`good morning, \${who}\` }));
`;

/** What \`workflow init\` makes. */
export async function firstProject(): Promise<readonly ProjectFile[]> {
  return [
    { path: 'definitions/hello.yaml', text: `${schemaComment}${helloText}` },
    { path: 'definitions/hello.test.yaml', text: helloTest },
    { path: 'agents.yaml', text: agentsText },
    { path: 'agents/greeter.mjs', text: greeterText },
    {
      path: '.gitignore',
      text: '# The journal, keys and tokens of the project: they belong to this machine.\n.3ox/\n',
    },
    { path: 'AGENTS.md', text: await readFile(shippedPath('examples/coding-agents/AGENTS.md'), 'utf8') },
    { path: workflowSchema, text: await readFile(shippedPath(workflowSchema), 'utf8') },
    {
      path: 'definitions/agents.schema.json',
      text: await readFile(shippedPath('definitions/agents.schema.json'), 'utf8'),
    },
  ];
}

/** Writes a file unless one is there. Resolves with whether it was written. Throws CliFailure. */
export async function writeNew(folder: string, { path, text }: ProjectFile): Promise<boolean> {
  const full = join(folder, path);
  try {
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text, { flag: 'wx' });

    return true;
  } catch (error) {
    if (codeOf(error) === 'system.eexist') return false;
    throw new CliFailure(
      'usage.folder',
      `${path} cannot be written (${messageOf(error)})`,
      'see that there is room and that you may write there',
    );
  }
}
