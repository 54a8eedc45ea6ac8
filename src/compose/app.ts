import type { CliApp } from '../adapters/cli/app.ts';

/** What the command line works with. Everything is loaded when it is first needed: `--help` needs none of it. */
export function createApp(): CliApp {
  return {
    open: async (options, onProgress) => (await import('./open-session.ts')).openSession(options, onProgress),
    serve: async (options, onProgress) => (await import('./serve.ts')).serve(options, onProgress),
    down: async (projectDir) =>
      (await import('../adapters/nats-server/embedded-server.ts')).stopEmbeddedServer(projectDir),
    doctor: async (projectDir) => (await import('./doctor.ts')).doctor(projectDir),
  };
}
