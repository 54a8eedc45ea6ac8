/** What a template may do once a run of it is started: derived from its definitions, never from what somebody wrote. */
export type TemplatePermissions = {
  /** Commands that run on this machine, as they are written. */
  readonly commands: readonly string[];
  /** Hosts that are sent requests; an address that is computed stands here as it is written. */
  readonly hosts: readonly string[];
  /** Files that are read, written or watched, each with what for. */
  readonly files: readonly string[];
  /** Built-in actions. */
  readonly actions: readonly string[];
  /** Other definitions that it starts. */
  readonly workflows: readonly string[];
  /** What it has other stations do, each with the station. */
  readonly stations: readonly string[];
  /** Events that it publishes. */
  readonly events: readonly string[];
  /** What starts its runs without a person. */
  readonly triggers: readonly string[];
  readonly secrets: readonly string[];
  readonly agents: readonly string[];
  readonly skills: readonly string[];
};

/** A file of a template: its path in the folder of the template. */
export type TemplateFile = { readonly path: string; readonly text: string };

/** A gallery that was added to a project. The built-in one comes with the program and is at no place. */
export type KnownGallery = {
  readonly name: string;
  readonly kind: 'built-in' | 'folder' | 'git' | 'http';
  /** Absent for the built-in one. */
  readonly at?: string;
  /** The id of the key that its templates have to be signed with. */
  readonly key?: string;
};

/** One line of the list of templates. */
export type TemplateLine = {
  readonly gallery: string;
  readonly name: string;
  /** The latest. */
  readonly version: number;
  readonly versions: readonly number[];
  readonly title: string;
  readonly description: string;
  /** The version that the project has. */
  readonly installed?: number;
};

/** One version of a template, verified. */
export type TemplateDetails = TemplateLine & {
  /** The digest that is signed. */
  readonly sha256: string;
  /** The id of the key that signed it; absent where it comes with the program. */
  readonly signedBy?: string;
  readonly permissions: TemplatePermissions;
  readonly files: readonly TemplateFile[];
  /** The page that explains it, in Markdown. */
  readonly docs: string;
  /** The ids of its definitions, that which it is called after first. */
  readonly definitions: readonly string[];
  /** How many cases stand beside its definitions. */
  readonly tests: number;
};

/** A template that stands in the project. */
export type InstalledTemplate = {
  readonly name: string;
  readonly gallery: string;
  readonly version: number;
  readonly sha256: string;
  readonly folder: string;
  /** Files that differ from those that were installed, are gone, or were added. */
  readonly edited: readonly string[];
};

/** Which template is meant; the latest version of the only gallery that has it, unless more is said. */
export type WantedTemplate = {
  readonly name: string;
  readonly version?: number | undefined;
  readonly gallery?: string | undefined;
};

/** The galleries of a project and the templates from them. Everything rejects with GalleryRefused. */
export interface Gallery {
  galleries(): Promise<readonly KnownGallery[]>;
  /** Takes a gallery into the lock file and pins its key: the one that is given, or else the one it names. */
  add(gallery: {
    readonly at: string;
    readonly name?: string | undefined;
    /** 32 bytes in lower-case hex. */
    readonly publicKey?: string | undefined;
  }): Promise<KnownGallery & { readonly pinned: 'given' | 'first-use' | 'known' }>;
  /** Takes a gallery out of the lock file. What was installed from it stays. */
  forget(name: string): Promise<void>;
  /** Every template of every gallery, and what is wrong with those that cannot be read. */
  list(): Promise<{
    readonly templates: readonly TemplateLine[];
    readonly problems: readonly {
      readonly gallery: string;
      readonly code: string;
      readonly message: string;
    }[];
  }>;
  /** Fetches a template and verifies it. Nothing is written. */
  find(wanted: WantedTemplate): Promise<TemplateDetails>;
  /**
   * Checks and tests a template aside, and puts it into the project: all of it, or nothing. `sha256` is what was agreed
   * to: another content is refused.
   */
  install(wanted: WantedTemplate & { readonly sha256: string }): Promise<InstalledTemplate>;
  /**
   * Does several things with galleries as they are when each is first read: a repository is fetched once for them. What
   * is handed in must not be used afterwards.
   */
  during<T>(work: (gallery: Pick<Gallery, 'list' | 'find' | 'install'>) => Promise<T>): Promise<T>;
  installed(): Promise<readonly InstalledTemplate[]>;
  /** An installed template as it is now, and what it may do. */
  current(name: string): Promise<Pick<TemplateDetails, 'files' | 'permissions'>>;
  /** Removes an installed template that nobody has edited. */
  remove(name: string): Promise<InstalledTemplate>;
  /**
   * Makes a template of a definition of the project, signs it, and puts it into the gallery of a folder; all that come
   * with the program where `definition` is `built-in`.
   */
  publish(template: PublishedTemplate): Promise<readonly (TemplateDetails & { readonly file: string })[]>;
}

export type PublishedTemplate = {
  /** The definition that the template is called after: its id, or its file. */
  readonly definition: string;
  /** The folder of the gallery; it is made where there is none. */
  readonly to: string;
  /** A folder with programs that play its agents. */
  readonly agents?: string | undefined;
  /** A page that explains it, in Markdown. */
  readonly docs?: string | undefined;
  readonly sign: (digest: string) => Promise<string>;
  readonly key: { readonly key: string; readonly publicKey: string };
};

/** A gallery or a template is not what it should be, or may not be used like this. The message says what to do. */
export class GalleryRefused extends Error {
  override readonly name = 'GalleryRefused';
  readonly code: `gallery.${string}`;
  readonly fix: string | undefined;

  constructor(code: `gallery.${string}`, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.fix = options.fix;
  }
}
