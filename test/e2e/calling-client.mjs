// A client of the MCP server that calls a tool for each number it is given, one after the other, and prints each answer
// as a line. It may be killed at any moment: whoever started it starts another with the numbers that are left.
import { createInterface } from 'node:readline';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const { MCP_URL: url = '', MCP_TOKEN: token = '' } = process.env;

async function called(number) {
  const client = new Client({ name: 'calling', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const headers = { authorization: token };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  try {
    const given = { number, idempotencyKey: `call-${number}`, waitSeconds: 10 };
    return (await client.callTool({ name: 'count', arguments: given })).structuredContent;
  } finally {
    await client.close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const data = await called(Number(line)).catch(() => undefined);
  process.stdout.write(`${JSON.stringify({ number: Number(line), data })}\n`);
}
