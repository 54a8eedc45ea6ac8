import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isLoopbackName } from '../../../../machines/loopback.ts';
import { type DeviceAnswer, DeviceAnswer as DeviceAnswerSchema, DeviceSignIn } from '../../../api/home.ts';
import { ensurePrivateFolder, readPrivateFile, writePrivateFile } from '../../../files/private-file.ts';
import { delay } from '../../../lib/deadline.ts';
import { messageOf } from '../../../lib/text.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

export type LoginFlags = { readonly server: string; readonly token?: boolean };

const fileName = 'login.json';
const shownPath = `.3ox/${fileName}`;
const requestMsMax = 30_000;

const Login = z.object({ server: z.string(), token: z.string(), actor: z.string() });
type Login = z.output<typeof Login>;

const Problem = z.object({ code: z.string(), detail: z.string(), fix: z.string().optional() });

/** `workflow login`: shows a code to let this program in with, and keeps the token that comes of it. */
export async function login(invocation: Invocation, { server, token }: LoginFlags): Promise<ExitCode> {
  if (token === true) return showToken(invocation);
  const { output, io } = invocation;
  const url = serverUrl(server);
  const asked = await ask(url, '/oidc/device', { method: 'POST' }, DeviceSignIn);
  output.note(
    `open ${oneLine(asked.verificationUriComplete ?? asked.verificationUri)} and compare the code: ${oneLine(asked.userCode)}`,
  );
  const until = io.clock.steady() + asked.expiresInMs;
  let answer: DeviceAnswer = { status: 'pending' };
  while (answer.status === 'pending') {
    if (io.clock.steady() >= until)
      throw new CliFailure(
        'oidc.state',
        'nobody let this program in before the code expired',
        'workflow login',
      );
    await delay(io.clock, asked.intervalMs);
    const body = JSON.stringify({ device: asked.device });
    answer = await ask(url, '/oidc/device/token', { method: 'POST', body }, DeviceAnswerSchema);
  }
  const { actor = '', level = '', domain } = answer;
  await keep(invocation.projectDir(), { server: url, token: answer.token ?? '', actor });
  output.document('Login', { server: url, actor, level, ...(domain === undefined ? {} : { domain }) });
  const whose = domain === undefined ? '' : ` of the domain ${oneLine(domain)}`;
  output.data(`signed in to ${url} as ${oneLine(actor)}, ${level}${whose}`);

  return 0;
}

/** `workflow logout`: the session ends at the server, and the token is forgotten here. */
export async function logout({ output, projectDir }: Invocation): Promise<ExitCode> {
  const { server, token, actor } = kept(projectDir());
  const headers = { authorization: `Bearer ${token}` };
  // A session that is over already has nothing to end: the server knows it no more.
  await ask(server, '/api/v1/session', { method: 'DELETE', headers }, z.unknown()).catch(unlessOver);
  await rm(join(projectDir(), '.3ox', fileName), { force: true });
  output.document('Logout', { server, actor });
  output.data(`signed out of ${server}`);

  return 0;
}

function unlessOver(error: unknown): void {
  if (!(error instanceof CliFailure) || error.code !== 'http.token') throw error;
}

/** `workflow login --token`: for programs that ask over HTTP. */
function showToken({ output, projectDir }: Invocation): ExitCode {
  const { token, server, actor } = kept(projectDir());
  output.document('LoginToken', { server, actor, token });
  output.data(token);

  return 0;
}

function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackName(url.hostname));
  if (url !== undefined && isSafe) return url.origin;
  const rule = 'an address that begins with https://, or with http:// on this machine itself';

  throw new CliFailure('usage.server', `--server: expected ${rule}, found ${JSON.stringify(text)}`);
}

/** Asks the server. Throws CliFailure with what it refused, or where it cannot be reached. */
async function ask<Answer>(
  server: string,
  path: string,
  init: RequestInit,
  schema: z.ZodType<Answer>,
): Promise<Answer> {
  const headers = {
    ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...init.headers,
  };
  const response = await fetch(server + path, {
    ...init,
    headers,
    redirect: 'error',
    signal: AbortSignal.timeout(requestMsMax),
  }).catch((error: unknown) => {
    throw new CliFailure(
      'oidc.unreachable',
      `${server} cannot be reached: ${messageOf(error)}`,
      'workflow serve',
    );
  });
  const told: unknown = await response.json().catch(() => undefined);
  if (response.ok) return schema.parse(told);
  const problem = Problem.safeParse(told);
  if (problem.success)
    throw new CliFailure(problem.data.code, oneLine(problem.data.detail), problem.data.fix);

  throw new CliFailure('oidc.refused', `${server} answered ${response.status}, and not as this program does`);
}

async function keep(projectDir: string, content: Login): Promise<void> {
  const folder = await ensurePrivateFolder(projectDir);
  const temporary = join(folder, `.login-${randomUUID()}.part`);
  await writePrivateFile(temporary, `${JSON.stringify(content)}\n`);
  await rename(temporary, join(folder, fileName));
}

/** Throws CliFailure where nobody is signed in, and SecretFileRefused where others can read the token. */
function kept(projectDir: string): Login {
  const text = readPrivateFile(join(projectDir, '.3ox', fileName), shownPath);
  const fix = 'workflow login';
  if (text === undefined) throw new CliFailure('usage.login', 'nobody is signed in here', fix);
  try {
    return Login.parse(JSON.parse(text));
  } catch {
    throw new CliFailure('secret.bad-file', `${shownPath} holds no token; sign in anew`, fix);
  }
}
