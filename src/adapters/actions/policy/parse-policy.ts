import { load, YAMLException } from 'js-yaml';
import { TaskError } from '../../../ports/handler.ts';
import { type PolicyBlock, policyBlocks } from './policy-block.ts';
import { Policy, ruleKeys } from './policy-rules.ts';

const depthMax = 16;

/** The policy in a file's text. `file` names it in messages. Throws TaskError, with the line where there is one. */
export function parsePolicy(file: string, text: string): Policy {
  const blocks = policyBlocks(file, text);
  for (const block of blocks) {
    const value = parseYaml(file, block);
    if (isPolicy(value)) return checkPolicy(file, block, value);
  }

  const found =
    blocks.length === 0
      ? 'it has neither front matter nor a ```yaml block'
      : `the YAML at line ${blocks.map(({ firstLine }) => firstLine).join(', ')} has none of these keys`;
  throw new TaskError(
    'policy.not-a-policy',
    `${file} is not a policy: ${found}. A policy is Markdown with YAML front matter or a \`\`\`yaml block, or a ` +
      `YAML file, with at least one of ${ruleKeys.join(', ')}`,
  );
}

function parseYaml(file: string, { text, firstLine }: PolicyBlock): unknown {
  if (text.trim() === '') return null;
  try {
    return load(text, { maxAliases: 0, maxDepth: depthMax });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = firstLine + (error.mark?.line ?? 0);
    throw new TaskError(
      'policy.invalid-yaml',
      `${file}:${line}: the YAML of the policy is broken: ${error.reason}`,
      {
        details: { file, line },
        cause: error,
      },
    );
  }
}

function isPolicy(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && ruleKeys.some((key) => Object.hasOwn(value, key));
}

function checkPolicy(file: string, block: PolicyBlock, value: Readonly<Record<string, unknown>>): Policy {
  const policy = Policy.safeParse(value);
  if (policy.success) return policy.data;

  const problems = policy.error.issues.map((issue) => {
    const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : issue.path[0];
    return { line: lineOf(block, key), field: issue.path.join('.'), message: issue.message };
  });
  const text = problems
    .map(({ line, field, message }) => `${file}:${line}: ${field === '' ? '' : `${field}: `}${message}`)
    .join('; ');
  throw new TaskError('policy.invalid', text, { details: { problems } });
}

/** The line of a top-level key; of the block when the key is not found, as in JSON on one line. */
function lineOf({ text, firstLine }: PolicyBlock, key: PropertyKey | undefined): number {
  const line = text.split('\n').findIndex((one) => one.replace(/^\s*["']?/, '').startsWith(String(key)));

  return firstLine + Math.max(line, 0);
}
