import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from '../src/http/api.ts';
import type { Journal } from '../src/ports/runs/journal.ts';
import { writeRecords } from './plain-records.ts';
import { quantile } from './statistics.ts';

/** From the beginning of an append until a client of the event stream has it, in ms. */
export type StreamCost = { readonly toClientP50Ms: number; readonly toClientP95Ms: number };

type Api = OpenAPIHono<ApiEnv>;

const samples = 300;
export const idleClients = 200;

/** From when an event is stored until a client of the stream has it. */
export async function toClient(api: Api, journal: Journal): Promise<StreamCost> {
  const idle = await Promise.all(Array.from({ length: idleClients }, () => openStream(api)));
  const reader = await openStream(api);
  const drained = Promise.all(idle.map(drain));
  const times: number[] = [];
  for (let index = 0; index < samples; index++) {
    const began = performance.now();
    const written = writeRecords(journal, { run: `s${index}`, count: 1 });
    await reader.read();
    times.push(performance.now() - began);
    await written;
  }
  await Promise.all([reader, ...idle].map((each) => each.cancel()));
  await drained;

  return { toClientP50Ms: quantile(times, 0.5), toClientP95Ms: quantile(times, 0.95) };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function openStream(api: Api): Promise<Reader> {
  const reader = (await api.request('/api/v1/stream')).body?.getReader();
  if (reader === undefined) throw new Error('the stream has no body');
  await reader.read();

  return reader;
}

async function drain(reader: Reader): Promise<void> {
  while (!(await reader.read()).done);
}
