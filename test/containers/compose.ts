// The compose file of examples/containers, read as Docker reads it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { z } from 'zod';

export const containersFolder = fileURLToPath(new URL('../../examples/containers/', import.meta.url));

const ContainerSchema = z.object({
  build: z.object({ target: z.string() }),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()),
  healthcheck: z.object({ test: z.array(z.string()) }),
  ports: z.array(z.string()).default([]),
  secrets: z.array(z.string()),
  user: z.string(),
  volumes: z.array(z.string()),
});
const Containers = z.record(z.string(), ContainerSchema);
const Secrets = z.record(z.string(), z.object({ file: z.string() }));

export type Container = z.output<typeof ContainerSchema>;

/** A file of the folder. */
export function containerText(name: string): string {
  return readFileSync(`${containersFolder}${name}`, 'utf8');
}

/** As it is written, with its anchors merged. */
export function composeDocument(): unknown {
  return load(containerText('compose.yaml'), { schema: CORE_SCHEMA.withTags(mergeTag) });
}

/** The containers, and the secrets that they are given. */
export function readCompose() {
  const document = z.record(z.string(), z.unknown()).parse(composeDocument());

  return { containers: Containers.parse(document['services']), secrets: Secrets.parse(document['secrets']) };
}
