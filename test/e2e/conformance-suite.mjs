// The conformance suite of MCP imports `globSync` of node:fs, which Node 20 does not have, for a command that we do not
// call: what is loaded has it left out. Given to node with --import.
import { register } from 'node:module';

const hook = `export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith('@modelcontextprotocol/conformance/dist/index.js')) return loaded;
  return { ...loaded, source: String(loaded.source).replace(/globSync as \\w+,/, '') };
}`;

register(`data:text/javascript,${encodeURIComponent(hook)}`);
