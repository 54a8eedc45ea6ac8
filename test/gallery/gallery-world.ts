// A project whose definition is published, and the places that a gallery is read from: a folder, a repository of the
// git program, and a real server of static files.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createProject, type Project } from '../cli/project.ts';

/** A definition that computes a greeting, and one that runs a command for it. */
export function greeting(version: number, { word = 'Hello', extra = '' } = {}): string {
  return `workflow:
  id: greeting
  version: ${version}
  name: Greet somebody
  description: Says hello to somebody by name.
  input:
    required: [who]
    properties:
      who: { type: string, description: Who is greeted. }
  tasks:
    - id: greet
      type: TRANSFORM
      output: { text: '${word} \${workflow.input.who}' }
${extra}  output: { text: '\${greet.output.text}' }
`;
}

export const greetingCases = `test:
  cases:
    - name: somebody is greeted
      input: { who: Ada }
      expect: { status: COMPLETED }
`;

export const failingCases = `test:
  cases:
    - name: somebody is not greeted
      input: { who: Ada }
      expect: { status: FAILED }
`;

export type Published = { readonly author: Project; readonly folder: string };

/** A gallery in the folder `gallery` of a project, with `greeting` in it. */
export async function publishedGallery(cases = greetingCases): Promise<Published> {
  const author = await createProject({
    'definitions/greeting.yaml': greeting(1),
    'definitions/greeting.test.yaml': cases,
    'agents/greeter.mjs': 'console.log("{}");\n',
  });
  await published(author, 'gallery publish greeting --to gallery --agents agents');

  return { author, folder: join(author.dir, 'gallery') };
}

export async function published(author: Project, line: string): Promise<void> {
  const { exit, err } = await author.cli(line);
  if (exit !== 0) throw new Error(err);
}

/** Publishes another version of the greeting. */
export async function publishVersion(author: Project, version: number, word = 'Hello'): Promise<void> {
  await writeFile(join(author.dir, 'definitions/greeting.yaml'), greeting(version, { word }));
  await published(author, 'gallery publish greeting --to gallery');
}

/** A server of the files of a folder; a listener may answer before it. */
export async function staticServer(folder: string, before?: RequestListener): Promise<string> {
  const server = createServer((request, answer) => {
    before?.(request, answer);
    if (answer.writableEnded) return;
    readFile(join(folder, new URL(request.url ?? '/', 'http://x').pathname)).then(
      (content) => answer.end(content),
      () => answer.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());

  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A bare repository that holds the files of a folder. */
export async function gitRepository(folder: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gallery-git-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd, stdio: 'pipe' });
  await cp(folder, join(dir, 'work'), { recursive: true, verbatimSymlinks: true });
  git(join(dir, 'work'), 'init', '-q');
  git(join(dir, 'work'), 'add', '.');
  git(join(dir, 'work'), 'commit', '-q', '-m', 'gallery');
  git(dir, 'clone', '-q', '--bare', 'work', 'gallery.git');

  return join(dir, 'gallery.git');
}

/** An Ed25519 key in PEM: the private half and the public one. */
export function freshKey(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  return {
    privatePem: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicPem: String(publicKey.export({ format: 'pem', type: 'spki' })),
  };
}

type Document = Record<string, unknown>;

/** Changes a document of a gallery by hand, as somebody without its key can. */
export async function tamper(path: string, change: (document: Document) => unknown): Promise<void> {
  const document = JSON.parse(await readFile(path, 'utf8')) as Document;
  await writeFile(path, JSON.stringify(change(document) ?? document));
}
