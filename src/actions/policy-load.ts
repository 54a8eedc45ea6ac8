import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { errorNumber, isAbsent } from '../files/file-failure.ts';
import { bundleLink } from '../files/local-definitions.ts';
import { TaskError } from '../ports/work/handler.ts';
import { defineAction } from './action.ts';
import { parsePolicy } from './policy/parse-policy.ts';
import { readPath } from './real-folder.ts';

const Input = z.strictObject({ policy: z.string().min(1) });

const policyBytesMax = 1024 * 1024;

/** `policy.load`: reads a policy from Markdown, YAML or JSON and checks it (docs/policy-format.md). */
export const policyLoad = defineAction(
  'policy.load',
  {
    input: Input,
    outputs: {
      policy_name: 'text',
      policy_version: 'any',
      policy_rules: 'map',
      required_files: 'list',
      policy_sha256: 'text',
    },
    errors: [
      'policy.not-found',
      'policy.unreadable',
      'policy.too-large',
      'policy.not-a-policy',
      'policy.invalid-yaml',
      'policy.invalid',
    ],
  },
  async ({ projectDir }, { policy: file }) => {
    const content = await readPolicyFile(policyPath(projectDir, file), file);
    const { name, version, description: _, ...rules } = parsePolicy(file, decode(content, file));

    return {
      policy_name: name ?? basename(file),
      policy_version: version ?? null,
      policy_rules: JSON.parse(JSON.stringify(rules)),
      required_files: rules.required_files,
      policy_sha256: createHash('sha256').update(content).digest('hex'),
    };
  },
);

/** One that the bundle brought along, by which the folder is served, comes before a file of the folder. */
function policyPath(projectDir: string, file: string): string {
  const leads = isAbsolute(file) || file.includes('..');
  const bundled = readPath(join(projectDir, bundleLink), file);

  return !leads && existsSync(bundled) ? bundled : readPath(projectDir, file);
}

async function readPolicyFile(path: string, file: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    // O_NONBLOCK: a pipe in the policy's place must not hold the attempt until someone writes to it.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new TaskError('policy.not-a-policy', `${file} is not a policy: it is no file`);
    if (stats.size > policyBytesMax) throw tooLarge(file, stats.size);

    return await handle.readFile();
  } catch (error) {
    throw readError(error, file);
  } finally {
    await handle?.close();
  }
}

function tooLarge(file: string, bytes: number): TaskError {
  return new TaskError(
    'policy.too-large',
    `${file} has ${bytes} bytes; a policy has at most ${policyBytesMax}`,
  );
}

function readError(error: unknown, file: string): unknown {
  if (error instanceof TaskError) return error;
  if (isAbsent(error))
    return new TaskError('policy.not-found', `there is no policy ${file}`, { cause: error });

  return new TaskError(
    'policy.unreadable',
    `policy ${file} cannot be read (${errorNumber(error) ?? error})`,
    {
      retryable: true,
      cause: error,
    },
  );
}

function decode(content: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    throw new TaskError('policy.not-a-policy', `${file} is not a policy: it is not UTF-8 text`, {
      cause: error,
    });
  }
}
