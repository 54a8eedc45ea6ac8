import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliApp } from '../cli/app.ts';
import type { Decorate } from './session/open-session.ts';
import { systemClock } from './system-clock.ts';

/**
 * What the command line works with. Everything is loaded when it is first needed: `--help` needs none of it.
 * `decorate` lets a test put itself between the engine and the world.
 */
export function createApp(decorate?: Decorate): CliApp {
  return {
    open: async (options, onProgress) =>
      (await import('./session/open-session.ts')).openSession(options, onProgress, decorate),
    runs: async (projectDir, onProgress) =>
      (await import('./session/open-current-runs.ts')).openCurrentRuns(projectDir, onProgress),
    serve: async (options, onProgress) => (await import('./serve.ts')).serve(options, onProgress, decorate),
    dev: async (options, onProgress) => (await import('./dev/dev.ts')).dev(options, onProgress),
    work: async (options, onProgress) => (await import('./work.ts')).work(options, onProgress),
    mcp: async (served, onProgress) => (await import('./embedding/mcp.ts')).serveMcp(served, onProgress),
    watch: async (projectDir, onProgress) =>
      (await import('./session/observer-session.ts')).openWatching(projectDir, onProgress),
    ports: async (projectDir, onProgress) =>
      (await import('./session/observer-session.ts')).openPorts(projectDir, onProgress),
    isNew: async (projectDir) =>
      // A folder that others archive to has their runs.
      ['NATS_URL', 'WORKFLOW_ARCHIVE'].every((name) => (process.env[name] ?? '') === '') &&
      // What may not be looked at is there.
      (
        await Promise.all(['nats', 'archive'].map((folder) => isGone(join(projectDir, '.3ox', folder))))
      ).every(Boolean),
    isUp: async (projectDir) => (await import('../nats-server/embedded-server.ts')).isServerUp(projectDir),
    servers: async () => (await import('../nats-server/running-servers.ts')).runningServers(),
    down: async (projectDir, seen) =>
      (await import('../nats-server/embedded-server.ts')).stopEmbeddedServer(projectDir, seen),
    downUnlessUsed: async (projectDir) =>
      (await import('./session/project-server.ts')).stopUnlessUsed(projectDir),
    doctor: async (options, onProgress) => (await import('./doctor/doctor.ts')).doctor(options, onProgress),
    backup: async (options, onProgress) => (await import('./backup/backup.ts')).backup(options, onProgress),
    restore: async (options, onProgress) => (await import('./backup/backup.ts')).restore(options, onProgress),
    fence: async (options) => (await import('./backup/backup.ts')).fenceSite(options),
    drill: async (options, onProgress) => (await import('./backup/drill.ts')).drill(options, onProgress),
    natsConfig: async (options) => (await import('./nats-config.ts')).writeNatsConfig(options),
    signing: async (projectDir) => (await import('./signing.ts')).signingOf(projectDir),
    archive: async (projectDir) => (await import('./session/open-archive.ts')).archiveHere(projectDir),
    access: async (projectDir) =>
      (await import('../project/tokens-file.ts')).createTokensFile({
        projectDir,
        clock: systemClock,
      }),
    owner: async (projectDir) => (await import('./session/note-dashboard.ts')).ownerKeys(projectDir),
    definitionFiles: async (projectDir) =>
      (await import('../project/project-definitions.ts')).createProjectDefinitions({ projectDir }),
    gallery: async (projectDir, cwd) => (await import('./gallery.ts')).galleryOf({ projectDir, cwd }),
    world: async (projectDir) => (await import('./local-world.ts')).localWorld(projectDir),
    registered: async (projectDir) =>
      (await import('./session/observer-session.ts')).registeredWorld(projectDir),
    layout: async () => (await import('../project/layout.ts')).createLayout(),
    rehearsals: async () => (await import('./rehearsal.ts')).createRehearsals(),
    importer: async () => (await import('../importers/conductor/import-conductor.ts')).importConductor,
  };
}

async function isGone(path: string): Promise<boolean> {
  const { isAbsent } = await import('../files/file-failure.ts');

  return stat(path).then(() => false, isAbsent);
}
