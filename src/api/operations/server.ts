import type { DoctorReport, Home } from '../home.ts';
import type {
  ErasureCertificateDocument,
  ErasureItems,
  ErasureRequest,
  KeyRotation,
  RetentionDocument,
  RetentionRequest,
  RotatedMasterKeys,
} from '../run-requests.ts';
import { declare } from './operation.ts';

export const serverOperations = {
  home: declare<object, Home>()({
    summary: 'What anybody needs to know first',
    changes: false,
    http: { method: 'get', path: '/api/v1/home', tag: 'runs', answer: 'The home page' },
  }),
  doctor: declare<object, DoctorReport>()({
    summary: 'Looks at everything that runs need, as `workflow doctor` does',
    changes: false,
    http: { method: 'get', path: '/api/v1/doctor', answer: 'What was looked at' },
  }),
};

// The command line has commands of its own: one writes the certificate to a file.
export const erasureOperations = {
  list: declare<object, ErasureItems>()({
    summary:
      'The keys that were destroyed, when and by whom, and how many values of which runs nobody can read since',
    changes: false,
    http: { method: 'get', path: '/api/v1/erasures', answer: 'The latest last' },
  }),
  rotate: declare<KeyRotation, RotatedMasterKeys>()({
    summary: 'A new master key wraps the keys of subjects from now on',
    changes: true,
    members: {
      retire:
        'make none: wrap the keys that are there with the latest, and forget older master keys, so that copies of keys open no more',
    },
    http: {
      method: 'post',
      path: '/api/v1/erasures/keys',
      answer: 'What was wrapped anew, and what is gone',
    },
    command: { words: 'keys rotate', options: { retire: '--retire' } },
  }),
  erase: declare<ErasureRequest, ErasureCertificateDocument>()({
    summary:
      'Destroys the keys of a subject: what runs recorded of it stays, and nobody can read it any more',
    changes: true,
    members: {
      subject: 'what `erasure_key` gave, or `run:<id>`',
      terminateLive: 'runs under way that have values of it are terminated first; else they are in the way',
    },
    http: { method: 'post', path: '/api/v1/erasures', answer: 'A signed certificate' },
  }),
};

export const retentionOperations = {
  retain: declare<RetentionRequest, RetentionDocument>()({
    summary:
      'Runs whose time is over leave the journal, by the retention of their definitions and of the project',
    changes: true,
    members: { dryRun: 'only tell which would' },
    http: {
      method: 'post',
      path: '/api/v1/retention',
      answer: 'What left, and what stays although its time is over',
    },
    command: { words: 'retain', options: { dryRun: '--dry-run' } },
  }),
};
