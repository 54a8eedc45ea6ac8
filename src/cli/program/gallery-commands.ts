import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { PublishTemplateFlags } from '../commands/definitions/gallery.ts';
import type { UpdateFlags } from '../commands/definitions/gallery-update.ts';

type Flags = {
  readonly gallery?: string;
  readonly yes?: boolean;
  readonly files?: boolean;
};

const fromGallery = ['--gallery <name>', 'of this gallery, where several have it'] as const;

/** The commands about galleries and the templates in them. */
export function addGalleryCommands(program: Command, act: Act): void {
  const gallery = program
    .command('gallery')
    .description(
      'templates of others: found, looked at, verified, tested, installed; and your own, published',
    )
    .helpCommand(false);
  addLooking(gallery, act);
  addInstalling(gallery, act);
  addGalleries(gallery, act);
  addPublishing(gallery, act);
}

function addLooking(gallery: Command, act: Act): void {
  gallery
    .command('list', { isDefault: true })
    .description('every template of every gallery that was added, and of the one that comes with the program')
    .action(
      act(async (invocation, _flags: object) => {
        const { listTemplates } = await import('../commands/definitions/gallery.ts');
        return listTemplates(invocation);
      }),
    );
  gallery
    .command('search')
    .argument('<words...>', 'words that are all in its name, its title or its description')
    .description('the templates that have all these words')
    .action(
      act(async (invocation, words: readonly string[], _flags: object) => {
        const { listTemplates } = await import('../commands/definitions/gallery.ts');
        return listTemplates(invocation, words);
      }),
    );
  gallery
    .command('show')
    .argument('<template>', 'its name, or name@version')
    .option(...fromGallery)
    .option('--files', 'its files, too, whole')
    .description('what a template is, what it needs, and what it may do')
    .action(
      act(async (invocation, name: string, flags: Flags) => {
        const { showTemplate } = await import('../commands/definitions/gallery.ts');
        return showTemplate(invocation, name, flags);
      }),
    );
}

function addInstalling(gallery: Command, act: Act): void {
  gallery
    .command('install')
    .argument('<template>', 'its name, or name@version')
    .option(...fromGallery)
    .option('--yes', 'do not ask')
    .description('say what a template may do, ask, verify and test it, and put it into the project')
    .action(
      act(async (invocation, name: string, flags: Flags) => {
        const { installTemplate } = await import('../commands/definitions/gallery.ts');
        return installTemplate(invocation, name, flags);
      }),
    );
  gallery
    .command('update')
    .argument('[template]', 'the name of one that is installed (default: all)')
    .option('--runs <count>', 'how many of the latest runs are compared', '20')
    .option('--accept-differences', 'take it although runs would have gone another way')
    .option('--dry-run', 'compare, and change nothing')
    .option('--yes', 'do not ask')
    .description(
      'what a new version changes, and what past runs would have done by it; then take it, or exit code 7',
    )
    .action(
      act(async (invocation, name: string | undefined, flags: UpdateFlags) => {
        const { updateTemplates } = await import('../commands/definitions/gallery-update.ts');
        return updateTemplates(invocation, name, flags);
      }),
    );
  gallery
    .command('remove')
    .argument('<template>', 'the name of one that is installed')
    .description('take an installed template out of the project, unless it was edited')
    .action(
      act(async (invocation, name: string, _flags: object) => {
        const { removeTemplate } = await import('../commands/definitions/gallery.ts');
        return removeTemplate(invocation, name);
      }),
    );
}

function addGalleries(gallery: Command, act: Act): void {
  gallery
    .command('add')
    .argument('<place>', 'a folder, a git repository (git+<address>, or ending in .git), or http(s)://')
    .option('--name <name>', 'what it is called here (default: what it calls itself)')
    .option(
      '--key <file>',
      'the public key that its templates have to be signed with (default: the one it names)',
    )
    .description('ask this gallery from now on, and pin its key')
    .action(
      act(async (invocation, at: string, flags: { readonly name?: string; readonly key?: string }) => {
        const { addGallery } = await import('../commands/definitions/gallery.ts');
        return addGallery(invocation, at, flags);
      }),
    );
  gallery
    .command('forget')
    .argument('<gallery>', 'its name, as `workflow gallery list` shows it')
    .description('ask this gallery no more; what was installed from it stays')
    .action(
      act(async (invocation, name: string, _flags: object) => {
        const { forgetGallery } = await import('../commands/definitions/gallery.ts');
        return forgetGallery(invocation, name);
      }),
    );
}

function addPublishing(gallery: Command, act: Act): void {
  gallery
    .command('publish')
    .argument(
      '<definition>',
      'the id of a definition of the project, or its file; built-in: all that come with the program',
    )
    .requiredOption('--to <folder>', 'the folder of the gallery; it is made where there is none')
    .option('--docs <file>', 'a page in Markdown that explains it (default: one that is made of its inputs)')
    .option('--agents <folder>', 'programs that play its agents')
    .option('--key <file>', 'the private key to sign with, in PEM (default: that of `workflow audit keys`)')
    .description('test a definition, and sign it with what it needs as a template of a gallery')
    .action(
      act(async (invocation, definition: string, flags: PublishTemplateFlags) => {
        const { publishToGallery } = await import('../commands/definitions/gallery.ts');
        return publishToGallery(invocation, definition, flags);
      }),
    );
}
