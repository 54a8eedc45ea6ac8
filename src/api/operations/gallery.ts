import type {
  GalleryList,
  GalleryTemplate,
  GalleryTemplateNamed,
  InstallRequest,
  TemplateInstalled,
} from '../gallery.ts';
import { declare } from './operation.ts';

const name = 'the name of the template';

// The command line has commands of its own: they ask, and need no server.
export const galleryOperations = {
  list: declare<object, GalleryList>()({
    summary: 'The templates of the galleries that were added to the project, and of the one that is built in',
    changes: false,
    http: { method: 'get', path: '/api/v1/gallery', answer: 'With what is wrong with galleries' },
  }),
  show: declare<GalleryTemplateNamed, GalleryTemplate>()({
    summary: 'One version of a template, verified: its files, and what it may do',
    changes: false,
    members: { name, version: 'the latest without it', gallery: 'of this gallery' },
    http: { method: 'get', path: '/api/v1/gallery/{name}', answer: 'With the digest to agree to' },
  }),
  install: declare<InstallRequest & { readonly name: string }, TemplateInstalled>()({
    summary: 'Verifies, checks and tests a template, and puts it into the project: all of it or nothing',
    changes: true,
    members: { name, sha256: 'the digest of what was looked at' },
    http: { method: 'post', path: '/api/v1/gallery/{name}/install', answer: 'Where it is now' },
  }),
};
