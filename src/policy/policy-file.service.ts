import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { WatchedFiles } from '../observability/watched-files.service.js';
import { ProbePolicy } from './probe-policy.service.js';
import { parsePolicyFile } from './rules/policy-file.js';
import type { PolicyRule } from './rules/policy-rule.js';

/** Puts PROBE_POLICY and the rules of PROBE_POLICY_FILE into force, and again whenever the file changes. */
@Injectable()
export class PolicyFile {
  private names: readonly string[] = [];

  /** @throws ConfigurationError when the file cannot be used now; later on such a one changes nothing. */
  constructor(
    @Inject(Configuration) { policy: { mode, file } }: Configuration,
    private readonly policy: ProbePolicy,
    files: WatchedFiles,
    status: StatusRegistry,
  ) {
    const use = (rules: readonly PolicyRule[]): void => {
      this.names = rules.map(({ name }) => name);
      this.policy.use(mode, rules);
    };
    use([]);
    if (file !== undefined)
      files.watch({ name: 'policy', path: file, parse: (text) => parsePolicyFile(text, file), apply: use });
    status.register('probePolicy', {
      summary: () => ({ mode, rules: this.names.length }),
      detail: () => ({ names: this.names }),
    });
  }
}
