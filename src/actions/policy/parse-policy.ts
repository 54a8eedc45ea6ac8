import { load, YAMLException } from 'js-yaml';
import { TaskError } from '../../ports/work/handler.ts';
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

/** A piece of YAML in a policy file. `firstLine` is the line of the file that its first line is on, from 1. */
type PolicyBlock = { readonly text: string; readonly firstLine: number };

/**
 * The YAML of a policy file, in order: front matter between `---` lines at the top, then every fenced block marked
 * `yaml` or `yml`. A file that is YAML or JSON by its name is one block.
 */
function policyBlocks(fileName: string, text: string): readonly PolicyBlock[] {
  const source = text.replace(/^\uFEFF/, '');
  if (/\.(ya?ml|json)$/i.test(fileName)) return [{ text: source, firstLine: 1 }];

  const lines = source.split(/\r?\n/);
  const blocks: PolicyBlock[] = [];
  let opened: { readonly line: number; readonly closes: RegExp; readonly isYaml: boolean } | undefined;
  for (const [index, line] of lines.entries()) {
    if (opened === undefined) {
      opened = opening(line, index);
    } else if (opened.closes.test(line)) {
      const text = lines.slice(opened.line + 1, index).join('\n');
      if (opened.isYaml) blocks.push({ text, firstLine: opened.line + 2 });
      opened = undefined;
    }
  }

  return blocks;
}

function opening(line: string, index: number) {
  if (index === 0 && /^---\s*$/.test(line)) return { line: index, closes: /^(---|\.\.\.)\s*$/, isYaml: true };

  const [, fence, language] = /^ {0,3}(`{3,}|~{3,})\s*([\w-]*)/.exec(line) ?? [];
  if (fence === undefined) return undefined;

  return {
    line: index,
    closes: new RegExp(`^ {0,3}\\${fence.charAt(0)}{${fence.length},}\\s*$`),
    isYaml: /^ya?ml$/i.test(language ?? ''),
  };
}
