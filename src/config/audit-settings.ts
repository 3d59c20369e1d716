import { hkdfSync } from 'node:crypto';
import { readAuditKeys } from './values/audit-keys.js';
import type { Configuration } from './configuration.js';
import { DEFAULT_API_KEY, type Environment } from './environment.js';

type AuditConfiguration = Configuration['audit'];

/** The audit trail as the environment wants it. Over stdio nobody comes in but who has started the process. */
export class AuditSettings {
  private readonly destination: string;
  private readonly hasKey: boolean;

  constructor(
    private readonly env: Environment,
    isStdio: boolean,
  ) {
    const standard = env.NODE_ENV === 'production' && !isStdio ? 'stdout' : 'off';
    this.destination = env.AUDIT_LOG === '' ? standard : env.AUDIT_LOG;
    this.hasKey = env.AUDIT_KEY !== '' || env.AUDIT_KEY_FILE !== '';
  }

  /** @throws TypeError when the environment is malformed. */
  get configuration(): AuditConfiguration {
    const { env } = this;
    return {
      destination: this.destination,
      keys: this.keys(),
      checkpointEvery: env.AUDIT_CHECKPOINT_EVERY,
      maxWaiting: env.AUDIT_BUFFER_RECORDS,
      isRequired: env.AUDIT_REQUIRED,
      shownArguments: env.AUDIT_ARGUMENTS,
      pseudonymFile: env.AUDIT_PSEUDONYM_FILE === '' ? undefined : env.AUDIT_PSEUDONYM_FILE,
    };
  }

  /** What contradicts itself, or is unsafe in production. */
  get problems(): string[] {
    const { env } = this;
    const problems: string[] = [];
    if (env.AUDIT_REQUIRED && !this.destination.startsWith('/')) {
      problems.push(
        'AUDIT_REQUIRED is true and AUDIT_LOG is not a path: set AUDIT_LOG to a file, where the server knows whether a record has been written',
      );
    }
    if (env.AUDIT_KEY !== '' && env.AUDIT_KEY_FILE !== '') {
      problems.push('AUDIT_KEY and AUDIT_KEY_FILE are both set: keep one of them');
    }
    if (this.isDerivedInProduction && !this.hasSecret) {
      problems.push(
        'AUDIT_KEY is not set, and there is no other secret to make the key of the audit trail from: set it to the output of "openssl rand -hex 32", or AUDIT_LOG=off',
      );
    }
    return problems;
  }

  get warnings(): string[] {
    if (!this.isDerivedInProduction) return [];
    return [
      'AUDIT_KEY is not set: the key of the audit trail is made from the other secrets, so whoever has those can rewrite the trail. Set AUDIT_KEY or AUDIT_KEY_FILE, with a key from "openssl rand -hex 32"',
    ];
  }

  private get isDerivedInProduction(): boolean {
    return this.env.NODE_ENV === 'production' && this.destination !== 'off' && !this.hasKey;
  }

  private get hasSecret(): boolean {
    const { MCP_STATE_SECRET, MCP_API_KEYS } = this.env;
    return MCP_STATE_SECRET !== '' || (MCP_API_KEYS.length > 0 && !MCP_API_KEYS.includes(DEFAULT_API_KEY));
  }

  private keys(): readonly string[] {
    const { AUDIT_KEY, AUDIT_KEY_FILE, MCP_STATE_SECRET, MCP_API_KEYS } = this.env;
    if (AUDIT_KEY !== '') return [AUDIT_KEY];
    if (AUDIT_KEY_FILE !== '') return readAuditKeys(AUDIT_KEY_FILE) ?? [];
    const secret = MCP_STATE_SECRET === '' ? MCP_API_KEYS.toSorted().join('\n') : MCP_STATE_SECRET;
    return [Buffer.from(hkdfSync('sha256', secret, '', 'mcpo audit trail', 32)).toString('hex')];
  }
}
